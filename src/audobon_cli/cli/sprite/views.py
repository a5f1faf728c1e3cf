"""What the sprite commands share: opening what an operation works with, and showing results."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import SpriteOutput

if TYPE_CHECKING:
    from audobon_cli.sprites.replay import ReplayReport
    from audobon_cli.sprites.run import OperationContext, OperationResult
    from audobon_cli.sprites.sources import Source


@contextmanager
def operation_context(
    session: Session, inputs: Sequence[str], output: SpriteOutput
) -> "Iterator[tuple[OperationContext, list[Source]]]":
    """The inputs and where their results go, with progress shown meanwhile."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.sprites.run import OperationContext, open_context

    out = Path(output.out).expanduser() if output.out is not None else None
    folder = out is not None and (out.is_dir() or str(output.out).endswith("/"))
    with listening(session.out) as listen:
        context = OperationContext(None, listen, out, folder, output.overwrite, output.dry_run)
        yield open_context(inputs, lambda: session.workspace.library, context)


def made_data(made: "OperationResult") -> dict[str, Any]:
    """One result, JSON-ready."""
    asset = made.asset
    return {
        "operation": made.task.operation.name,
        "parameters": made.task.operation.parameters(),
        "sources": [source.label for source in made.task.sources],
        "name": made.task.name,
        "asset": None if asset is None else {**asset.summary(), "existing": made.existing},
        "path": None if made.path is None else str(made.path),
        "width": made.width,
        "height": made.height,
        "size_bytes": made.size_bytes,
    }


def show_made(
    session: Session, results: "Sequence[OperationResult]", dry_run: bool, files: Sequence[Path] = ()
) -> None:
    """Give the results: an id and a name a line, or a path; and ``files`` written beside them."""
    data: dict[str, Any] = {"results": [made_data(made) for made in results], "dry_run": dry_run}
    if files:
        data["files"] = [str(path) for path in files]

    def view() -> None:
        rows = []
        for made in results:
            label = str(made.path) if made.path is not None and made.asset is None else made.task.name
            whole = made.asset.id if made.asset else ""
            rows.append((Both(whole[:10], whole), label, f"{made.width}x{made.height}", _path(made)))
        if all(made.asset is None for made in results):
            session.out.lines(row[1] for row in rows)
        else:
            session.out.table(
                (Column("id"), Column("name", Kind.NAME), "size", Column("file", Kind.PROSE)), rows
            )

    session.out.result(data, view)
    if files and not dry_run:
        session.out.note(f"Previews: {', '.join(str(path) for path in files)}")
    if dry_run:
        session.out.note("Nothing was kept or written: --dry-run.")
    elif results and all(made.existing for made in results):
        session.out.note("All of this was in the library already.")


def _path(made: "OperationResult") -> str:
    return "" if made.path is None else str(made.path)


def replay_data(report: "ReplayReport") -> list[dict[str, Any]]:
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


def show_replay(session: Session, report: "ReplayReport") -> None:
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
