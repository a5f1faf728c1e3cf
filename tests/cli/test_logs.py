"""``audobon logs``, ``stats`` and ``metrics``, and what commands show of their log."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.waiting import PATIENCE_SECONDS


def log_of(audobon: Audobon) -> Path:
    return Path(audobon("config", "path", "log").out.strip())


def test_every_run_is_in_the_log_and_shown_with_v(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "moss wyrm", "-v")
    assert "INFO generate: strategy_chosen model=sprite" in ran.err
    assert "INFO generate: run_ended status=0" in ran.err
    audobon("assets", "show", "nobody")
    records = audobon("logs", "--json").data["records"]
    ends = {one["command"]: one["data"] for one in records if one["event"] == "run_ended"}
    assert (ends["generate"]["status"], ends["generate"]["code"]) == (0, "")
    assert ends["generate"]["peak_memory_bytes"] > 10**7
    assert (ends["assets show"]["status"], ends["assets show"]["code"]) == (11, "asset.not_found")
    text = log_of(audobon).read_text(encoding="utf-8")
    for word in ("wyrm", "moss", "nobody"):
        assert word not in text


def test_prompts_are_kept_with_the_setting(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("config", "set", "log.prompts", "true")
    audobon("generate", "moss wyrm")
    assert "moss_wyrm" in log_of(audobon).read_text(encoding="utf-8")


def test_the_log_rotates(audobon: Audobon) -> None:
    log = log_of(audobon)
    log.write_bytes(b"x" * 1_000_001)
    audobon("presets", "list")
    assert log.stat().st_size < 1000
    assert log.with_name("audobon.jsonl.1").stat().st_size == 1_000_001


def test_the_run_of_events_is_that_of_the_log(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "cat", "--events")
    run = json.loads(ran.out.splitlines()[0])["run"]
    found = audobon("logs", "--run", run, "--json").data["records"]
    assert {one["command"] for one in found} == {"generate"}


@pytest.mark.parametrize("since", ["2h", "7d", "2020-01-31", "2020-01-31T08:15+02:00"])
def test_since_takes_durations_and_dates(audobon: Audobon, since: str) -> None:
    audobon("presets", "list")
    assert audobon("logs", "--since", since, "--json").data["records"]


def test_since_a_moment_to_come_finds_nothing(audobon: Audobon) -> None:
    audobon("presets", "list")
    ran = audobon("logs", "--since", "2999-01-01")
    assert (ran.status, ran.out) == (0, "")
    assert "no such record" in ran.err


@pytest.mark.parametrize("since", ["soon", "-3h", "2026-13-01", "1e300h", "99999999999d"])
def test_a_wrong_since_is_told(audobon: Audobon, since: str) -> None:
    ran = audobon("logs", f"--since={since}")
    assert ran.status == 2
    assert "--since" in ran.err


def test_the_log_as_cloud_logging_takes_it_apart(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = audobon("generate", "cat", "--quiet", "--log-format", "gcp")
    lines = [json.loads(line) for line in ran.err.splitlines()]
    assert {line["severity"] for line in lines} == {"INFO"}
    assert lines[-1]["event"] == "run_ended"
    monkeypatch.setenv("AUDOBON_LOG_FORMAT", "json")
    again = audobon("presets", "list", "--quiet")
    assert json.loads(again.err.splitlines()[-1])["command"] == "presets list"
    assert audobon("presets", "list", "--log-format", "xml").status == 2


def test_following_ends_with_ctrl_c(audobon: Audobon) -> None:
    audobon("presets", "list")
    command = [sys.executable, "-m", "audobon_cli", "logs", "--follow", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as following:
        assert following.stdout is not None
        seen = threading.Event()

        def write_until_seen() -> None:
            while not seen.wait(0.3):  # it looks from some moment on, which shows by what it says
                audobon("presets", "list")

        writer = threading.Thread(target=write_until_seen)
        writer.start()
        try:
            line = following.stdout.readline()
        finally:
            seen.set()
            writer.join()
            following.send_signal(signal.SIGINT)
            following.wait(PATIENCE_SECONDS)
    assert json.loads(line)["command"] == "presets list"
    assert following.returncode == 130


def test_stats_and_metrics_tell_of_all_runs(
    audobon: Audobon, fake_engine: FakeEngine, tmp_path: Path
) -> None:
    audobon("generate", "cat", "--count", "3", "--seed", "1")
    audobon("generate", "cat", "--count", "3", "--seed", "1")
    (row,) = audobon("stats", "--json").data["rows"]
    assert (row["group"], row["made"], row["reused"], row["by_day"][-1]) == ("sprite", 3, 3, 3)
    by_command = audobon("stats", "--by", "command", "--json").data["rows"]
    assert {one["group"]: one["made"] for one in by_command}["generate"] == 2
    text = audobon("metrics").out
    assert 'audobon_assets_made_total{medium="image",model="sprite",provider="local"} 3\n' in text
    assert 'audobon_runs_total{command="generate",code=""} 2\n' in text
    assert "audobon_library_assets 3\n" in text
    file = tmp_path / "audobon.prom"
    assert audobon("metrics", "--write", str(file)).out == ""
    assert 'audobon_runs_total{command="metrics",code=""} 1\n' in file.read_text(encoding="utf-8")
    assert audobon("metrics", "--write", str(file)).status == 0  # again and again, as cron does
    assert 'audobon_runs_total{command="metrics",code=""} 2\n' in file.read_text(encoding="utf-8")
    assert audobon("metrics", "--write", str(tmp_path)).status != 0


def test_metrics_make_no_library(audobon: Audobon) -> None:
    assert "audobon_library" not in audobon("metrics").out
    assert not Path(audobon("config", "path", "data").out.strip()).joinpath("library").exists()
