"""What was made, and how long it took: the metrics of all runs, summed for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from audobon_cli.operations.counts import METRICS
from audobon_cli.operations.metrics_store import DayCount

MADE = "audobon_assets_made_total"
SECONDS = "audobon_drawing_seconds_total"
REUSED = "audobon_cache_hits_total"


class StatisticsBy(StrEnum):
    """What sums are made by."""

    MODEL = "model"
    PROVIDER = "provider"
    MEDIUM = "medium"
    COMMAND = "command"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """Sums of one group. Of a command ``made`` is how often it ran, ``failed`` how often that ended in an error, and
    ``reused`` is 0; of others ``made`` assets were drawn and ``reused`` found. ``by_day`` has ``made`` of each day."""

    group: str
    made: int
    reused: int
    failed: int
    seconds: float
    by_day: tuple[int, ...]


def summarize(
    counts: Sequence[DayCount], by: StatisticsBy, days: int, today: date | None = None
) -> tuple[StatisticsRow, ...]:
    """The rows of the last ``days`` days up to ``today`` (UTC), the busiest group first; of days the latest first."""
    last = today or datetime.now(UTC).date()
    wanted = [(last - timedelta(days=back)).isoformat() for back in reversed(range(days))]
    made, seconds, reused = (
        ("audobon_runs_total", "audobon_run_seconds_total", "")
        if by is StatisticsBy.COMMAND
        else (MADE, SECONDS, REUSED)
    )
    recent = [count for count in counts if count.day in set(wanted)]
    groups = {_group(count, by) for count in recent if count.name in (made, reused)}
    rows = []
    for group in groups:
        if group is None:
            continue
        own = [count for count in recent if _group(count, by) == group]
        rows.append(
            StatisticsRow(
                group,
                round(_sum(own, made)),
                round(_sum(own, reused)),
                round(sum(count.value for count in own if _is_failure(count, by))),
                round(_sum(own, seconds), 1),
                tuple(round(_sum([count for count in own if count.day == day], made)) for day in wanted),
            )
        )
    if by is StatisticsBy.DAY:
        return tuple(sorted(rows, key=lambda row: row.group, reverse=True))
    return tuple(sorted(rows, key=lambda row: (-row.made, row.group)))


def _group(count: DayCount, by: StatisticsBy) -> str | None:
    """The group that ``count`` belongs to; None for a metric without that label."""
    if by is StatisticsBy.DAY:
        return count.day
    names = METRICS[count.name].labels if count.name in METRICS else ()
    return count.labels[names.index(by.value)] if by.value in names else None


def _is_failure(count: DayCount, by: StatisticsBy) -> bool:
    if count.name == "audobon_runs_total":
        return by is StatisticsBy.COMMAND and bool(count.labels[1])
    return count.name == "audobon_assets_failed_total"


def _sum(counts: Sequence[DayCount], name: str) -> float:
    return sum(count.value for count in counts if count.name == name)
