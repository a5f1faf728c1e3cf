"""The options that commands of operations share."""

from pathlib import Path
from typing import Annotated, Protocol

import typer

Name = Annotated[str, typer.Option("--name", help="Name of the result in the library.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Work everything out; keep and write nothing.")]
Replayed = Annotated[
    list[str],
    typer.Argument(metavar="ASSETS...", help="Assets that were replaced, or derived from such."),
]
Replaced = Annotated[str, typer.Argument(help="An id, its first characters, or a name.")]
Replacement = Annotated[Path, typer.Argument(metavar="FILE", help="The file to put in its place.")]
ReplayToo = Annotated[
    bool, typer.Option("--replay", help="Redo at once everything that was derived from it.")
]


class OutputOptions(Protocol):
    """Where results go: the options of each medium."""

    @property
    def out(self) -> str | None: ...

    @property
    def overwrite(self) -> bool: ...

    @property
    def dry_run(self) -> bool: ...
