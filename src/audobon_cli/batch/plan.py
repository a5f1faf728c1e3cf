"""What a batch will need, said before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audobon_cli.batch.resolve import BatchJob
from audobon_cli.batch.run import in_groups
from audobon_cli.generation.cache import ResultCache
from audobon_cli.generation.run_plan import RunPlan, plan_run
from audobon_cli.vram.device_budget import DeviceBudget
from audobon_cli.vram.placed import PlannedRequest, request_kind


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """All jobs, the indexes of those whose picture is in the library, and what the others need, a request for
    each kind of them."""

    jobs: tuple[BatchJob, ...]
    cached: frozenset[int]
    missing: RunPlan


def plan_batch(
    jobs: Sequence[BatchJob],
    placed: Sequence[PlannedRequest],
    card: DeviceBudget,
    results: ResultCache | None,
    retries: int,
) -> BatchPlan:
    """The plan of ``jobs``; ``placed`` has a request of each kind; ``results`` None: all are made anew.

    Reads the pictures that are there, to be sure of them.
    """
    cached = frozenset(
        job.index
        for job in jobs
        if results is not None and results.find(job.request, job.request.seed, retries) is not None
    )
    kinds = {request_kind(one.request): one for one in placed}
    counts: dict[object, int] = {}
    for job in in_groups([job for job in jobs if job.index not in cached]):
        kind = request_kind(job.request)
        counts[kind] = counts.get(kind, 0) + 1
    return BatchPlan(
        tuple(jobs),
        cached,
        plan_run([_several(kinds[kind], count) for kind, count in counts.items()], card),
    )


def _several(placed: PlannedRequest, count: int) -> PlannedRequest:
    """``count`` pictures of the kind of ``placed``, by the prompt of the first."""
    more = f" and {count - 1} more" if count > 1 else ""
    return replace(placed, request=replace(placed.request, count=count, prompt=placed.request.prompt + more))
