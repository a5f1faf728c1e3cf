"""The options of ``audobon generate`` about files, and about what is there already."""

from dataclasses import dataclass
from typing import Annotated

import typer

OutOption = Annotated[
    str | None, typer.Option("--out", "-o", metavar="FILE|FOLDER|-", help="Where to write; - is stdout.")
]


@dataclass(frozen=True, slots=True)
class FileOptions:
    """The options as they were typed."""

    out: OutOption = None
    library_only: Annotated[
        bool,
        typer.Option("--library-only", help="No file beside the library; prints ids in place of paths."),
    ] = False
    fresh: Annotated[
        bool,
        typer.Option("--redraw", help="Make pictures again that are in the library already."),
    ] = False
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False
    preview: Annotated[bool, typer.Option("--preview", help="Show the pictures in the terminal.")] = False
