"""Adding jobs: everything that can be known to be wrong is found before the first one is added."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.batch.resolve import AskedRow, resolve_jobs
from audobon_cli.batch.syntax.rows import BatchProblem
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.generation.context import GenerationEnvironment
from audobon_cli.generation.outputs import Outputs, suffix_of
from audobon_cli.generation.resolve.request import resolve_request
from audobon_cli.queue.model import DEFAULT_LANE, DEFAULT_RETRIES, Job, JobDraft, JobKind, JobNumber
from audobon_cli.queue.request import QueuedRequest, freeze_request
from audobon_cli.queue.runners.command import jobs_named
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.storage.file_names import check_names
from audobon_cli.vram.strategies import strategy_named


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How jobs are run; see JobDraft."""

    priority: int = 0
    after: tuple[JobNumber, ...] = ()
    timeout_seconds: float | None = None
    retries: int | None = None
    """None: as often as is usual; not at all where a picture is paid for, which a lost worker may have asked for."""
    lane: str = DEFAULT_LANE


@dataclass(frozen=True, slots=True)
class QueuedOutput:
    """What is done with the pictures; see QueuedRequest. ``out`` as it was typed."""

    out: str | None = None
    overwrite: bool = False
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class QueuedImages:
    """What is asked for; ``source`` is the name of the batch that it stands in, "" for none, and ``problems``
    are those of its other lines."""

    rows: Sequence[AskedRow]
    source: str = ""
    problems: Sequence[BatchProblem] = ()


def _agreed(requests: Sequence[ResolvedRequest]) -> None:
    """Whatever is asked for may be added."""


def add_pictures(
    environment: GenerationEnvironment,
    jobs: JobStore,
    asked: QueuedImages,
    options: tuple[JobOptions, QueuedOutput],
    folder: Path,
    confirm: Callable[[Sequence[ResolvedRequest]], None] = _agreed,
) -> list[Job]:
    """Add a job for each row, in order, all or none. ``folder`` is what relative paths mean.
    ``confirm`` raises if they must not be, for what they cost.

    Rows of a batch without a seed get that of their prompt, others one at random.
    Raises BatchInvalid with the problems of all rows of a batch, and what resolve raises for others.
    """
    how, where = options
    if where.strategy:
        strategy_named(where.strategy)
    found: list[tuple[GenerationRequest, ResolvedRequest]] = []

    def keep(request: GenerationRequest) -> ResolvedRequest:
        resolved = resolve_request(
            request, environment.settings, environment.models, lambda: environment.library
        )
        found.append((request, resolved))
        return resolved

    if asked.source:
        resolve_jobs(asked.rows, keep, asked.source, asked.problems)
    else:
        for row in asked.rows:
            keep(row.request)
    confirm([resolved for _, resolved in found])
    drafts = []
    for row, (request, resolved) in zip(asked.rows, found, strict=True):
        out = _absolute(row.out or where.out, folder)
        if out is not None:
            Outputs.plan(out, folder, resolved.count, where.overwrite, suffix_of([resolved]))
        queued = QueuedRequest(
            freeze_request(request, resolved, folder, environment.library),
            out,
            where.overwrite,
            where.strategy,
        )
        title = " ".join(plain_prompt(request.prompt).split())
        drafts.append(
            _draft(JobKind.GENERATE, title, queued.to_dict(), _careful(how, resolved), resolved.count)
        )
    return jobs.add(drafts)


def _careful(how: JobOptions, resolved: ResolvedRequest) -> JobOptions:
    """``how`` with the retries of a job that pays, if nobody said how many."""
    if how.retries is not None:
        return how
    models = [leg.model.remote for leg in (resolved, *resolved.fallbacks)]
    paid = any(model is not None and not model.price.is_free for model in models)
    return replace(how, retries=0 if paid else DEFAULT_RETRIES)


def add_command(jobs: JobStore, words: Sequence[str], options: JobOptions, folder: Path) -> Job:
    """Add a job that runs a command line of this program in ``folder``. It waits for the jobs that it names."""
    if not words:
        raise InvalidInput(
            "There is no command.", hint="`audobon queue command -- sprite sheet job:1 job:2 --name hero`"
        )
    waiting = replace(options, after=(*options.after, *jobs_named(words)))
    request: dict[str, object] = {"words": list(words), "folder": str(folder)}
    return jobs.add([_draft(JobKind.COMMAND, " ".join(words), request, waiting, 0)])[0]


def _draft(kind: JobKind, title: str, request: dict[str, object], how: JobOptions, pieces: int) -> JobDraft:
    return JobDraft(
        kind,
        title,
        request,
        pieces=pieces,
        lane=how.lane,
        priority=how.priority,
        timeout_seconds=how.timeout_seconds,
        retries=DEFAULT_RETRIES if how.retries is None else how.retries,
        needs=how.after,
    )


def _absolute(out: str | None, folder: Path) -> str | None:
    if out is None:
        return None
    path = os.path.normpath(folder / Path(out).expanduser())
    check_names(Path(path))
    return f"{path}/" if out.endswith(("/", os.sep)) or os.path.isdir(path) else path
