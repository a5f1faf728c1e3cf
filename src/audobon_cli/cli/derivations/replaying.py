"""Replacing an asset's content and making again what derives from it: the commands of every medium."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.derivations.replay import ReplayReport


def run_replay(session: Session, assets: Sequence[str], dry_run: bool) -> None:
    """Make again all that derives from ``assets``, and show it."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.derivations.replay import replay
    from audobon_cli.library.select import select_assets

    library = session.workspace.library
    roots = select_assets(library, assets)
    with listening(session.out) as listen:
        report = replay(library, roots, listen, dry_run)
    session.finish(
        {"assets": _data(report), "dry_run": dry_run}, lambda: _show(session, report), report.error()
    )
    if not report.assets:
        session.out.note("Nothing was made out of this by an operation.")
    if dry_run:
        session.out.note("Nothing was changed: --dry-run.")


def run_replace(session: Session, asset: str, file: Path, replay_too: bool, group: str) -> None:
    """Put ``file`` in the place of what ``asset`` is; ``group`` is that of the command, which hints name."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.derivations.replay import in_order, replace_content, replay
    from audobon_cli.derivations.sources import read_file
    from audobon_cli.library.select import select_one

    library = session.workspace.library
    found = replace_content(library, select_one(library, asset), read_file(file.expanduser()), str(file))
    if not replay_too:
        waiting = len(in_order(library, [found]))
        data = {"asset": found.summary(), "assets": [], "waiting": waiting}
        session.out.result(data, lambda: session.out.line(found.id))
        if waiting:
            session.out.note(
                f"{plural(waiting, 'asset')} were made out of it: `audobon {group} replay {found.id}` makes them again."
            )
        return
    with listening(session.out) as listen:
        report = replay(library, [found], listen)
    data = {"asset": found.summary(), "assets": _data(report), "waiting": 0}
    session.finish(data, lambda: _show(session, report), report.error())


def _data(report: "ReplayReport") -> list[dict[str, Any]]:
    """What was made again, for scripts."""
    return [
        {
            "asset": each.asset.id,
            "name": each.asset.name,
            "operation": each.operation,
            "status": each.status.value,
            "blob": each.asset.blob,
            "reason": each.reason,
        }
        for each in report.assets
    ]


def _show(session: Session, report: "ReplayReport") -> None:
    """What was made again, for people: a line an asset."""
    rows = [
        (Both(r.asset.id[:10], r.asset.id), r.asset.name, r.operation, r.status.value, r.reason)
        for r in report.assets
    ]
    session.out.table(
        (Column("id"), Column("name", Kind.NAME), "operation", "status", Column("why", Kind.PROSE)),
        rows,
        {"failed": "red", "remade": "yellow", "identical": "green"},
    )
