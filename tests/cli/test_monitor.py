"""``audobon monitor`` and ``status``: real processes, a real kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobFilter, JobState
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.waiting import PATIENCE_SECONDS


def test_one_look_for_cron(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    audobon("init")
    ran = audobon("monitor", "--once", "--json")
    assert ran.status == 0
    assert {one["status"] for one in ran.data["findings"]} == {"ok"}
    monkeypatch.setenv("AUDOBON_MONITOR_DISK_FLOOR", "900TB")
    failed = audobon("monitor", "--once", "--json")
    assert (failed.status, failed.json["error"]["code"]) == (28, "health.failed")
    assert failed.json["error"]["hint"] == "audobon disk free"
    assert audobon("queue", "status", "--json").data["paused"]
    monkeypatch.delenv("AUDOBON_MONITOR_DISK_FLOOR")
    assert audobon("monitor", "--once").status == 0
    assert not audobon("queue", "status", "--json").data["paused"]
    records = audobon("logs", "--command", "monitor", "--json").data["records"]
    assert [one["data"]["status"] for one in records if one["event"] == "health_changed"] == ["failed", "ok"]


@pytest.mark.parametrize(
    ("key", "value"), [("HEALTH_INTERVAL", "soon"), ("DISK_FLOOR", "much"), ("BACKUP_AGE", "-1d")]
)
def test_settings_that_mean_nothing_are_named(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    audobon("init")
    monkeypatch.setenv(f"AUDOBON_MONITOR_{key}", value)
    ran = audobon("status")
    assert ran.status == 2
    assert f"monitor_{key.lower()}" in ran.err


@pytest.mark.parametrize("manager", ["systemd", "launchd"])
def test_a_service_file_is_printed(audobon: Audobon, manager: str) -> None:
    text = audobon("monitor", "--for", manager, "--library", "my art").out
    assert str(Path("my art").absolute()) in text
    assert "monitor" in text


@pytest.mark.posix
def test_a_monitor_keeps_workers_going_and_loses_no_job(
    audobon: Audobon, fake_engine: FakeEngine, tmp_path: Path
) -> None:
    audobon("init")
    audobon(
        "queue", "add", *(f"red potion {number}" for number in range(12)), "--seed", "1", "--retries", "9"
    )
    jobs = JobStore(Library.open(Path(".audobon")).database)
    environment = dict(os.environ) | {
        "AUDOBON_MONITOR_WORKERS": "1",
        "AUDOBON_MONITOR_HEALTH_INTERVAL": "0.2s",
        "AUDOBON_MONITOR_PERFORMANCE_INTERVAL": "0.2s",
        "AUDOBON_RESOURCES_THREADS": "1",
    }
    command = [sys.executable, "-m", "audobon_cli", "monitor", "--quiet"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as watching:
        try:
            killed, pictures = False, 12
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not killed or jobs.counts().of(JobState.DONE) < pictures:
                assert time.monotonic() < deadline
                if jobs.counts().of(JobState.DONE) == pictures:  # all were done before one could be killed
                    audobon("queue", "add", f"red potion {pictures}", "--seed", "1", "--retries", "9")
                    pictures += 1
                workers = JobWorkers(jobs).alive()
                if workers and not killed and jobs.counts().of(JobState.RUNNING):
                    os.kill(workers[0].pid, signal.SIGKILL)
                    killed = True
                time.sleep(0.01)
            status = audobon("status", "--json").data
            assert audobon("monitor", "--once").status == 2  # one is enough
        finally:
            watching.send_signal(signal.SIGINT)
            watching.wait(PATIENCE_SECONDS)
    assert killed
    assert status["monitored"]
    assert any("began 1 worker" in action for action in status["monitor"]["actions"])
    found = jobs.matching(JobFilter())
    assert {job.state for job in found} == {JobState.DONE}
    assert len({asset for job in found for asset in job.assets}) == pictures
    assert not audobon("status", "--json").data["monitored"]
    assert (
        json.loads(next((Path.home() / ".local/share/audobon/monitor").glob("*.json")).read_text())["format"]
        == 1
    )
