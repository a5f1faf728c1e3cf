"""What was spent at providers, and what may be."""

from datetime import UTC, datetime
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.units import usd
from audobon_cli.providers.ledger import Grouping as Grouping
from audobon_cli.providers.ledger import UsageRow as UsageRow
from audobon_cli.providers.registry import ProviderRegistry

COUNTS = ("calls", "paid", "unpaid", "unknown")
"""Of a row: calls in all, and those of each outcome."""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Sums by group, in micro-dollars those of money; ``per_month`` and
    ``per_run`` are the budgets, None without one."""

    rows: tuple[UsageRow, ...]
    spent_this_month: int
    per_month: int | None
    per_run: int | None = None

    @property
    def total(self) -> int:
        """Micro-dollars of all rows."""
        return sum(row.micro_usd for row in self.rows)

    def to_dict(self, by: Grouping) -> dict[str, Any]:
        """JSON-ready, as `audobon usage --json` has it."""
        return {
            "by": by.value,
            "usage": [_row_data(by, row) for row in self.rows],
            "total_usd": usd(self.total),
            "spent_this_month_usd": usd(self.spent_this_month),
            "budget_per_month_usd": None if self.per_month is None else usd(self.per_month),
            "budget_per_run_usd": None if self.per_run is None else usd(self.per_run),
        }


def _row_data(by: Grouping, row: UsageRow) -> dict[str, Any]:
    counts = {name: getattr(row, name) for name in COUNTS}
    return {by.value: row.group, **counts, "usd": usd(row.micro_usd), "free": row.free}


def report_usage(providers: ProviderRegistry, by: Grouping, this_month: bool) -> UsageReport:
    """The sums of all calls, or of those in the calendar month (UTC) that runs. Raises what Database raises."""
    first = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = providers.ledger.sums(by, first if this_month else None)
    budget = providers.budget
    return UsageReport(rows, providers.ledger.spent_this_month(), budget.per_month, budget.per_run)
