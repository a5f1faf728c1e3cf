"""The arguments and options that the commands which change sounds share."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.options import DryRun, Name, Overwrite

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="SOUNDS...", help="Sounds (ids, names, queries such as tag:door), or sound files and folders."
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="PATH", help="Write the results to FILE.wav, or to FOLDER/ for several."
    ),
]
Start = Annotated[float, typer.Option("--start", min=0, metavar="SECONDS", help="Where it begins.")]
End = Annotated[
    float,
    typer.Option("--end", min=0, metavar="SECONDS", help="Where it ends; the sound's end, if left out."),
]


@dataclass(frozen=True, slots=True)
class ResultOptions:
    """Where results go and what they are called."""

    PANEL: ClassVar[str] = "Output"

    name: Name = ""
    out: Out = None
    overwrite: Overwrite = False
    dry_run: DryRun = False
