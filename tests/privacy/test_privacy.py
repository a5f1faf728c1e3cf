"""`audobon privacy`: what is kept about the user, exported and erased."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audobon_cli.domain.providers import Billed
from audobon_cli.privacy.erase import STAYING
from audobon_cli.providers.ledger import Call, Settlement, SpendingLimits, UsageLedger
from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

SECRET = "https://example.org/hook?token=s3cretvalue"


@pytest.fixture
def lived_in(audobon: Audobon, fake_engine: FakeEngine) -> UsageLedger:
    """A home in which things were done: a picture, a commit, an ended and a waiting job, a settled and an open call."""
    for argv in (
        ("config", "set", "alert_webhook", SECRET),
        ("config", "set", "audit.log", "true"),
        ("generate", "shy dragon", "--seed", "1", "--out", "dragon.png"),
        ("assets", "note", "shy_dragon", "-m", "for Ada"),
        ("version", "commit", "-m", "a first dragon"),
        ("queue", "add", "brave knight", "--seed", "1"),
        ("queue", "add", "old king", "--seed", "1"),
        ("queue", "cancel", "2"),
    ):
        ran = audobon(*argv)
        assert ran.status == 0, (argv, ran.err)
    ledger = UsageLedger(user_locations().usage)
    for ident in ("settled", "open"):
        ledger.reserve_as(ident, Call("replicate", "server", "flux", "draft", 5_000, "run"), SpendingLimits())
    ledger.settle("settled", Settlement(Billed.YES, 4_000))
    return ledger


def records(folder: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / f"{name}.ndjson").read_text().splitlines()]


@pytest.mark.usefixtures("lived_in")
def test_everything_is_given_with_a_list_and_no_key(audobon: Audobon) -> None:
    ran = audobon("privacy", "export", "mine", "--json")
    assert ran.status == 0, ran.out
    folder = Path("mine")
    (asset,) = records(folder, "assets")
    assert (asset["prompt"], asset["note"]) == ("shy dragon", "for Ada")
    assert [job["state"] for job in records(folder, "jobs")] == ["queued", "cancelled"]
    assert "brave knight" in (folder / "jobs.ndjson").read_text()
    assert [one["message"] for one in records(folder, "commits")] == ["a first dragon"]
    assert records(folder, "audit")
    assert {one["id"] for one in records(folder, "calls")} == {"settled", "open"}
    assert (folder / "logs" / "audobon.jsonl").is_file()
    listed = json.loads((folder / "contents.json").read_text())["files"]
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {one["file"] for one in listed} | {"contents.json"} == there
    assert listed == ran.data["files"]
    assert not [path for path in folder.rglob("*") if path.is_file() and b"s3cretvalue" in path.read_bytes()]
    again = audobon("privacy", "export", "mine", "--json")
    assert (again.status, again.json["error"]["code"]) == (51, "output.exists")


@pytest.mark.usefixtures("lived_in")
def test_an_archive_is_whole_or_not_there(audobon: Audobon) -> None:
    assert audobon("privacy", "export", "mine.zip").status == 0
    with zipfile.ZipFile("mine.zip") as archive:
        assert archive.testzip() is None
        assert {"contents.json", "assets.ndjson", "settings.json"} <= set(archive.namelist())
    assert audobon("privacy", "export", "mine.zip").status == 51
    assert audobon("privacy", "export", "mine.zip", "--overwrite").status == 0
    assert [path.name for path in Path().iterdir() if path.name.startswith(".privacy-")] == []


def test_what_can_go_goes_and_what_stays_is_named(audobon: Audobon, lived_in: UsageLedger) -> None:
    log = user_locations().log_file
    assert "generate" in log.read_text()
    refused = audobon("privacy", "erase", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "usage.invalid")
    foreseen = audobon("privacy", "erase", "--dry-run", "--json").data
    counts = {one["part"]: one["count"] for one in foreseen["erased"]}
    assert (counts["jobs"], counts["calls"]) == (1, 1)
    assert counts["logs"] >= 1
    assert "generate" in log.read_text()
    done = audobon("privacy", "erase", "--yes", "--json").data
    assert {one["part"]: one["count"] for one in done["erased"]}["calls"] == 1
    assert [one["what"] for one in done["staying"]] == [one.what for one in STAYING]
    assert "generate" not in log.read_text()  # the end of this command alone
    assert [one["title"] for one in audobon("queue", "list", "--json").data["jobs"]] == ["brave knight"]
    assert [one["id"] for one in lived_in.calls(datetime.fromtimestamp(0, UTC))] == ["open"]
    assert audobon("assets", "list", "--json").data["total"] == 1
    assert audobon("audit", "verify").status == 0
    again = audobon("privacy", "erase", "--yes", "--json")
    assert again.status == 0
    assert {one["part"]: one["count"] for one in again.data["erased"]}["jobs"] == 0


@pytest.mark.usefixtures("lived_in")
def test_how_long_each_is_kept(audobon: Audobon) -> None:
    assert audobon("assets", "trash", "shy_dragon").status == 0
    kept = {one["kind"]: one for one in audobon("privacy", "retention", "--json").data["kept"]}
    counts = {name: kept[name]["count"] for name in ("trash", "commits", "ended jobs", "calls to providers")}
    assert counts == {"trash": 1, "commits": 1, "ended jobs": 1, "calls to providers": 2}
    assert kept["recovery points"]["count"] is None
    assert 0 <= kept["trash"]["oldest_seconds"] < 600
    days = kept["days of metrics"]
    assert datetime.fromisoformat(days["goes"]) - datetime.now(UTC) > timedelta(days=398)
    assert kept["cache: thumbnails"]["removed_by"] == "audobon cache prune thumbnails"
    assert audobon("privacy", "retention").status == 0


def test_a_new_home_keeps_nothing(audobon: Audobon) -> None:
    kept = audobon("privacy", "retention", "--json").data["kept"]
    assert {one["count"] for one in kept if one["kind"] not in ("recovery points", "log files")} <= {0}
