"""How people read sizes, durations, dates and counts, and how scripts read a time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import (
    format_bytes,
    format_day,
    format_exact_time,
    format_seconds,
    format_time,
    machine_time,
    parse_seconds,
    plural,
)

NOW = datetime(2026, 11, 30, 16, 29, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def zone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KiB"),
        (1229, "1.2 KiB"),
        (99 * 1024, "99.0 KiB"),
        (282 * 2**20 + 300_000, "282 MiB"),
        (1023 * 2**20, "1.0 GiB"),
        (int(4.13 * 2**30), "4.1 GiB"),
        (211 * 2**30, "211 GiB"),
        (5 * 2**40, "5.0 TiB"),
    ],
)
def test_sizes_have_three_digits_at_most(count: int, text: str) -> None:
    assert format_bytes(count) == text
    assert sum(character.isdigit() for character in text) <= 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.84, "0.8 s"),
        (9.96, "10 s"),
        (42.7, "43 s"),
        (59.6, "1 min 00 s"),
        (592, "9 min 52 s"),
        (3720, "1 h 02 min"),
        (86400 * 3.5, "3 days"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_dates_are_in_the_readers_zone() -> None:
    assert format_time(NOW, NOW) == "today 11:29"
    assert format_day(NOW - timedelta(hours=12), NOW) == "yesterday"
    assert format_time(NOW - timedelta(hours=12), NOW) == "yesterday 23:29"
    assert format_day(NOW - timedelta(days=9), NOW) == "2026-11-21"
    assert format_exact_time(NOW) == "2026-11-30 11:29:05 -0500"


def test_scripts_read_utc() -> None:
    assert machine_time(NOW.astimezone(timezone(timedelta(hours=9)))) == "2026-11-30T16:29:05Z"


def test_plurals() -> None:
    assert [plural(n, "asset") for n in (0, 1, 2, 1204)] == [
        "0 assets",
        "1 asset",
        "2 assets",
        "1,204 assets",
    ]
    assert plural(2, "branch", "branches") == "2 branches"


def test_durations_are_of_lives_and_not_of_worlds() -> None:
    assert [parse_seconds(text, "--older") for text in ("90", "10m", "7d", "36500d")] == [
        90, 600, 604_800, 3_153_600_000,
    ]  # fmt: skip
    for text in ("1e9d", "99999999999d", "1e308d", "nan", "-1s", "d", ""):
        with pytest.raises(InvalidInput, match="--older"):
            parse_seconds(text, "--older")
