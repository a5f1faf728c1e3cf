"""What a run leaves behind: no word of the user, and nothing at all where it cannot be written."""

import json
from pathlib import Path

import pytest

from audobon_cli.domain.events import AssetAdded, ImageStarted, PromptUnfamiliar, StepDone, Warned
from audobon_cli.domain.secrets import Secret
from audobon_cli.operations.metrics_store import MetricsStore, totals
from audobon_cli.operations.run_log import LogPlaces, RunLog

ADDED = AssetAdded(
    0, 1, "k3f9x2ab", "moss_wyrm", "b" * 64, 7, "/home/me/moss_wyrm.png", False, "image", "sprite"
)


def a_run(places: LogPlaces | None, typed: tuple[str, ...] = ()) -> RunLog:
    log = RunLog(typed=typed)
    log.command, log.places = "generate", places
    log.hear(ImageStarted(0, 1, 7, 20, "moss wyrm by Ada"))
    log.hear(Warned("wyrm: drawn as dragon"))
    log.hear(PromptUnfamiliar(("wyrm",), ("worm",), False))
    log.hear(ADDED)
    log.failed("asset.not_found", "No asset is called 'Grandmother'.")
    log.end(11)
    return log


@pytest.fixture
def places(tmp_path: Path) -> LogPlaces:
    return LogPlaces(tmp_path / "logs" / "audobon.jsonl", tmp_path / "metrics")


def test_a_log_repeats_no_word_of_the_user(places: LogPlaces) -> None:
    a_run(places, typed=("Grandmother",))
    text = places.log.read_text(encoding="utf-8")
    for word in ("moss", "wyrm", "worm", "Ada", "Grandmother", "/home/me"):
        assert word not in text
    records = [json.loads(line) for line in text.splitlines()]
    assert [one["event"] for one in records] == [
        "warning",
        "prompt_unfamiliar",
        "image_filed",
        "failed",
        "run_ended",
    ]
    assert {(one["run"], one["command"]) for one in records} == {(records[0]["run"], "generate")}
    assert records[2]["data"]["asset"] == "k3f9x2ab"
    assert records[-1]["data"]["code"] == "asset.not_found"
    counted = places.counts / "pending.jsonl"
    assert "wyrm" not in counted.read_text(encoding="utf-8")


def test_prompts_are_kept_where_the_user_says_so(places: LogPlaces) -> None:
    a_run(places._replace(prompts=lambda: True), typed=("Grandmother",))
    text = places.log.read_text(encoding="utf-8")
    assert "drawn as dragon" in text
    assert "Grandmother" in text
    assert "/home/me/moss_wyrm.png" in text


def test_keys_are_kept_by_nobody(places: LogPlaces) -> None:
    Secret("sk-very-secret-7", "A_VARIABLE")
    log = RunLog()
    log.places = places._replace(prompts=lambda: True)
    log.failed("bug", "boom", traceback="headers = {'Authorization': 'sk-very-secret-7'}")
    log.end(70)
    assert "sk-very" not in places.log.read_text(encoding="utf-8")


def test_steady_events_are_shown_and_not_kept(places: LogPlaces) -> None:
    shown: list[tuple[str, bool]] = []
    log = RunLog(lambda record, steady: shown.append((record["event"], steady)))
    log.places = places
    log.hear(StepDone(0, 1, 20, 0.1))
    log.end(0)
    assert shown == [("step", True), ("run_ended", False)]
    assert "step" not in places.log.read_text(encoding="utf-8")


def test_a_run_before_its_folders_are_known_leaves_nothing(tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    a_run(None)
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("taken", ["log", "counts"])
def test_a_place_that_cannot_be_written_to_costs_nothing_else(places: LogPlaces, taken: str) -> None:
    getattr(places, taken).parent.mkdir(parents=True, exist_ok=True)
    if taken == "log":
        places.log.mkdir()
    else:
        places.counts.write_text("a file")
    a_run(places)
    assert (places.counts / "pending.jsonl").is_file() is (taken == "log")
    assert places.log.is_file() is (taken == "counts")


def test_a_run_whose_children_count_counts_none_of_their_events(places: LogPlaces) -> None:
    log = RunLog()
    log.command, log.places, log.counts_events = "queue run", places, False
    log.hear(ADDED)
    log.end(0)
    with MetricsStore(places.counts) as store:
        store.take_in()
        assert {name for name, _ in totals(store.counts())} == {
            "audobon_runs_total",
            "audobon_run_seconds_total",
            "audobon_peak_memory_bytes",
        }
