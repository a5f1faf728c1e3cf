"""Schedules of this machine: made, listed, paid for month by month, and ended."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from audobon_cli.cloud.cloud_run.documents import job_document, job_name, unsupported
from audobon_cli.cloud.cloud_run.jobs import CloudRunJobs
from audobon_cli.cloud.deployment import order_of
from audobon_cli.cloud.jobs import OWNER_LABEL, CloudJob, CloudJobOrder
from audobon_cli.cloud.money import CloudMoney
from audobon_cli.cloud.prices import price_in
from audobon_cli.cloud.schedules.limit import VARIABLE, ScheduleLimit
from audobon_cli.cloud.schedules.scheduler import CloudScheduler, SchedulerJob, check_times
from audobon_cli.domain.errors import (
    AudobonError,
    BudgetSpent,
    CloudApiOff,
    CloudMissing,
    CloudRefused,
    CloudUnreachable,
    InvalidInput,
)
from audobon_cli.domain.providers import Billed
from audobon_cli.providers.ledger import Call, Reserved, Settlement

KIND = "schedule"
"""Of jobs of Cloud Run that a schedule begins."""
MONTH = "%Y%m"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,25}")


_RUN_JOB = re.compile(rf"audobon-{KIND}-((.+)-[0-9a-f]{{8}})")


@dataclass(frozen=True, slots=True)
class StandingSchedule:
    """A schedule. ``times`` is None where Cloud Scheduler has no job of it (any more), ``job`` and ``spent`` where
    Cloud Run has none, so that nothing can be run; ``spent`` is what the month has come to so far, in micro-dollars."""

    name: str
    job: CloudJob | None
    limit: ScheduleLimit | None
    times: SchedulerJob | None
    spent: int | None


@dataclass(frozen=True, slots=True)
class EndedSchedule:
    """A schedule that was ended: the full name of its job of Cloud Run, and what its months came to that were not
    settled yet, in micro-dollars: with ``job_gone`` what was reserved for them, as nobody can say any more."""

    job_name: str
    cost: int
    job_gone: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleOrder:
    """What a schedule is to be: when, by which account, and what a month of it may cost in micro-dollars."""

    name: str
    cron: str
    time_zone: str
    starter: str
    month_micro_usd: int


@dataclass(frozen=True)
class Schedules:
    """The schedules of ``machine`` in one region; with None those of all machines."""

    service: CloudRunJobs
    scheduler: CloudScheduler
    money: CloudMoney
    machine: str | None

    def add(self, wanted: ScheduleOrder, usual: CloudJobOrder, place: str) -> SchedulerJob:
        """Make a schedule, or make that of its name what ``wanted`` says: of the image and machine ``usual``, for what
        waits at ``place``. The month's sum is reserved first.

        Raises InvalidInput, BudgetSpent with nothing made, and what the cloud raises.
        """
        if _NAME.fullmatch(wanted.name) is None:
            raise InvalidInput(
                f"A schedule cannot be called {wanted.name!r}.",
                hint="use up to 26 of a-z, 0-9 and -, a letter first",
            )
        if not wanted.starter:
            raise InvalidInput(
                "No service account is chosen that Cloud Scheduler begins runs as.",
                hint="give --starter EMAIL, or `audobon config set cloud_starter EMAIL`",
            )
        check_times(wanted.cron, wanted.time_zone)
        machine = self.machine or ""
        run = f"{wanted.name}-{machine[:8]}"
        order = replace(
            usual,
            run=run,
            kind=KIND,
            command=("cloud", "worker", place, "--waiting"),
            tasks=1,
            retries=0,
            labels={OWNER_LABEL: machine},
        )
        unsupported(order)
        longest = self.money.longest(order, self.service.service, self.service.region)
        if wanted.month_micro_usd < longest.micro_usd:
            raise InvalidInput(
                f"Not one execution fits the month's sum: one costs {longest.words}.",
                hint="give a larger --per-month, or deploy with a shorter --timeout",
            )
        limit = ScheduleLimit(
            run,
            wanted.month_micro_usd,
            longest.micro_usd,
            longest.each_second * 1e6,
            longest.price.minimum_seconds,
        )
        variables = {**usual.variables, "PYTHONUNBUFFERED": "1", VARIABLE: limit.to_text()}
        name = job_name(order)
        known = self.service.defined(name) is not None
        self._reserve(limit, order.machine.name)
        try:
            self.service.define(name, job_document(replace(order, variables=variables)))
            return self.scheduler.define(
                SchedulerJob(name, wanted.cron, wanted.time_zone, wanted.starter, machine)
            )
        except CloudUnreachable:  # it may be there: `cloud down` looks
            raise
        except AudobonError:
            if not known:
                self.service.delete(f"{self.service.parent}/jobs/{name}".removeprefix("/v2/"))
                for one in self.money.unsettled(self.service.service):
                    if _month(run, one.id):
                        self.money.release(one.id)
            raise

    def all(self) -> list[StandingSchedule]:
        """What there is, by the label of Cloud Run and by what Cloud Scheduler has: one half of it may be gone."""
        jobs = self._jobs()
        times = {one.run_job: one for one in self._times(bool(jobs))}
        standing = [self._standing(job, times.pop(_short(job), None)) for job in jobs]
        return [*standing, *(_without_job(one) for one in times.values())]

    def left_over(self) -> list[StandingSchedule]:
        """What Cloud Scheduler still asks for and Cloud Run no longer has; none where one of them cannot be asked."""
        times = self._times(False)
        try:
            known = {_short(job) for job in self._jobs()} if times else set()
        except (CloudApiOff, CloudRefused):
            return []
        return [_without_job(one) for one in times if one.run_job not in known]

    def roll(self) -> list[str]:
        """Settle the months that are over, and reserve the one that has begun; the names of schedules for whose month
        the budget has no room: they begin nothing until they are added again."""
        refused = []
        for one in self.all():
            if one.job is None:
                continue
            self._settle_months(one.job, through_now=False)
            if one.limit is None or (one.times is not None and one.times.paused):
                continue
            try:
                self._reserve(one.limit, one.job.machine.name)
            except BudgetSpent:
                self.scheduler.pause(_short(one.job))
                refused.append(one.name)
        return refused

    def remove(self, name: str) -> EndedSchedule:
        """End a schedule and what runs of it, also one of which only Cloud Scheduler knows. Raises CloudMissing."""
        for job in self._jobs():
            if name in (_name(job), job.run):
                return EndedSchedule(job.name, self._end(job))
        for one in self.left_over():
            if one.times is not None and name in (one.name, one.times.run_job):
                return self._end_times(one.times)
        raise CloudMissing(
            f"There is no schedule {name} in {self.service.region}.", hint="audobon cloud schedule list"
        )

    def end_all(self, tell: Callable[[str], None] = lambda _: None) -> list[tuple[CloudJob, int]]:
        """End all. ``tell`` hears of what Cloud Scheduler still asks for and Cloud Run no longer has."""
        try:
            jobs = self._jobs()
        except (CloudApiOff, CloudRefused):  # what of runs is there is looked for behind this, and told
            return []
        known = {_short(job) for job in jobs}
        for times in self._times(bool(jobs)):
            if times.run_job in known:
                self.scheduler.remove(times.run_job)
            else:
                self._end_times(times)
                tell(
                    f"Cloud Scheduler still asked for {times.run_job}, which was gone from Cloud Run; no longer."
                )
        return [(job, self._end(job)) for job in jobs]

    def _times(self, wanted: bool) -> list[SchedulerJob]:
        """What Cloud Scheduler has of ours. Not everybody uses it: refusals are raised only where it is ``wanted``."""
        try:
            return self.scheduler.all(self.machine)
        except (CloudApiOff, CloudRefused):
            if wanted:
                raise
            return []

    def _end(self, job: CloudJob) -> int:
        self.scheduler.remove(_short(job))
        self.service.cancel(job)
        cost = self._settle_months(job, through_now=True)
        self.service.remove(job)
        return cost

    def _end_times(self, times: SchedulerJob) -> EndedSchedule:
        """End what only Cloud Scheduler knows of. Cloud Run forgets executions with their job: what was reserved for
        them counts for good."""
        self.scheduler.remove(times.run_job)
        found = _RUN_JOB.fullmatch(times.run_job)
        known = self.money.unsettled(self.service.service) if found else []
        reserved = [one for one in known if found and _month(found[1], one.id)]
        for one in reserved:
            self.money.write_off(one.id)
        name = f"{self.service.parent}/jobs/{times.run_job}".removeprefix("/v2/")
        return EndedSchedule(name, sum(one.micro_usd for one in reserved), job_gone=True)

    def _jobs(self) -> list[CloudJob]:
        labels = {} if self.machine is None else {OWNER_LABEL: self.machine}
        return [job for job in self.service.labelled(labels) if job.kind == KIND]

    def _standing(self, job: CloudJob, times: SchedulerJob | None) -> StandingSchedule:
        document = self.service.defined(_short(job))
        variables = order_of(document).variables if document is not None else {}
        limit = ScheduleLimit.from_variables(variables) if VARIABLE in variables else None
        moment = self.money.now()
        return StandingSchedule(_name(job), job, limit, times, self._cost(job, moment.strftime(MONTH)))

    def _reserve(self, limit: ScheduleLimit, machine: str) -> None:
        """Count the sum of this month as spent, as far as it is not counted yet."""
        month = self.money.now().astimezone(UTC).strftime(MONTH)
        missing = limit.month_micro_usd - sum(one.micro_usd for one in self._reserved(limit.run, month))
        if missing <= 0:
            return
        call = Call(
            provider=self.service.service,
            server=self.service.region,
            model=machine,
            quality=KIND,
            estimate=missing,
            what="a month of this schedule",
            remedy="give a smaller --per-month",
        )
        self.money.reserve_call(f"{limit.run}-{month}-{secrets.token_hex(4)}", call)

    def _reserved(self, run: str, month: str) -> list[Reserved]:
        known = self.money.unsettled(self.service.service)
        return [one for one in known if one.id.startswith(f"{run}-{month}-")]

    def _settle_months(self, job: CloudJob, through_now: bool) -> int:
        """Put what executions came to in place of what is reserved, for months that are over or for all."""
        now = self.money.now().astimezone(UTC).strftime(MONTH)
        known = [_month(job.run, one.id) for one in self.money.unsettled(self.service.service)]
        total = 0
        for month in sorted({one for one in known if one and (through_now or one < now)}):
            cost = self._cost(job, month)
            total += cost
            for one in self._reserved(job.run, month):
                billed = Billed.YES if cost else Billed.NO
                self.money.ledger.settle(one.id, Settlement(billed, cost, request_id=job.name))
                cost = 0
        return total

    def _cost(self, job: CloudJob, month: str) -> int:
        def is_meant(began: datetime) -> bool:
            return began.astimezone(UTC).strftime(MONTH) == month

        attempts = self.service.attempts(job, self.money.now(), is_meant)
        return price_in(self.money.prices, self.service.service, job.region).cost(job.machine, attempts)


def is_due(money: CloudMoney, service: str = "cloud-run") -> bool:
    """Whether a month of a schedule is over and not settled, by the ledger alone."""
    now = money.now().astimezone(UTC).strftime(MONTH)
    months = (re.search(r"-(\d{6})-[0-9a-f]{8}$", one.id) for one in money.unsettled(service))
    return any(found is not None and found[1] < now for found in months)


def _short(job: CloudJob) -> str:
    return job.name.rpartition("/")[2]


def _month(run: str, ident: str) -> str:
    """The month that an id of the ledger is of, "" if it is of another run."""
    found = re.fullmatch(rf"{re.escape(run)}-(\d{{6}})-[0-9a-f]{{8}}", ident)
    return found[1] if found else ""


def _name(job: CloudJob) -> str:
    return job.run.rpartition("-")[0]


def _without_job(times: SchedulerJob) -> StandingSchedule:
    """The schedule of which there is this job of Cloud Scheduler alone; called as that job is, where its name is none
    that we give."""
    found = _RUN_JOB.fullmatch(times.run_job)
    return StandingSchedule(found[2] if found else times.run_job, None, None, times, None)
