"""Counts of runs: each once, whatever is killed; bounded labels; sums that never fall; Prometheus' text format."""

import multiprocessing
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.domain import events
from audobon_cli.operations.counts import METRICS, Count, RunCounts
from audobon_cli.operations.exposition import GAUGES, Gauge, exposition
from audobon_cli.operations.metrics_store import (
    KEPT_DAYS,
    LONG_AGO,
    MOST_VALUES,
    OTHER,
    DayCount,
    MetricsStore,
    totals,
)
from audobon_cli.operations.spool import SPOOL_NAME, RunEnd, spool_counts
from audobon_cli.operations.statistics import StatisticsBy, summarize
from audobon_cli.providers.breakers import BreakerStates
from audobon_cli.sandbox.child import Child
from audobon_cli.sandbox.source import current_policy
from audobon_cli.settings.locations import user_locations
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

MADE = "audobon_assets_made_total"
SPRITE = ("image", "sprite", "local")


def counted(*heard: events.Event) -> dict[str, float]:
    counts = RunCounts()
    for event in heard:
        counts.hear(event)
    return {f"{one.name}{one.labels}": one.value for one in counts.take()}


def test_events_are_counted_under_labels_of_small_sets() -> None:
    made = events.AssetAdded(0, 1, "a", "n", "b", 1, None, False, "image", "sprite", "local", 0.5)
    found = events.AssetAdded(0, 1, "a", "n", "b", 1, None, True, "sound", "synth", "local", 0.1)
    assert counted(made, made, found) == {
        f"{MADE}{SPRITE}": 2,
        f"audobon_drawing_seconds_total{SPRITE}": 1.0,
        "audobon_cache_hits_total('sound', 'synth', 'local')": 1,
    }
    assert counted(
        events.StepDone(0, 1, 2, 0.1, 5_000, 9_000),
        events.StepDone(0, 2, 2, 0.2, 4_000, 9_000),
        events.JobEnded(3, "t", "dead", "x", "m", "w"),
        events.ImageFailed(0, 1, "memory.short", "m"),
        events.ProviderRetried(0, "replicate", 1, 0.5, "m"),
        events.SteppedDown(0, "full", "offload", "denoise", "m"),
    ) == {
        "audobon_peak_card_memory_bytes()": 5_000,
        "audobon_jobs_ended_total('dead',)": 1,
        "audobon_assets_failed_total('memory.short',)": 1,
        "audobon_provider_retries_total('replicate',)": 1,
        "audobon_step_downs_total('full',)": 1,
    }


def test_what_was_taken_is_not_counted_again() -> None:
    counts = RunCounts()
    counts.add(MADE, SPRITE)
    assert counts.take() == [Count(MADE, SPRITE, 1)]
    assert counts.take() == []
    with pytest.raises(KeyError):
        counts.add("audobon_unknown_total")


def test_a_line_counts_once_though_it_is_taken_in_twice(tmp_path: Path) -> None:
    spool_counts(tmp_path, "run.1", "generate", [Count(MADE, SPRITE, 3)], RunEnd(0, "", 1.5, 100))
    written = (tmp_path / SPOOL_NAME).read_bytes()
    with MetricsStore(tmp_path) as store:
        store.take_in()
        assert (tmp_path / SPOOL_NAME).read_bytes() == b""
        (tmp_path / SPOOL_NAME).write_bytes(written)  # as a kill before the spool was emptied leaves it
        store.take_in()
        found = totals(store.counts())
    assert found[MADE, SPRITE] == 3
    assert found["audobon_runs_total", ("generate", "")] == 1
    assert found["audobon_run_seconds_total", ("generate",)] == 1.5


def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    spool_counts(tmp_path, "run.1", "generate", [Count(MADE, SPRITE, 1)], None)
    with open(tmp_path / SPOOL_NAME, "ab") as spool:
        spool.write(
            b'{"part": "x", "time": 1, "comm\n[1]\n{"part": "y", "time": "soon", "command": 1, "counts": 3}\n'
        )
        spool.write(
            b'{"part": "z", "time": 1, "command": "c", "counts": [["unheard_of", [], 1], ["' + MADE.encode()
        )
        spool.write(b'", ["too few"], 1]]}\n')
    spool_counts(tmp_path, "run.2", "generate", [Count(MADE, SPRITE, 1)], None)
    with MetricsStore(tmp_path) as store:
        store.take_in()
        assert totals(store.counts()) == {(MADE, SPRITE): 2}


def _write(folder: Path, writer: int, lines: int) -> None:
    for number in range(lines):
        spool_counts(
            folder, f"{writer}.{number}", "generate", [Count(MADE, SPRITE, 1)], RunEnd(0, "", 0.1, 1)
        )


def test_runs_side_by_side_lose_no_count_to_a_reader(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path, number, 100)) for number in range(4)]
    for writer in writers:
        writer.start()
    with MetricsStore(tmp_path) as store:
        while any(writer.is_alive() for writer in writers):
            store.take_in()
            time.sleep(0.001)
        store.take_in()
        assert totals(store.counts())[MADE, SPRITE] == 400
    assert [writer.exitcode for writer in writers] == [0] * 4


def test_a_label_has_so_many_values_and_no_more(tmp_path: Path) -> None:
    counts = [Count(MADE, ("image", f"model-{number}", "local"), 1) for number in range(MOST_VALUES + 5)]
    spool_counts(tmp_path, "run.1", "generate", counts, None)
    with MetricsStore(tmp_path) as store:
        store.take_in()
        found = totals(store.counts())
    assert len(found) == MOST_VALUES + 1
    assert found[MADE, ("image", OTHER, "local")] == 5


def test_old_days_are_added_up_and_sums_do_not_fall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for back in (KEPT_DAYS + 30, KEPT_DAYS + 20, 3):
        monkeypatch.setattr(time, "time", lambda back=back: now - back * 86_400)
        spool_counts(tmp_path, f"run.{back}", "generate", [Count(MADE, SPRITE, 2)], RunEnd(0, "", 1, back))
    monkeypatch.setattr(time, "time", lambda: now)
    with MetricsStore(tmp_path) as store:
        store.take_in()
        found = store.counts()
    assert totals(found)[MADE, SPRITE] == 6
    assert totals(found)["audobon_peak_memory_bytes", ("generate",)] == KEPT_DAYS + 30
    assert [one.value for one in found if one.name == MADE and one.day == LONG_AGO] == [4]


def test_nothing_is_made_where_nothing_was_counted(tmp_path: Path) -> None:
    with MetricsStore(tmp_path / "metrics") as store:
        store.take_in()
        assert (store.counts(), store.last_run()) == ((), None)
    assert not (tmp_path / "metrics").exists()


def test_prometheus_text_format() -> None:
    text = exposition(
        {
            (MADE, ("image", 'a "b" \\ c\n', "local")): 2.0,
            (MADE, ("image", "a", "local")): 1.0,
            ("audobon_peak_card_memory_bytes", ()): 1.5e9,
            ("audobon_assets_rejected_total", ()): 0.5,
        },
        [Gauge("audobon_queue_jobs", (("state", "queued"),), 3)],
    )
    assert text == (
        "# HELP audobon_assets_made_total Pictures and sounds that were drawn and kept.\n"
        "# TYPE audobon_assets_made_total counter\n"
        'audobon_assets_made_total{medium="image",model="a",provider="local"} 1\n'
        'audobon_assets_made_total{medium="image",model="a \\"b\\" \\\\ c\\n",provider="local"} 2\n'
        "# HELP audobon_assets_rejected_total Assets that failed their checks.\n"
        "# TYPE audobon_assets_rejected_total counter\n"
        "audobon_assets_rejected_total 0.5\n"
        "# HELP audobon_peak_card_memory_bytes Most memory in use on a graphics card.\n"
        "# TYPE audobon_peak_card_memory_bytes gauge\n"
        "audobon_peak_card_memory_bytes 1500000000\n"
        "# HELP audobon_queue_jobs Jobs of the queue by state.\n"
        "# TYPE audobon_queue_jobs gauge\n"
        'audobon_queue_jobs{state="queued"} 3\n'
    )


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_own_checker_has_nothing_to_say(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.problems = {2: ("blank",)}
    audobon("generate", "cat", "--count", "3", "--seed", "1")
    audobon("generate", "cat", "--quality", "wrong")
    audobon("queue", "add", "dog")
    every = {(metric.name, ("x",) * len(metric.labels)): 1.5 for metric in METRICS.values()}
    odd = exposition(every | {("audobon_runs_total", ('a"b\\c\nd', "é")): 2.0}, [])
    for text in (audobon("metrics").out, odd):
        ran = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_what_stands_at_this_moment(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    audobon("init")
    Image.new("RGB", (8, 8)).save(tmp_path / "red.png")
    begun = Child(current_policy())  # a child that waits from another test would be taken
    begun.close()
    assert audobon("assets", "import", str(tmp_path / "red.png")).status == 0
    audobon("assets", "protect", "red")
    audobon("queue", "pause")
    states = BreakerStates(user_locations().breakers)
    states.change(
        "comfyui",
        "http://127.0.0.1:8188",
        lambda one: replace(one, failures=5, failed=time.time(), opened=time.time()),
    )
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_DISK", "1GB")
    monkeypatch.setenv("AUDOBON_RESOURCES_MAX_MEMORY", "64GB")
    lines = audobon("metrics").out.splitlines()
    for line in (
        "audobon_queue_paused 1",
        "audobon_library_protected_assets 1",
        f"audobon_library_stored_bytes_limit {2**30}",
        f"audobon_memory_limit_bytes {64 * 2**30}",
        'audobon_provider_servers{provider="comfyui",state="open"} 1',
        'audobon_service_processes{service="workers"} 0',
        'audobon_service_processes{service="studio"} 0',
    ):
        assert line in lines
    assert [line for line in lines if line.startswith("audobon_sandbox_children_total ")]
    assert not [line for line in lines if line.startswith("audobon_collector")]


def test_names_follow_the_conventions_and_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    for metric in METRICS.values():
        assert metric.name.endswith("_total") is not metric.highest
        assert f"`{metric.name}`" in page
    for name in GAUGES:
        assert f"`{name}`" in page


def test_statistics_sum_by_group_and_day() -> None:
    today = date(2026, 1, 31)
    counts = [
        DayCount(MADE, SPRITE, "2026-01-30", 4),
        DayCount(MADE, SPRITE, "2026-01-31", 2),
        DayCount(MADE, ("sound", "synth", "local"), "2026-01-31", 5),
        DayCount(MADE, SPRITE, "2026-01-01", 100),
        DayCount("audobon_drawing_seconds_total", SPRITE, "2026-01-31", 1.5),
        DayCount("audobon_cache_hits_total", SPRITE, "2026-01-31", 1),
        DayCount("audobon_runs_total", ("generate", ""), "2026-01-31", 2),
        DayCount("audobon_runs_total", ("generate", "disk.full"), "2026-01-31", 1),
    ]
    models = summarize(counts, StatisticsBy.MODEL, 2, today)
    assert [(row.group, row.made, row.reused, row.seconds, row.by_day) for row in models] == [
        ("sprite", 6, 1, 1.5, (4, 2)),
        ("synth", 5, 0, 0.0, (0, 5)),
    ]
    days = summarize(counts, StatisticsBy.DAY, 2, today)
    assert [(row.group, row.made) for row in days] == [("2026-01-31", 7), ("2026-01-30", 4)]
    (command,) = summarize(counts, StatisticsBy.COMMAND, 2, today)
    assert (command.group, command.made, command.failed) == ("generate", 3, 1)
