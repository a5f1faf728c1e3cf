"""`audobon cloud down`: whatever of ours runs in the cloud, found by label, ended, paid and taken off the list."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from audobon_cli.cloud.deployment import WORKER
from audobon_cli.cloud.jobs import OWNER_LABEL, CloudJob, CloudJobs
from audobon_cli.cloud.listing import ListedJob, labelled_everywhere
from audobon_cli.cloud.queue_runs.collect import clear_place
from audobon_cli.cloud.queue_runs.context import OpenedRun, QueueRunContext
from audobon_cli.cloud.queue_runs.records import RunRecord, RunStage
from audobon_cli.cloud.queue_runs.run import leave
from audobon_cli.cloud.queue_runs.slices import results_prefix
from audobon_cli.cloud.schedules.standing import Schedules
from audobon_cli.cloud.services import SERVICES
from audobon_cli.domain.errors import AudobonError, CloudFailed
from audobon_cli.domain.events import Warned

POLL_SECONDS = 1.0
MOST_POLLS = 60
"""A task has ten seconds after it is asked to end."""
LOOKS = 2
"""How often all is looked for: a process that was killed may have sent something that arrives after the first look."""


@dataclass(frozen=True, slots=True)
class CloudDown:
    """What was ended: the jobs, and what they came to in micro-dollars. ``waiting`` are runs that left results, which
    the next `cloud run` takes; ``uncertain`` those of which nobody knows yet whether they ever arrived."""

    ended: tuple[CloudJob, ...]
    cost: int
    waiting: tuple[str, ...]
    uncertain: tuple[str, ...]


def end_everything(
    context: QueueRunContext,
    places: Iterable[tuple[str, str]],
    owner: str | None,
    discard: bool = False,
    deployment: bool = False,
    schedules_at: Callable[[str, str], Schedules] | None = None,
) -> CloudDown:
    """End all jobs of ours in ``places``, projects with their regions, and in those of this machine's runs.

    ``owner`` None: those of other machines, too. ``discard``: results that wait are deleted; ``deployment``: so is what
    was deployed. ``schedules_at`` gives the schedules in a project and region, which end first: they begin others.
    Raises what the cloud raises, and CloudFailed if something does not end.
    """
    records = context.records.all()
    elsewhere = {(one.project, one.region) for one in records if one.stage is not RunStage.MANIFEST}
    everywhere = {*places, *elsewhere}
    labels = {OWNER_LABEL: owner} if owner else {}
    ended: dict[str, CloudJob] = {}
    costs: dict[str, int] = {}

    def warn(message: str) -> None:
        context.listen(Warned(message))

    def meant(one: ListedJob) -> bool:
        return one.job.kind != WORKER or deployment

    for look in range(LOOKS):
        for project, region in sorted(everywhere):
            standing = schedules_at(project, region).end_all(warn) if schedules_at else []
            found = _found(context, project, region, labels)
            runs = [(one.job, _end(context, one.service, one.job)) for one in found if meant(one)]
            ended |= {job.name: job for job, _ in (*standing, *runs)}
            costs |= {job.name: cost for job, cost in (*standing, *runs)}
        if look + 1 < LOOKS and any(one.stage is RunStage.SUBMITTING for one in records):
            context.sleep(POLL_SECONDS)
        elif not any(one.stage is RunStage.SUBMITTING for one in records):
            break
    waiting, uncertain = [], []
    for record in records:
        left = _leave(context, record, discard)
        if left is None:
            uncertain.append(record.run)
        elif left:
            waiting.append(record.run)
    return CloudDown(tuple(ended.values()), sum(costs.values()), tuple(waiting), tuple(uncertain))


def _found(context: QueueRunContext, project: str, region: str, labels: Mapping[str, str]) -> list[ListedJob]:
    def warn(message: str) -> None:
        context.listen(Warned(message))

    services = [context.service_at(project, region, one.name) for one in SERVICES]
    return labelled_everywhere(services, labels, context.money, warn)


def _end(context: QueueRunContext, service: CloudJobs, job: CloudJob) -> int:
    """End a job, pay it and remove it: what it came to."""
    service.cancel(job)
    for _ in range(MOST_POLLS):
        found = service.find(job.run) if job.kind != WORKER else None
        if found is None or found.state.ended or not found.submitted:
            cost = context.money.settle(service, found or job) if job.kind != WORKER else 0
            service.remove(job)
            return cost
        context.sleep(POLL_SECONDS)
    raise CloudFailed(
        f"{job.name} does not end.",
        hint=service.ending_command(job),
        job=job.name,
    )


def _leave(context: QueueRunContext, record: RunRecord, discard: bool) -> bool | None:
    """Let go of a run; whether results of it wait, None where it is not known whether it will run."""
    try:
        with context.opened(record) as opened:
            if record.stage is not RunStage.MANIFEST and leave(opened) is None:
                return None
            if not discard and (record.stage is RunStage.MANIFEST or _has_results(opened)):
                return True
            clear_place(opened.remote, record.run)
    except AudobonError as error:
        context.listen(Warned(f"{record.place} could not be tidied: {error.message}"))
    context.records.remove(record.run)
    return False


def _has_results(opened: OpenedRun) -> bool:
    return next(iter(opened.remote.list(results_prefix(opened.record.run))), None) is not None
