"""Which recovery points to keep: so many of the newest, and the newest of so many hours, days, weeks, months, years.

Points are counted, never held against a clock: however clocks jump, no point is lost for being "too old".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from audobon_cli.backup.repository.recovery_point import RecoveryPoint

_BUCKETS: Mapping[str, Callable[[datetime], object]] = {
    "last": lambda time: time,
    "hourly": lambda time: (time.date(), time.hour),
    "daily": lambda time: time.date(),
    "weekly": lambda time: time.isocalendar()[:2],
    "monthly": lambda time: (time.year, time.month),
    "yearly": lambda time: time.year,
}


@dataclass(frozen=True, slots=True)
class Retention:
    """How many of each kind to keep; 0 keeps none for that reason."""

    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0

    @property
    def keeps_nothing(self) -> bool:
        """Whether it would remove every point."""
        return not any(getattr(self, one.name) for one in fields(self))


def points_to_keep(retention: Retention, points: Iterable[RecoveryPoint]) -> dict[str, tuple[str, ...]]:
    """The ids of the points to keep, each with the reasons. Each library is counted by itself; days begin in UTC."""
    groups: dict[tuple[str, str], list[RecoveryPoint]] = {}
    for point in points:
        groups.setdefault((point.host, point.library), []).append(point)
    kept: dict[str, list[str]] = {}
    for group in groups.values():
        group.sort(key=lambda point: (point.time, point.id), reverse=True)
        for reason, bucket in _BUCKETS.items():
            for point in _newest_of_each(group, bucket, getattr(retention, reason)):
                kept.setdefault(point.id, []).append(reason)
    return {point: tuple(reasons) for point, reasons in kept.items()}


def _newest_of_each(
    points: list[RecoveryPoint], bucket: Callable[[datetime], object], limit: int
) -> list[RecoveryPoint]:
    """The newest point of each of the newest ``limit`` buckets; ``points`` are newest first."""
    chosen: list[RecoveryPoint] = []
    last: object = None
    for point in points:
        if len(chosen) == limit:
            break
        found = bucket(point.time.astimezone(UTC))
        if bucket is _BUCKETS["last"] or found != last:
            chosen.append(point)
            last = found
    return chosen
