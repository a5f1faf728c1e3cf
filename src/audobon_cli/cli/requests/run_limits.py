"""The options of ``audobon generate`` about the run itself: its plan, its memory, its time."""

from dataclasses import dataclass
from typing import Annotated

import typer


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options as they were typed."""

    plan: Annotated[
        bool, typer.Option("--plan", help="Say what it will need - memory, time, disk - and stop.")
    ] = False
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME", help="A memory strategy of `vram plan --all`.")
    ] = ""
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="What a picture may take; 0: no limit.", min=0),
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
    keep_warm: Annotated[
        str | None,
        typer.Option(
            "--keep-warm", metavar="10m", help="Keep the model in memory so long for the next one; 0: do not."
        ),
    ] = None
