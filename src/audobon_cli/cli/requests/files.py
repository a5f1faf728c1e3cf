"""The options of ``audobon generate`` about files, and about what is there already."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass

OutOption = Annotated[
    str | None,
    typer.Option("--out", "-o", metavar="FILE|FOLDER|-", help="File or folder to write to; - is stdout."),
]


@dataclass(frozen=True, slots=True)
class FileOptions:
    """The options as they were typed."""

    PANEL: ClassVar[str] = "Output"

    out: OutOption = None
    library_only: Annotated[
        bool,
        typer.Option("--library-only", help="Write no file; print ids instead of paths."),
    ] = False
    fresh: Annotated[
        bool,
        typer.Option("--redraw", help="Redraw pictures that are already in the library."),
    ] = False
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False
    preview: Annotated[bool, typer.Option("--preview", help="Show the pictures in the terminal.")] = False
