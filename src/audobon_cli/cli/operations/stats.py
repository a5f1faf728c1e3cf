"""``audobon stats``: what was made, and how long it took."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Both, Cell, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.operations.statistics import StatisticsBy, StatisticsRow

BARS = "▁▂▃▄▅▆▇█"
NO_BAR = "·"


@command(
    "stats",
    examples=["audobon stats", "audobon stats --by day --days 7", "audobon stats --by command --json"],
)
def stats(
    session: Session,
    by: Annotated[StatisticsBy, typer.Option("--by", help="What to group by.")] = StatisticsBy.MODEL,
    days: Annotated[
        int, typer.Option("--days", min=1, max=400, help="How many days, up to today (UTC).")
    ] = 14,
) -> None:
    """Show what was made lately, and how long it took.

    Of all libraries of this user. `assets stats` counts what a library holds, `usage` what providers were paid.
    """
    from audobon_cli.operations.metrics_store import MetricsStore
    from audobon_cli.operations.statistics import summarize

    with MetricsStore(session.workspace.locations.metrics) as store:
        store.take_in()
        rows = summarize(store.counts(), by, days)
    data = {"by": by.value, "days": days, "rows": [_data(row) for row in rows]}
    session.out.result(data, lambda: session.out.table(_columns(by, days), [_cells(row, by) for row in rows]))
    if not rows:
        session.out.note(f"Nothing was made in the last {days} days.")


def _columns(by: StatisticsBy, days: int) -> Sequence[Column]:
    counted = "runs" if by is StatisticsBy.COMMAND else "made"
    return (
        Column(by.value, Kind.NAME),
        Column(counted, Kind.NUMBER),
        Column("reused", Kind.NUMBER, unlike=by is StatisticsBy.COMMAND),
        Column("failed", Kind.NUMBER),
        Column("seconds", Kind.NUMBER),
        Column("each", Kind.SECONDS, drop=1),
        Column(f"last {days} days", drop=2, unlike=by is StatisticsBy.DAY),
    )


def _cells(row: StatisticsRow, by: StatisticsBy) -> tuple[Cell, ...]:
    each = row.seconds / row.made if row.made else 0.0
    line = "" if by is StatisticsBy.DAY else sparkline(row.by_day)
    per_day = Both(line, ",".join(map(str, row.by_day)))
    return (row.group or "(none)", row.made, row.reused, row.failed, row.seconds, each, per_day)


def _data(row: StatisticsRow) -> dict[str, object]:
    return {**asdict(row), "by_day": list(row.by_day)}


def sparkline(values: Sequence[int]) -> str:
    """A bar for each of ``values``, of eight heights up to the largest; a dot for 0."""
    largest = max(values, default=0)
    return "".join(BARS[(value * len(BARS) - 1) // largest] if value else NO_BAR for value in values)
