"""The runners by kind. A further kind of job is a runner of its own and a line here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from audobon_cli.engines.base import Engine
from audobon_cli.engines.scoring.cached_scorer import Scorer
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.queue.model import JobKind
from audobon_cli.queue.runners.base import Runner
from audobon_cli.queue.runners.command import CommandRunner
from audobon_cli.queue.runners.generate import GenerateRunner
from audobon_cli.queue.runners.train import TrainRunner
from audobon_cli.queue.store.jobs import JobStore


@contextmanager
def runners(
    environment: GenerationEnvironment, engine: Engine, scorer: Scorer, jobs: JobStore, ahead: bool = True
) -> Iterator[Mapping[JobKind, Runner]]:
    """What runs the jobs of ``jobs``: pictures on ``engine``, chosen among by ``scorer``; ``ahead``: see JobsAhead."""
    pictures = GenerateRunner(environment, engine, scorer, jobs, ahead)
    try:
        yield {
            JobKind.GENERATE: pictures,
            JobKind.COMMAND: CommandRunner(jobs, offline=environment.settings.offline),
            JobKind.TRAIN: TrainRunner(environment),
        }
    finally:
        pictures.close()
