"""Queries by days of a person's clock, by seed and provider, and by a name that was saved."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from audobon_cli.cli.assets.views import ORDER
from audobon_cli.library.store.search.query import AllOf, IdIn, Range, parse_query
from tests.conftest import Audobon

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def only(text: str) -> object:
    query = parse_query(text)
    assert isinstance(query, AllOf)
    (part,) = query.parts
    return part


def test_days_are_those_of_the_clock(zone: str) -> None:
    assert os.environ["TZ"] == zone
    now = datetime.now().astimezone()
    today = only("made:today")
    assert isinstance(today, Range)
    assert today.field == "created"
    assert today.low is not None
    assert today.high is not None
    assert today.low <= f"{now.astimezone(UTC):%Y-%m-%d}" <= today.high
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for moment in (midnight - timedelta(seconds=1), midnight - timedelta(days=1)):
        yesterday = only("created:yesterday")
        assert isinstance(yesterday, Range)
        assert (yesterday.low or "") <= f"{moment.astimezone(UTC):%Y-%m-%d}" <= (yesterday.high or "")
    week = only("made:7d")
    assert isinstance(week, Range)
    assert week.low == f"{(now - timedelta(days=7)).astimezone(UTC):%Y-%m-%d}"
    assert only("made:1w") == week


def test_seeds_and_providers_are_fields(audobon: Audobon) -> None:
    audobon("generate", "oak", "--seed", "7")
    audobon("generate", "elm", "--seed", "8")
    assert [asset["name"] for asset in audobon("assets", "list", "seed:7", "--json").data["assets"]] == [
        "oak"
    ]
    assert audobon("assets", "list", "provider:replicate", "--json").data["assets"] == []
    found = audobon("assets", "list", "made:today", "-seed:7", "--json")
    assert found.status == 2, "what begins with a dash is an option"
    found = audobon("assets", "list", "--json", "--", "made:today", "-seed:7")
    assert [asset["name"] for asset in found.data["assets"]] == ["elm"]
    assert audobon("assets", "list", "seed:x").status == 2
    assert only("seed:7") == IdIn("seed", "7")


def test_a_search_is_saved_and_used_by_name(audobon: Audobon) -> None:
    audobon("generate", "oak", "elm", "ghost", "--seed", "1")
    audobon("assets", "rate", "oak", "elm", "--stars", "5")
    saved = audobon("assets", "search", "rating:5", "OR", "ghost", "--save", "best", "--json").data
    assert saved["saved"] == {"name": "best", "query": "rating:5 OR ghost"}
    assert audobon("assets", "list", "@best", "--json").data["total"] == 3
    assert audobon("assets", "list", "@best", "oak", "--json").data["total"] == 1
    audobon("assets", "search", "@best", "elm", "--save", "one")
    assert [one["name"] for one in audobon("assets", "list", "@one", "--json").data["assets"]] == ["elm"]
    audobon("assets", "tag", "@best", "--tag", "kept")
    assert audobon("assets", "list", "tag:kept", "--json").data["total"] == 3
    wrong = audobon("assets", "list", "@nobody")
    assert wrong.status == 2
    assert "@best" in wrong.err
    assert audobon("assets", "search", "oak", "--save", "no name").status == 2
    assert audobon("assets", "search", '"oak @ home"', "--json").status == 0


def test_every_column_of_a_list_is_a_field() -> None:
    values = {"size": "64", "rating": "3", "made": "today", "seed": "1", "palette": "fff"}
    for heading in ORDER:
        assert parse_query(f"{heading}:{values.get(heading, 'x')}").parts
