"""The options of ``audobon generate`` about the run itself: its plan, its memory, its time."""

from pathlib import Path
from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options as they were typed."""

    PANEL: ClassVar[str] = "Run"

    safe: Annotated[
        bool, typer.Option("--safe", help="Refuse words that are not for a children's setting.")
    ] = False
    moderate: Annotated[
        str | None,
        typer.Option("--moderate", metavar="POLICY", help="label: score each picture, tag what is unsafe."),
    ] = None
    plan: Annotated[
        bool, typer.Option("--plan", help="Say how much memory, time and disk it will need; draw nothing.")
    ] = False
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME", help="Memory strategy, from `vram plan --all`.")
    ] = ""
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", metavar="SECONDS", help="Time limit per picture, in seconds; 0: none.", min=0
        ),
    ] = None
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            metavar="COUNT",
            help="Pictures of the built-in model drawn at a time; 0: as many as processors and memory allow.",
            min=0,
        ),
    ] = None
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile", metavar="FILE", help="Write times of stages and layers, and memory, to FILE (.json)."
        ),
    ] = None
    keep_warm: Annotated[
        str | None,
        typer.Option(
            "--keep-warm", metavar="10m", help="Keep the model loaded for this long; 0: unload at once."
        ),
    ] = None
