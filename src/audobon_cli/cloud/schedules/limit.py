"""The month's sum of a schedule, as its executions hold themselves to it: at the place, whatever else is off."""

import json
import math
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from audobon_cli.domain.errors import BudgetSpent, InvalidInput
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.serialization import from_plain
from audobon_cli.domain.units import format_usd
from audobon_cli.remotes.base import Remote

VARIABLE = "AUDOBON_SCHEDULE"
"""Holds a ScheduleLimit in the environment of an execution."""
EXECUTION_VARIABLE = "CLOUD_RUN_EXECUTION"
_TOOK = "took-"


@dataclass(frozen=True, slots=True)
class ScheduleLimit:
    """What the executions of the schedule ``run`` may cost in a calendar month (UTC), and what one costs at its
    longest, in micro-dollars; and by which they reckon what they took."""

    run: str
    month_micro_usd: int
    longest_micro_usd: int
    second_micro_usd: float
    minimum_seconds: float

    def to_text(self) -> str:
        """For the environment."""
        return json.dumps(asdict(self))

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "ScheduleLimit":
        """Back. Raises InvalidInput where it is not there: nothing is done that nothing would stop."""
        try:
            return from_plain(cls, parse_json_object(variables.get(VARIABLE, "").encode()))
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidInput(
                "Nothing says what this schedule may cost.",
                hint="audobon cloud schedule add CRON --per-month USD",
            ) from error

    def cost(self, seconds: float) -> int:
        """Micro-dollars for an execution of so many seconds."""
        return math.ceil(max(seconds, self.minimum_seconds) * self.second_micro_usd)


@contextmanager
def counted(
    limit: ScheduleLimit,
    remote: Remote,
    variables: Mapping[str, str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[None]:
    """Count this execution for the block: at its longest until it has ended, then as long as it took.

    Raises BudgetSpent, with nothing done, where the month's sum has no room for one more at its longest. Of two that
    begin at once each counts both, so that rather none of them goes on than one too many.
    """
    began = now()
    month = f"schedules/{limit.run}/{began.astimezone(UTC):%Y-%m}/"
    own = f"{month}{variables.get(EXECUTION_VARIABLE) or secrets.token_hex(8)}"
    remote.put(f"{own}/began", b"")
    try:
        used = _used(limit, remote, month)
        if used > limit.month_micro_usd:
            raise BudgetSpent(
                f"The schedule has used up its month: with this execution {format_usd(used)} of "
                f"{format_usd(limit.month_micro_usd)}.",
                hint="it goes on next month; `audobon cloud schedule add` with a larger --per-month changes that",
            )
        yield
    finally:
        took = limit.cost((now() - began).total_seconds())
        remote.put(f"{own}/{_TOOK}{took}", b"")


def _used(limit: ScheduleLimit, remote: Remote, month: str) -> int:
    """What counts of a month; an execution that was begun again by the service is one."""
    counts: dict[str, int] = {}
    for stat in remote.list(month):
        execution, _, what = stat.key.removeprefix(month).partition("/")
        took = what.removeprefix(_TOOK)
        known = counts.get(execution)
        if what.startswith(_TOOK) and took.isdecimal():
            counts[execution] = int(took)
        elif known is None:
            counts[execution] = limit.longest_micro_usd
    return sum(counts.values())
