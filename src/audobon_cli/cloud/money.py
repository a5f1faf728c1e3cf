"""Money that stops: the longest time of a job is paid for in the ledger before it is submitted."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audobon_cli.cloud.jobs import CloudJob, CloudJobOrder, CloudJobs
from audobon_cli.cloud.prices import CloudPrice, price_in, read_cloud_prices
from audobon_cli.domain.errors import BudgetSpent
from audobon_cli.domain.providers import Billed
from audobon_cli.domain.units import format_seconds, format_usd, plural
from audobon_cli.monitoring.alerts import Alert, send_alert
from audobon_cli.monitoring.health import HealthFinding, HealthStatus
from audobon_cli.platforms import current
from audobon_cli.providers.ledger import Call, MonthShare, Reserved, Settlement, SpendingLimits, UsageLedger
from audobon_cli.settings.settings import Settings
from audobon_cli.storage.durable_files import write_new

PERCENTS = (50, 80, 100)
"""Shares of the month's budget at which somebody is told, each once a month."""
USAGE = "`audobon usage --month` shows what was spent"

Tell = Callable[[Alert], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LongestCost:
    """What a job costs if every attempt of every task takes as long as it may, in micro-dollars; ``each_second`` is one
    task's dollars a second."""

    micro_usd: int
    attempts: int
    timeout_seconds: int
    each_second: float
    price: CloudPrice

    @property
    def words(self) -> str:
        """For a plan."""
        return (
            f"{format_usd(self.micro_usd)} at most: {plural(self.attempts, 'attempt')} of up to "
            f"{format_seconds(self.timeout_seconds)} at {self.each_second * 3600:.4f} USD an hour each "
            f"(listed {self.price.as_of}: {self.price.source})"
        )


@dataclass(frozen=True)
class CloudMoney:
    """The budget of jobs in the cloud: that of providers, in the same ledger. ``tell`` sends an alert and says what
    went wrong with that; ``alerts`` is the folder that remembers which were sent."""

    ledger: UsageLedger
    budget: SpendingLimits
    prices: tuple[CloudPrice, ...]
    tell: Tell
    alerts: Path
    warn: Callable[[str], None] = lambda message: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def of(
        cls,
        ledger: UsageLedger,
        budget: SpendingLimits,
        presets: Path,
        settings: Settings,
        alerts: Path,
        warn: Callable[[str], None],
    ) -> "CloudMoney":
        """That of a user, told by the ways of ``settings``."""
        prices = read_cloud_prices(presets)
        return cls(ledger, budget, prices, lambda alert: send_alert(alert, settings), alerts, warn)

    def longest(self, order: CloudJobOrder, service: str, region: str) -> LongestCost:
        """What ``order`` costs at most. Raises InvalidInput for a machine without a price."""
        price = price_in(self.prices, service, region, order.machine)
        return LongestCost(
            price.cost(order.machine, order.longest_attempts),
            len(order.longest_attempts),
            order.timeout_seconds,
            price.rate(order.machine),
            price,
        )

    def reserve(self, order: CloudJobOrder, service: str, region: str) -> LongestCost:
        """Count the longest time of ``order`` as spent, under its run's id; a second time nothing more is counted.

        Durable on return. Raises BudgetSpent, which is told to whoever wants alerts, too.
        """
        longest = self.longest(order, service, region)
        call = Call(
            provider=service,
            server=region,
            model=order.machine.name,
            quality=order.kind,
            estimate=longest.micro_usd,
            what="this job at its longest",
            remedy="take fewer --tasks, a shorter --timeout or fewer --retries",
        )
        self.reserve_call(order.run, call)
        return longest

    def reserve_call(self, ident: str, call: Call) -> None:
        """Count ``call`` as spent under an id; a second time nothing more is counted. Raises BudgetSpent."""
        try:
            share = self.ledger.reserve_as(ident, call, self.budget)
        except BudgetSpent as error:
            self._tell(100, error.message)
            raise
        if share is not None:
            self._tell_crossings(share)

    def so_far(self, jobs: CloudJobs, job: CloudJob) -> int:
        """What ``job`` has come to by now, in micro-dollars."""
        attempts = jobs.attempts(job, self.now())
        return self._cost(jobs, job, attempts)

    def settle(self, jobs: CloudJobs, job: CloudJob) -> int:
        """Put what ``job``, which has ended, really took in place of its reservation: micro-dollars."""
        attempts = jobs.attempts(job, self.now())
        cost = self._cost(jobs, job, attempts)
        billed = Billed.YES if cost else Billed.NO
        usage = {"seconds": round(math.fsum(attempts), 3), "attempts": len(attempts)}
        error = job.error.message if job.error else ""
        self.ledger.settle(job.run, Settlement(billed, cost, request_id=job.name, error=error, usage=usage))
        return cost

    def release(self, run: str) -> None:
        """Give back the reservation of a job that was surely never submitted."""
        self.ledger.settle(run, Settlement(Billed.NO, attempts=0, error="never submitted"))

    def write_off(self, run: str) -> None:
        """Nobody can say any more what a job came to: what was reserved counts for good."""
        self.ledger.settle(run, Settlement(Billed.UNKNOWN, attempts=0, error="the job is not there any more"))

    def unsettled(self, service: str) -> list[Reserved]:
        """What is reserved for jobs of ``service`` and not settled."""
        return self.ledger.reserved(service)

    def _cost(self, jobs: CloudJobs, job: CloudJob, attempts: tuple[float, ...]) -> int:
        price = price_in(self.prices, jobs.service, job.region, job.machine)
        return price.cost(job.machine, attempts) if attempts else 0

    def _tell_crossings(self, share: MonthShare) -> None:
        limit = self.budget.per_month
        for percent in PERCENTS if limit else ():
            if share.before * 100 < percent * (limit or 0) <= share.after * 100:
                self._tell(
                    percent,
                    f"{format_usd(share.after)} of budget.per_month {format_usd(limit or 0)} are spent or reserved.",
                )

    def _tell(self, percent: int, message: str) -> None:
        """Tell once a month, whichever process is first."""
        moment = self.now()
        mark = self.alerts / f"{moment.astimezone(UTC):%Y-%m}-{percent}"
        try:
            self.alerts.mkdir(parents=True, exist_ok=True)
            write_new(mark, b"", durable=False)
        except FileExistsError:
            return
        except OSError:
            pass  # told twice is better than not at all
        status = HealthStatus.FAILED if percent >= 100 else HealthStatus.WARNING
        finding = HealthFinding("budget", status, f"{percent} %: {message}", USAGE)
        alert = Alert(finding, HealthStatus.OK.value, current().host_name(), moment.isoformat())
        for problem in self.tell(alert):
            self.warn(f"an alert was not told by {problem}")
