"""``audobon assets trash``, ``restore`` and ``purge``: what is thrown away, brought back, or gone for good; and
``protect``, ``unprotect``: what is kept from that."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.assets.options import Assets, DryRun
from audobon_cli.cli.assets.views import asset_table, changed_result, summaries
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, opened
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import AudobonError, InvalidInput, VersionNotFound
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.domain.units import format_bytes, format_time, plural

if TYPE_CHECKING:
    from audobon_cli.backup.check.holding import RecoveryPoint
    from audobon_cli.domain.asset import Asset
    from audobon_cli.library.encryption.erase import ErasureReport

NAMED = 3
"""How many assets a question names."""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


@command(
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
        list[str] | None, typer.Argument(help="Ids, first characters of ids, names, or queries.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the trash.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Move assets to the trash.

    `audobon undo` and `audobon assets restore` bring them back.
    """
    from audobon_cli.library.select import select_assets
    from audobon_cli.library.trash import list_trash, trash_assets

    library = session.workspace.library
    if show:
        held = [one.asset for one in list_trash(library)]
        session.out.listing(summaries(held), view=lambda: asset_table(session, held))
        session.out.note(f"{plural(len(held), 'asset')} in the trash." if held else "The trash is empty.")
        return
    if not assets:
        raise InvalidInput("Nothing was named.", hint="name assets, or --list what lies in the trash")
    chosen = select_assets(library, assets)
    if not dry_run:
        trash_assets(library, chosen)
    session.out.result(summaries(chosen), view=lambda: asset_table(session, chosen))
    would = "would go into the trash" if dry_run else "in the trash; `audobon assets restore` takes them out"
    session.out.note(f"{plural(len(chosen), 'asset')} {would}.")


@command(
    "restore",
    examples=[
        "audobon assets restore red_dragon",
        "audobon assets restore red_dragon --from HEAD~1",
        "audobon assets restore red_dragon --from latest --repo usb",
    ],
)
def restore(
    session: Session,
    assets: Annotated[list[str], typer.Argument(help="Ids, first characters of ids, or names in the trash.")],
    source: Annotated[
        str, typer.Option("--from", metavar="trash|COMMIT|POINT", help="Where to take them from.")
    ] = "trash",
    *,
    place: RepositoryOptions,
) -> None:
    """Bring assets back, as they were.

    Out of the trash, or with --from as they were in a commit (HEAD~1, a branch, a tag) or in a recovery point of a
    backup (its id, or latest).
    """
    from audobon_cli.library.trash import restore_assets, select_trashed

    library = session.workspace.library
    if source == "trash":
        restored = restore_assets(library, select_trashed(library, assets))
    elif place.dest is None and _is_commit(session, source):
        restored = _from_commit(session, assets, source)
    else:
        restored = _from_point(session, assets, source, place)
    session.out.result(summaries(restored), view=lambda: asset_table(session, restored))


def _is_commit(session: Session, source: str) -> bool:
    from audobon_cli.history.commits import log

    try:
        log(session.workspace.library, source, 1)
    except VersionNotFound:
        return False
    return True


def _from_commit(session: Session, assets: list[str], source: str) -> "list[Asset]":
    """Assets as they were in a commit, under their own ids."""
    from audobon_cli.history.arguments import find_asset
    from audobon_cli.history.branches import restore as restore_from
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    wanted = [find_asset(library, reference, source) for reference in assets]
    restore_from(library, wanted, source)
    return [select_one(library, asset) for asset in wanted]


def _from_point(session: Session, assets: list[str], point: str, place: RepositoryOptions) -> "list[Asset]":
    """Assets as they were in a recovery point, under their own ids."""
    from audobon_cli.backup.opener import find_point
    from audobon_cli.backup.point_contents import PointContents
    from audobon_cli.backup.restore.into_library import restore_assets

    library = session.workspace.library
    with opened(session, place) as repository:
        chosen = find_point(repository, point, session.workspace.library_path).point
        contents = PointContents(repository.reader(), chosen)
        return [asset for query in assets for asset in restore_assets(contents, library, query)]


@command(
    "purge",
    examples=[
        "audobon assets purge red_dragon --yes",
        "audobon assets purge --all --dry-run",
        "audobon assets purge red_dragon --erase --yes",
    ],
)
def purge(
    session: Session,
    assets: Annotated[
        list[str] | None, typer.Argument(help="Ids, first characters of ids, or names in the trash.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Empty the trash.")] = False,
    erase: Annotated[
        bool,
        typer.Option("--erase", help="In an encrypted library: destroy the keys of their files, now."),
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Permanently delete assets that are in the trash.

    `audobon assets prune` frees their space later; with --erase nothing waits, and what else holds them is listed.
    """
    from audobon_cli.library.trash import list_trash, purge_assets, select_trashed

    library = session.workspace.library
    if bool(assets) == everything:
        raise InvalidInput("Name assets in the trash, or --all.", hint="see `audobon assets trash --list`")
    limit = library.survey.count_trashed()
    held = [one.asset for one in list_trash(library, limit)] if everything else []
    chosen = held if everything else select_trashed(library, assets or [])
    if not dry_run:
        sure = yes or (not chosen and sys.stdin.isatty())  # there is nothing to ask about
        what = f"{plural(len(chosen), 'asset')} ({_named(chosen)})"
        session.confirm(
            sure,
            f"Permanently delete {what}?",
            "This deletes permanently",
            hint="; --dry-run shows what goes",
        )
        if erase:
            _erase(session, chosen)
            return
        purge_assets(library, chosen)
    session.out.listing(summaries(chosen), view=lambda: asset_table(session, chosen))
    would = "would be " if dry_run else ""
    session.out.note(f"{plural(len(chosen), 'asset')} {would}permanently deleted.")


@command("protect", examples=["audobon assets protect red_dragon", "audobon assets protect tag:final"])
def protect(session: Session, assets: Assets) -> None:
    """Keep assets from being trashed, replaced or moved.

    `trash`, `clean`, replacing, replaying, other names and categories are refused until `unprotect`; tags, notes and
    ratings are free. `protected:yes` finds them. Commits keep the protection, and pushes and backups carry it.
    """
    from audobon_cli.library.organize import set_protected
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, set_protected(library, select_assets(library, assets), True), "protected")


@command("unprotect", examples=["audobon assets unprotect red_dragon", "audobon assets unprotect tag:wip"])
def unprotect(session: Session, assets: Assets) -> None:
    """Let protected assets be trashed, replaced and moved."""
    from audobon_cli.library.organize import set_protected
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    changed_result(session, set_protected(library, select_assets(library, assets), False), "unprotected")


def _erase(session: Session, chosen: "list[Asset]") -> None:
    """Erase ``chosen``, and list what still holds them."""
    from audobon_cli.library.encryption.erase import erase_assets

    _show_erased(session, chosen, erase_assets(session.workspace.library, chosen))


def _show_erased(session: Session, assets: "Sequence[Asset]", done: "ErasureReport") -> None:
    """The result of erasing ``assets``."""
    held, skipped = _holding(session, done.blobs)
    data: dict[str, Any] = {
        "assets": [asset.summary() for asset in assets],
        "erased": list(done.blobs),
        "shared": list(done.shared),
        "derived": list(done.derived),
        "in_history": list(done.in_history),
        "recovery_points": [{"repository": name, **point.summary()} for name, point in held],
        "not_looked_at": [{"repository": name, "why": why} for name, why in skipped],
    }
    lines = [f"erased: {asset.id} {asset.name}" for asset in assets if asset.blob in done.blobs]
    lines += [
        f"deleted, its file is another asset's too: {asset.id} {asset.name}"
        for asset in assets
        if asset.blob in done.shared
    ]
    session.out.result(data, lambda: session.out.lines(lines))
    for name, point in held:
        session.out.warn(
            f"The recovery point {point.short} of {format_time(point.time)} in {name} still holds it: "
            f"`audobon backup remove {point.short} --repo {name}`, then `audobon backup prune`."
        )
    for name, why in skipped:
        session.out.warn(f"Not looked at: {name} ({why}).")
    if done.derived:
        session.out.warn(f"{plural(len(done.derived), 'asset')} made of it stay: {', '.join(done.derived)}.")
    if done.in_history:
        session.out.note("Commits keep its record: name, prompt and recipe. Its picture is gone from them.")
    session.out.note(
        "Exported files, places that were pushed to and copies made by others are not known here: they may hold it."
    )


def _holding(
    session: Session, blobs: Sequence[str]
) -> "tuple[list[tuple[str, RecoveryPoint]], list[tuple[str, str]]]":
    """The recovery points of all repositories of the settings that hold one of ``blobs``; and the repositories that
    could not be opened without a question, with the reason."""
    from audobon_cli.backup.check.holding import points_holding
    from audobon_cli.encryption.secret_files import SecretFiles

    opener = session.workspace.backup
    held: list[tuple[str, RecoveryPoint]] = []
    skipped: list[tuple[str, str]] = []
    for name, destination in session.workspace.destinations.named.items():
        try:
            repository = opener.open(destination, SecretFiles(), lambda: None)
            try:
                held += [(name, point) for point in points_holding(repository, blobs)]
            finally:
                repository.remote.close()
        except AudobonError as error:
            skipped.append((name, error.message))
    return held, skipped


def _named(assets: "Sequence[Asset]") -> str:
    """The assets by name, as far as a question has room, and their size."""
    names = ", ".join(visible_line(asset.name) for asset in assets[:NAMED])
    more = f" and {len(assets) - NAMED} more" if len(assets) > NAMED else ""
    return f"{names}{more}, {format_bytes(sum(asset.size_bytes for asset in assets))}"
