"""``audobon assets``: find and take out what the library keeps."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.assets.views import QUERY_HELP, asset_grid, asset_table, branch_data, branch_lines
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Unlock
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes
from audobon_cli.library.store.search.query import Order
from audobon_cli.media.image.formats import ExportFormat

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.store.assets import AssetPage

app = typer.Typer(no_args_is_help=True, help="Find, show and take out what the library keeps.")

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many at most.")]
After = Annotated[
    str | None, typer.Option("--after", metavar="CURSOR", help="Go on behind a page (`after` in JSON).")
]
Grid = Annotated[bool, typer.Option("--grid", help="Show pictures side by side.")]


@command(
    app,
    "list",
    examples=[
        "audobon assets list",
        "audobon assets list tag:boss --sort rating --grid",
        "audobon assets list --limit 5 --json",
    ],
)
def list_(
    session: Session,
    query: Annotated[list[str] | None, typer.Argument(help="A query; without one, everything.")] = None,
    limit: Limit = 20,
    after: After = None,
    sort: Annotated[Order, typer.Option("--sort", help="In which order.")] = Order.NEWEST,
    grid: Grid = False,
) -> None:
    """List assets, newest first."""
    text = " ".join(query or ())
    page = _find(session, text, sort, limit, after, meaning=False)
    data = {"assets": [asset.summary() for asset in page.assets], "total": page.total, "after": page.after}
    data["total_is_exact"] = page.total_is_exact
    session.out.result(data, view=lambda: _view(session, page.assets, grid))
    if not page.assets and not text:
        session.out.note('The library is empty. Make something: audobon generate "cute dragon"')
    elif page.after is not None or text:
        _say_how_many(session, page)


@command(
    app,
    "search",
    examples=[
        "audobon assets search red dragon",
        "audobon assets search dragon -- -tag:wip",
        'audobon assets search "(boss OR enemy) kind:sprite size:>=512 created:2026-10.. rating:>3"',
        'audobon assets search "palette:#3a9d23 in:characters/** \\"red dragon\\""',
    ],
)
def search(
    session: Session,
    query: Annotated[
        list[str], typer.Argument(help="Words, or their beginnings, and fields such as tag:boss.")
    ],
    limit: Limit = 20,
    after: After = None,
    sort: Annotated[Order, typer.Option("--sort", help="In which order.")] = Order.RELEVANCE,
    exact: Annotated[bool, typer.Option("--exact", help="Not by meaning.")] = False,
    grid: Grid = False,
) -> None:
    """Find assets by words in name, prompt, tags and notes, then by meaning; the best first.

    Fields: tag kind model style quality format size rating created in palette id name derived-from
    variant-of part-of-sheet. A minus sign excludes, OR and brackets choose, quotes keep words together;
    * stands for anything in tag, kind, model, style, quality and format.
    """
    page = _find(session, " ".join(query), sort, limit, after, meaning=not exact)
    data = {
        "assets": [{**asset.summary(), "by_meaning": asset.id in page.near} for asset in page.assets],
        "total": page.total,
        "total_is_exact": page.total_is_exact,
        "after": page.after,
    }
    session.out.result(data, view=lambda: _view(session, page.assets, grid))
    _say_how_many(session, page)


def _find(
    session: Session, text: str, sort: Order, limit: int, after: str | None, *, meaning: bool
) -> "AssetPage":
    from audobon_cli.library.select import find_assets
    from audobon_cli.library.semantic_search import WordTable
    from audobon_cli.library.store.search.index import Paging

    library = session.workspace.library
    if "palette:" in text.lower():
        _look(session)
    return find_assets(library, text, Paging(sort, limit, after), WordTable() if meaning else None)


def _look(session: Session) -> None:
    """Look at the pixels that were not looked at yet: colours can be asked for only then."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.similar import index_appearances

    with listening(session.out) as listen:
        index_appearances(session.workspace.library, listen)


def _say_how_many(session: Session, page: "AssetPage") -> None:
    words = len(page.assets) - len(page.near)
    more = "" if page.total_is_exact else "more than "
    near = f", and {len(page.near)} by meaning" if page.near else ""
    go_on = f"; go on with --after {page.after}" if page.after is not None else ""
    session.out.note(f"{words} of {more}{page.total} found{near}{go_on}.")


def _view(session: Session, assets: "tuple[Asset, ...]", grid: bool) -> None:
    asset_grid(session, assets) if grid else asset_table(session, assets)


@command(app, "show", examples=["audobon assets show k3f9x2", "audobon assets show k3f9x2 --json"])
def show(
    session: Session,
    asset: Annotated[
        str, typer.Argument(help="An id, the beginning of one, a name, or a query that finds one.")
    ],
) -> None:
    """Show an asset: the picture, all that is known of it, and its recipe."""
    from audobon_cli.cli.images import show_picture
    from audobon_cli.library.add import show_asset

    details = show_asset(session.workspace.library, asset)
    found = details.asset
    recipe = found.recipe.to_dict() if found.recipe else None
    relations = [{"kind": str(r.kind), "source": r.source, "target": r.target} for r in details.relations]
    data = {
        "asset": {
            **found.summary(),
            "path": details.path,
            "recipe": recipe,
            "derivation": found.derivation.to_dict() if found.derivation else None,
            "metadata": found.metadata,
            "relations": relations,
        }
    }

    def view() -> None:
        if found.format != "svg":
            show_picture(session.out.console, session.workspace.library.blobs.read(found.blob))
        for key, value in {**found.summary(), "path": details.path, **found.metadata}.items():
            if value not in ("", None, []):
                session.out.line(f"{key.replace('_', ' ') + ':':<18}{value}")
        if recipe:
            session.out.line("\nrecipe")
            for key, value in recipe.items():
                if value not in ("", None, []):
                    session.out.line(f"  {key.replace('_', ' ') + ':':<18}{value}")
        for relation in details.relations:
            other = relation.target if relation.source == found.id else relation.source
            way = "is" if relation.source == found.id else "has as"
            session.out.line(f"{way} {relation.kind} {other}")

    session.out.result(data, view=view)


@command(
    app,
    "export",
    examples=["audobon assets export k3f9x2 --to art/", "audobon assets export --search dragon --to art/"],
)
def export(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help=QUERY_HELP)] = None,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where to write the files.")] = Path("."),
    search: Annotated[
        str | None, typer.Option("--search", metavar="QUERY", help="Export what this finds, too.")
    ] = None,
    name: Annotated[
        str,
        typer.Option(
            "--name", help="File name from {name} {id} {prompt} {seed} {width} {height} {kind} {category}."
        ),
    ] = "{name}",
    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="Write them in this format (default: as they are)."),
    ] = None,
    optimize: Annotated[
        bool, typer.Option("--optimize", help="Make PNG files smaller, without loss.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace other files of that name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
) -> None:
    """Write assets as files, byte for byte as they are kept unless a format is asked for."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.export import ExportRequest, export_assets

    request = ExportRequest(
        to.expanduser(), tuple(assets or ()), search, name, overwrite, dry_run, form, optimize
    )
    with listening(session.out) as listen:
        report = export_assets(session.workspace.library, request, listen)
    files = [
        {"asset": f.asset.id, "path": str(f.path), "blob": f.asset.blob, "status": f.status.value}
        for f in report.files
    ]
    lines = "\n".join(file["path"] for file in files)
    session.out.result({"files": files}, view=lambda: session.out.line(lines))
    if dry_run:
        session.out.note("Nothing was written: --dry-run.")


@command(app, "open", examples=["audobon assets open red_dragon", "audobon assets open red_dragon --print"])
def open_(
    session: Session,
    asset: Annotated[
        str, typer.Argument(help="An id, the beginning of one, a name, or a query that finds one.")
    ],
    show: Annotated[bool, typer.Option("--print", help="Only print the path of the copy.")] = False,
) -> None:
    """Open a copy of an asset in the program that this computer opens such files with."""
    from audobon_cli.library.export import copy_to_open
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    path = copy_to_open(library, select_one(library, asset), session.workspace.locations.cache / "opened")
    if not show and typer.launch(str(path)) != 0:
        session.out.warn("no program here opens it; the copy lies at the path above")
    session.out.result({"path": str(path)}, view=lambda: session.out.line(str(path)))


@command(app, "tree", examples=["audobon assets tree red_dragon"])
def tree(
    session: Session,
    asset: Annotated[
        str, typer.Argument(help="An id, the beginning of one, a name, or a query that finds one.")
    ],
) -> None:
    """Show what an asset derives from, and what derives from it."""
    from audobon_cli.library.lineage import family_tree
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    roots = family_tree(library, select_one(library, asset))
    lines = [line for root in roots for line in branch_lines(root)]
    session.out.result(
        {"roots": [branch_data(root) for root in roots]}, view=lambda: session.out.line("\n".join(lines))
    )


@command(app, "verify", examples=["audobon assets verify", "audobon assets verify --repair-from usb"])
def verify(
    session: Session,
    unlock: Unlock,
    repair_from: Annotated[
        str,
        typer.Option(
            "--repair-from", metavar="DEST", help="Take damaged and missing files from this backup."
        ),
    ] = "",
) -> None:
    """Read and hash every stored file and check the database; report what is damaged or missing."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.verify import verify_library

    healed = _heal(session, unlock, repair_from) if repair_from else None
    with listening(session.out) as listen:
        report = verify_library(session.workspace.library, listen)
    data: dict[str, Any] = {
        "blobs_read": report.blobs_read,
        "bytes_read": report.bytes_read,
        "corrupted": [{"blob": d.blob, "assets": list(d.assets), "why": d.why} for d in report.corrupted],
        "missing": [{"blob": d.blob, "assets": list(d.assets), "why": d.why} for d in report.missing],
        "unreferenced": report.unreferenced,
        "database_problems": list(report.database_problems),
    }
    if healed is not None:
        data["healed"] = healed
    whole = report.blobs_read - len(report.corrupted)
    words = f"{whole} files are as they were stored ({format_bytes(report.bytes_read)} read)."
    if healed:
        session.out.note(f"{healed} files came back from {repair_from}.")
    session.finish(data, lambda: session.out.line(words), report.error())


def _heal(session: Session, unlock: Unlock, name: str) -> int:
    """Put back what the backup called ``name`` has of what the library lost; how many files that were."""
    from audobon_cli.backup.check.repair import heal_library
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.repository_options import ask_passphrase

    workspace = session.workspace
    repository = workspace.backup.open(workspace.destinations.find(name), unlock.files, ask_passphrase)
    try:
        with listening(session.out) as listen:
            return heal_library(repository, workspace.library, listen)[0]
    finally:
        repository.remote.close()
