"""What the sprite commands share: their common arguments, opening a bench, and showing results."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import parse_size

if TYPE_CHECKING:
    from audobon_cli.sprites.run import OperationContext, OperationResult
    from audobon_cli.sprites.sources import Source

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="ASSETS...", help="Assets (ids, names, queries such as tag:boss), or picture files."
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="PATH", help="Write the results here: FILE.png, or FOLDER/ for several."
    ),
]
Name = Annotated[str, typer.Option("--name", help="What to call the result in the library.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files of that name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Work everything out, and keep and write nothing.")]
Together = Annotated[
    bool, typer.Option("--together", help="Take all of them for frames of one animation, which must agree.")
]


@dataclass(frozen=True, slots=True)
class OutputPlace:
    """Where results go, as the command line says it."""

    out: str | None = None
    overwrite: bool = False
    dry_run: bool = False


@contextmanager
def operation_context(
    session: Session, inputs: Sequence[str], place: OutputPlace
) -> "Iterator[tuple[OperationContext, list[Source]]]":
    """The inputs and where their results go, with progress shown meanwhile."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.sprites.run import OperationContext, open_context

    out = Path(place.out).expanduser() if place.out is not None else None
    folder = out is not None and (out.is_dir() or str(place.out).endswith("/"))
    with listening(session.out) as listen:
        context = OperationContext(None, listen, out, folder, place.overwrite, place.dry_run)
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


def show_made(session: Session, results: "Sequence[OperationResult]", dry_run: bool) -> None:
    """Give the results: an id and a name a line, or a path."""
    data = {"results": [made_data(made) for made in results], "dry_run": dry_run}

    def view() -> None:
        rows = []
        for made in results:
            label = str(made.path) if made.path is not None and made.asset is None else made.task.name
            rows.append((made.asset.id if made.asset else "", label, f"{made.width}x{made.height}"))
        if all(not row[0] for row in rows):
            for row in rows:
                session.out.line(row[1])
        else:
            session.out.table(("id", "name", "size"), rows)

    session.out.result(data, view)
    if dry_run:
        session.out.note("Nothing was kept or written: --dry-run.")
    elif results and all(made.existing for made in results):
        session.out.note("All of this was in the library already.")


def size_option(text: str | None, option: str) -> tuple[int, int]:
    """``64`` or ``64x96`` as width and height; 0, 0 for None. Raises InvalidInput."""
    if text is None:
        return 0, 0
    size = parse_size(text)
    if size is None:
        raise InvalidInput(f"{option} {text!r} is not a size.", hint="write 64 or 64x96")
    return size.width, size.height
