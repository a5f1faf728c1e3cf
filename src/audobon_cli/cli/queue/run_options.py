"""The options of ``audobon queue run``."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

import typer


class WorkerOptions(StrEnum):
    """Where workers run."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class WorkerPoolOptions:
    """Who works."""

    PANEL: ClassVar[str] = "Workers"

    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            max=1024,
            help="Worker processes, each on its own device (1); restarted when killed.",
        ),
    ] = None
    forever: Annotated[
        bool, typer.Option("--forever", help="Wait for more jobs when the queue is empty.")
    ] = False
    idle: Annotated[
        float | None,
        typer.Option(
            "--idle", metavar="SECONDS", min=0, help="With --forever: end after that many idle seconds."
        ),
    ] = None
    limit: Annotated[int, typer.Option("--max-jobs", min=0, help="Stop after this many jobs; 0: all.")] = 0
    recycle_jobs: Annotated[
        int | None,
        typer.Option(
            "--recycle-jobs", metavar="N", min=0, help="Begin a worker anew after N jobs; 0: never."
        ),
    ] = None
    recycle_memory: Annotated[
        str | None,
        typer.Option(
            "--recycle-memory",
            metavar="SIZE",
            help="Begin a worker anew that has as much memory after a job.",
        ),
    ] = None
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Run in the background, until the queue is empty or `queue stop`."),
    ] = False
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile", metavar="FILE", help="Write times of stages and layers, and memory, to FILE (.json)."
        ),
    ] = None
    detached: Annotated[bool, typer.Option("--detached", hidden=True, help="Nobody sees its end.")] = False
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True, help="End when stdin does.")] = (
        False
    )
    since: Annotated[
        float | None,
        typer.Option("--since", hidden=True, help="When its supervisor began, in seconds since 1970."),
    ] = None


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Where a Ray cluster is, and what a worker takes of it."""

    PANEL: ClassVar[str] = "Ray"

    engine: Annotated[
        WorkerOptions, typer.Option("--engine", help="local: processes here; ray: actors on a Ray cluster.")
    ] = WorkerOptions.LOCAL
    address: Annotated[
        str | None,
        typer.Option(
            "--address", help="The Ray cluster: auto, or HOST:PORT; without it, one is started here."
        ),
    ] = None
    gpus: Annotated[
        float | None,
        typer.Option("--gpus", min=0, help="Graphics cards per Ray worker (1 if there are any)."),
    ] = None
    cpus: Annotated[float, typer.Option("--cpus", min=0, help="Processors per Ray worker.")] = 1.0
