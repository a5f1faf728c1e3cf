"""``audobon assets``: taking in, throwing away, and looking over what the library keeps."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.assets.assets import app
from audobon_cli.cli.assets.views import QUERY_HELP, DryRun, asset_table
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@command(
    app,
    "import",
    examples=[
        "audobon assets import art/ --tag hand-made",
        'audobon assets import "shots/**/*.png" --by-folder',
    ],
)
def import_(
    session: Session,
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or patterns such as 'art/**/*.png'.")],
    tags: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag for all of them.")] = None,
    category: Annotated[str, typer.Option("--category", "-c", help="A category for all of them.")] = "",
    name: Annotated[
        str,
        typer.Option("--name", help="Their names from {stem} {folder} {number} {width} {height} {format}."),
    ] = "{stem}",
    by_folder: Annotated[bool, typer.Option("--by-folder", help="Folders become categories.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Take pictures into the library, byte for byte: PNG, APNG, WebP, JPEG, GIF, SVG."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.import_files import ImportRequest, ImportStatus, import_pictures

    request = ImportRequest(tuple(paths), tuple(tags or ()), category, name, by_folder, dry_run)
    with listening(session.out) as listen:
        report = import_pictures(session.workspace.library, request, listen)
    counts = {status.value: report.count(status) for status in ImportStatus}
    files = [
        {"path": str(f.path), "status": f.status.value, "asset": f.asset, "why": f.why} for f in report.files
    ]
    words = [
        f"{counts['imported']} imported" if not dry_run else f"{counts['planned']} would be imported",
        f"{counts['existing']} in the library already",
    ]
    for file in report.files:
        if file.status is ImportStatus.FAILED:
            session.out.warn(f"{file.path}: {file.why}")
    session.finish(
        {"files": files, **counts}, lambda: session.out.line(f"{', '.join(words)}."), report.error()
    )


@command(
    app,
    "trash",
    examples=[
        "audobon assets trash red_dragon",
        "audobon assets trash tag:wip --dry-run",
        "audobon assets trash --list",
    ],
)
def trash(
    session: Session,
    assets: Annotated[
        list[str] | None, typer.Argument(help="Ids, beginnings of ids, names, or queries.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show what lies in the trash.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Put assets into the trash; `restore` takes them out again."""
    from audobon_cli.library.select import select_assets
    from audobon_cli.library.trash import list_trash, trash_assets

    library = session.workspace.library
    if show:
        held = [one.asset for one in list_trash(library)]
        session.out.result(_summaries(held), view=lambda: asset_table(session, held))
        session.out.note(f"{len(held)} in the trash.")
        return
    if not assets:
        raise InvalidInput("Nothing was named.", hint="name assets, or --list what lies in the trash")
    chosen = select_assets(library, assets)
    if not dry_run:
        trash_assets(library, chosen)
    session.out.result(_summaries(chosen), view=lambda: asset_table(session, chosen))
    would = "would go into the trash" if dry_run else "in the trash; `audobon assets restore` takes them out"
    session.out.note(f"{len(chosen)} {would}.")


@command(app, "restore", examples=["audobon assets restore red_dragon"])
def restore(
    session: Session,
    assets: Annotated[list[str], typer.Argument(help="Ids, beginnings of ids, or names in the trash.")],
) -> None:
    """Take assets out of the trash, as they were."""
    from audobon_cli.library.trash import restore_assets, select_trashed

    library = session.workspace.library
    restored = restore_assets(library, select_trashed(library, assets))
    session.out.result(_summaries(restored), view=lambda: asset_table(session, restored))


@command(
    app, "purge", examples=["audobon assets purge red_dragon --yes", "audobon assets purge --all --dry-run"]
)
def purge(
    session: Session,
    assets: Annotated[
        list[str] | None, typer.Argument(help="Ids, beginnings of ids, or names in the trash.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything in the trash.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Delete assets in the trash for good; `gc` frees their space later."""
    from audobon_cli.library.trash import list_trash, purge_assets, select_trashed

    library = session.workspace.library
    if bool(assets) == everything:
        raise InvalidInput("Name assets in the trash, or --all.", hint="see `audobon assets trash --list`")
    limit = library.survey.count_trashed()
    held = [one.asset for one in list_trash(library, limit)] if everything else []
    chosen = held if everything else select_trashed(library, assets or [])
    if not dry_run:
        _confirm(yes, f"Delete {len(chosen)} assets for good?")
        purge_assets(library, chosen)
    session.out.result(_summaries(chosen), view=lambda: asset_table(session, chosen))
    session.out.note(f"{len(chosen)} {'would be deleted' if dry_run else 'deleted'} for good.")


@command(app, "gc", examples=["audobon assets gc --dry-run", "audobon assets gc --grace 24"])
def gc(
    session: Session,
    grace: Annotated[
        float, typer.Option("--grace", min=0, metavar="HOURS", help="Delete what was unused for so long.")
    ] = 24.0,
    dry_run: DryRun = False,
) -> None:
    """Delete stored files that no asset names, in two steps: marked now, deleted by a run after the grace."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.trash import collect_garbage

    with listening(session.out) as listen:
        found = collect_garbage(session.workspace.library, grace, dry_run, listen)
    data = {
        "marked": found.marked,
        "waiting": found.waiting,
        "deleted": found.deleted,
        "deleted_bytes": found.deleted_bytes,
        "dry_run": dry_run,
    }
    words = (
        f"{found.deleted} files {'would be ' if dry_run else ''}deleted ({format_bytes(found.deleted_bytes)}), "
        f"{found.marked} newly marked, {found.waiting} waiting for the grace."
    )
    session.out.result(data, view=lambda: session.out.line(words))


@command(app, "stats", examples=["audobon assets stats", "audobon assets stats --json"])
def stats(session: Session) -> None:
    """Show how many assets there are and how large, by kind, model, month and more."""
    from audobon_cli.library.stats import library_statistics

    found = library_statistics(session.workspace.library)
    data: dict[str, Any] = {
        "assets": found.assets,
        "size_bytes": found.size_bytes,
        "trashed": found.trashed,
        "stored_files": found.stored_files,
        "stored_bytes": found.stored_bytes,
        "by": {
            field: [{"value": s.value, "assets": s.assets, "size_bytes": s.size_bytes} for s in shares]
            for field, shares in found.by.items()
        },
        "most_used": [{"id": one, "name": name, "derived": uses} for one, name, uses in found.most_used],
    }

    def view() -> None:
        rows = [("all", "", str(found.assets), format_bytes(found.size_bytes))]
        rows += [("trash", "", str(found.trashed), "")]
        rows += [("stored files", "", str(found.stored_files), format_bytes(found.stored_bytes))]
        for field, shares in found.by.items():
            rows += [(field, s.value, str(s.assets), format_bytes(s.size_bytes)) for s in shares]
        rows += [("most used", name, str(uses), "") for _, name, uses in found.most_used]
        session.out.table(("by", "value", "assets", "size"), rows)

    session.out.result(data, view)


@command(
    app,
    "similar",
    examples=["audobon assets similar red_dragon", "audobon assets similar red_dragon --meaning"],
)
def similar(
    session: Session,
    asset: Annotated[
        str, typer.Argument(help="An id, the beginning of one, a name, or a query that finds one.")
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many at most.")] = 20,
    bits: Annotated[int, typer.Option("--bits", min=0, max=32, help="How many of 64 bits may differ.")] = 10,
    meaning: Annotated[
        bool, typer.Option("--meaning", help="By its name and prompt, not by its look.")
    ] = False,
) -> None:
    """Find pictures that look like one, the nearest first."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.select import select_one
    from audobon_cli.library.semantic_search import WordTable, similar_in_meaning
    from audobon_cli.library.similar import index_appearances, similar_assets

    library = session.workspace.library
    chosen = select_one(library, asset)
    if meaning:
        near = similar_in_meaning(library, chosen, WordTable(), limit)
        session.out.result(_summaries(near), view=lambda: asset_table(session, near))
        return
    with listening(session.out) as listen:
        index_appearances(library, listen)
    found = similar_assets(library, chosen, limit, bits)
    data = {"assets": [{**one.asset.summary(), "bits": one.bits} for one in found]}
    session.out.result(data, view=lambda: asset_table(session, [one.asset for one in found]))


@command(app, "duplicates", examples=["audobon assets duplicates", "audobon assets duplicates --near"])
def duplicates(
    session: Session,
    near: Annotated[bool, typer.Option("--near", help="Also those that look the same.")] = False,
    bits: Annotated[int, typer.Option("--bits", min=0, max=3, help="How many of 64 bits may differ.")] = 2,
) -> None:
    """Find assets with the same bytes, and with --near those that look the same."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.similar import find_duplicates, index_appearances

    library = session.workspace.library
    with listening(session.out) as listen:
        if near:
            index_appearances(library, listen)
        groups = find_duplicates(library, near, bits)
    data = {"groups": [{"exact": g.exact, **_summaries(g.assets)} for g in groups]}

    def view() -> None:
        rows = [
            (str(number), "same bytes" if group.exact else "same look", asset.id, asset.name)
            for number, group in enumerate(groups, start=1)
            for asset in group.assets
        ]
        session.out.table(("group", "why", "id", "name"), rows)

    session.out.result(data, view)
    session.out.note(f"{len(groups)} groups.")


@command(app, "thumbnails", examples=["audobon assets thumbnails", "audobon assets thumbnails tag:boss"])
def thumbnails(
    session: Session, assets: Annotated[list[str] | None, typer.Argument(help=QUERY_HELP)] = None
) -> None:
    """Make the small pictures that grids show, so that they need not be made then."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.select import select_assets
    from audobon_cli.library.thumbnails import make_thumbnails

    library = session.workspace.library
    chosen = select_assets(library, assets) if assets else library.assets.matching("")
    with listening(session.out) as listen:
        made, failed = make_thumbnails(library, chosen, listen)
    words = f"{made} thumbnails are there" + (f"; {failed} pictures cannot have one." if failed else ".")
    session.out.result({"made": made, "failed": failed}, view=lambda: session.out.line(words))


def _summaries(assets: "tuple[Asset, ...] | list[Asset]") -> dict[str, Any]:
    return {"assets": [asset.summary() for asset in assets]}


def _confirm(yes: bool, question: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput("This deletes for good, and nobody is there to ask.", hint="add --yes")
    if not typer.confirm(question, err=True):
        raise InvalidInput("Nothing was deleted.", hint="answer y, or add --yes")
