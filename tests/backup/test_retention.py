"""Which recovery points stay."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.backup.repository.recovery_point import RecoveryPoint, StoredDatabase
from audobon_cli.backup.retention import Retention, points_to_keep

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def point(time: datetime, library: str = "a") -> RecoveryPoint:
    database = StoredDatabase(0, 1, ())
    return RecoveryPoint(f"{library}{time.isoformat()}", time, "host", library, "1", "", 0, 0, database)


def kept(retention: Retention, points: list[RecoveryPoint]) -> list[RecoveryPoint]:
    chosen = points_to_keep(retention, points)
    return [one for one in points if one.id in chosen]


def test_the_newest_of_each_day_week_month_and_year() -> None:
    points = [point(START + timedelta(hours=6 * number)) for number in range(4 * 800)]
    assert kept(Retention(last=2), points) == points[-2:]
    days = [one.time.date() for one in kept(Retention(daily=7), points)]
    assert days == [points[-1].time.date() - timedelta(days=n) for n in range(6, -1, -1)]
    assert len(kept(Retention(weekly=5), points)) == 5
    months = {(one.time.year, one.time.month) for one in kept(Retention(monthly=12), points)}
    assert len(months) == 12
    assert [one.time.year for one in kept(Retention(yearly=9), points)] == [2026, 2027, 2028]
    assert points_to_keep(Retention(last=1, daily=1), points) == {points[-1].id: ("last", "daily")}


def test_libraries_do_not_push_each_other_out() -> None:
    points = [point(START + timedelta(days=number), "ab"[number % 2]) for number in range(10)]
    assert kept(Retention(last=1), points) == points[-2:]


@given(
    st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=40, unique=True),
    st.integers(1, 5),
    st.integers(0, 5),
)
def test_a_jumping_clock_costs_at_most_its_own_places(times: list[datetime], daily: int, last: int) -> None:
    points = [point(time.replace(tzinfo=UTC)) for time in times]
    before = points_to_keep(Retention(daily=daily, last=last), points)
    jumped = [*points, point(datetime(2200, 1, 1, tzinfo=UTC))]
    after = points_to_keep(Retention(daily=daily + 1, last=last + 1), jumped)
    assert before.keys() <= after.keys()
    assert max(points, key=lambda one: one.time).id in before
