"""What the commands of operations share: opening what one works with, and showing results."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.derivations.options import OutputOptions
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.derivations.run import OperationContext, OperationResult
    from audobon_cli.derivations.sources import Source


@contextmanager
def operation_context(
    session: Session, inputs: Sequence[str], output: OutputOptions
) -> "Iterator[tuple[OperationContext, list[Source]]]":
    """The inputs and where their results go, with progress shown meanwhile."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.derivations.run import OperationContext, open_context

    out = Path(output.out).expanduser() if output.out is not None else None
    folder = out is not None and (out.is_dir() or str(output.out).endswith("/"))
    with listening(session.out) as listen:
        context = OperationContext(None, listen, out, folder, output.overwrite, output.dry_run)
        yield open_context(inputs, lambda: session.workspace.library, context)


def result_data(made: "OperationResult") -> dict[str, Any]:
    """One result, JSON-ready, but for what only its medium has."""
    asset = made.asset
    return {
        "operation": made.task.operation.name,
        "parameters": made.task.operation.parameters(),
        "sources": [source.label for source in made.task.sources],
        "name": made.task.name,
        "asset": None if asset is None else {**asset.summary(), "existing": made.existing},
        "path": None if made.path is None else str(made.path),
        "size_bytes": made.size_bytes,
    }


def show_results(
    session: Session,
    results: "Sequence[OperationResult]",
    dry_run: bool,
    data_of: "Callable[[OperationResult], dict[str, Any]]",
    measures: "Sequence[tuple[str, Callable[[OperationResult], str]]]",
    files: Sequence[Path] = (),
) -> None:
    """Give the results, each as ``data_of`` has it: an id, a name and its ``measures`` (a column's title and what is in
    it) a line, or a path; then ``files`` that were written beside them."""
    data: dict[str, Any] = {"results": [data_of(made) for made in results], "dry_run": dry_run}
    if files:
        data["files"] = [str(path) for path in files]

    def view() -> None:
        if all(made.asset is None for made in results):
            session.out.lines(str(made.path) if made.path is not None else made.task.name for made in results)
            return
        rows: list[list[Both | str]] = []
        for made in results:
            whole = made.asset.id if made.asset else ""
            path = "" if made.path is None else str(made.path)
            measured = [tell(made) for _, tell in measures]
            rows.append([Both(whole[:10], whole), made.task.name, *measured, path])
        titles = (Column(title) for title, _ in measures)
        columns = [Column("id"), Column("name", Kind.NAME), *titles, Column("file", Kind.PROSE)]
        session.out.table(columns, rows)

    session.out.result(data, view)
    if files and not dry_run:
        session.out.note(f"Written beside: {', '.join(map(str, files))}")
    if dry_run:
        session.out.note("Nothing was kept or written: --dry-run.")
    elif results and all(made.existing for made in results):
        session.out.note("All of this was in the library already.")
