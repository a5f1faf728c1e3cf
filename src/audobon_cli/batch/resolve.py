"""The jobs of a batch: every row resolved before the first picture is drawn, and known by its recipe.

A job's identity is the digest of the recipe that its picture will carry (generation/cache.py): what is in
the library under it need not be made. So running a batch again makes what is missing and no more, and
an edited line is another job.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from audobon_cli.batch.syntax.rows import BatchProblem, batch_invalid
from audobon_cli.batch.syntax.seeds import with_seeds
from audobon_cli.domain.errors import (
    AssetAmbiguous,
    AssetNotFound,
    InvalidInput,
    ModelAltered,
    ModelDamaged,
    ModelNotFound,
    ModelUnsupported,
    PresetNotFound,
    ProviderModelGone,
)
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.domain.units import count_of, plural

ROW_ERRORS = (
    InvalidInput,
    PresetNotFound,
    ProviderModelGone,
    ModelNotFound,
    ModelUnsupported,
    ModelDamaged,
    ModelAltered,
    AssetNotFound,
    AssetAmbiguous,
)
"""What is wrong with a row, not with the machine or the library."""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row of a batch as a request; ``out`` is the file that it names, "" for none."""

    line: int
    request: GenerationRequest
    out: str = ""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One picture of a batch: ``index`` is its place in it, from 0; ``request`` has a count of 1."""

    index: int
    line: int
    request: ResolvedRequest
    out: str = ""


Resolver = Callable[[GenerationRequest], ResolvedRequest]


def resolve_jobs(
    rows: Iterable[AskedRow], resolve: Resolver, source: str, problems: Sequence[BatchProblem] = ()
) -> tuple[BatchJob, ...]:
    """The jobs of ``rows``, in order, a row of several pictures as so many jobs.

    Rows without a seed get one by batch.syntax.seeds. Raises BatchInvalid with what is wrong in all lines of
    ``source``: the ``problems`` known before, and whatever ``resolve`` finds.
    """
    listed = list(rows)
    found: list[tuple[AskedRow, ResolvedRequest]] = []
    wrong = list(problems)
    for row, request in zip(listed, with_seeds(row.request for row in listed), strict=True):
        try:
            if row.out and request.count > 1:
                raise InvalidInput(
                    f"--out {row.out} is one file, and the row asks for {plural(request.count, 'picture')}.",
                    hint="leave out --out or --count",
                )
            found.append((row, resolve(request)))
        except ROW_ERRORS as error:
            wrong.append(BatchProblem.of(row.line, error))
    if wrong:
        raise batch_invalid(source, sorted(wrong, key=lambda problem: problem.line))
    pictures = [
        (row, replace(request, seed=seed, count=1)) for row, request in found for seed in request.seeds()
    ]
    return tuple(BatchJob(index, row.line, request, row.out) for index, (row, request) in enumerate(pictures))


def chosen_jobs(jobs: Sequence[BatchJob], only: Sequence[str]) -> tuple[BatchJob, ...]:
    """Those of ``jobs`` that ``only`` means: line numbers (``7``), ranges of them (``3-9``), or words that
    the prompt must have, in any case. All where ``only`` is empty. Raises InvalidInput if none is meant.
    """
    if not only:
        return tuple(jobs)
    tests = [_selector(text) for text in only]
    meant = (job for job in jobs if any(test(job) for test in tests))
    chosen = tuple(replace(job, index=index) for index, job in enumerate(meant))
    if not chosen:
        raise InvalidInput(
            f"--only {', '.join(only)} means no line of the batch.",
            hint="give line numbers (7), ranges (3-9), or words of the prompt",
        )
    return chosen


def _selector(text: str) -> Callable[[BatchJob], bool]:
    first, dash, last = text.partition("-")
    if first.isdecimal() and (last.isdecimal() or not dash):
        lines = range(count_of(first), count_of(last or first) + 1)
        return lambda job: job.line in lines
    words = text.casefold()
    return lambda job: words in job.request.prompt.casefold()
