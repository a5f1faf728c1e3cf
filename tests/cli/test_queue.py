"""``audobon queue`` at the command line."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library
from audobon_cli.queue.model import JobFilter, JobState
from audobon_cli.queue.store.jobs import JobStore
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS, until


def states(audobon: Audobon) -> list[str]:
    return [job["state"] for job in audobon("queue", "list", "--json").data["jobs"]]


def test_jobs_are_added_run_and_their_pictures_filed(audobon: Audobon, fake_engine: FakeEngine) -> None:
    added = audobon("queue", "add", "cat", "dog", "--count", "2", "--seed", "7", "--quality", "draft")
    assert (added.status, added.out) == (0, "1\n2\n")
    assert fake_engine.calls == {}
    ran = audobon("queue", "run", "--json")
    assert ran.status == 0
    assert ran.data["done"] == 2
    assert sorted(fake_engine.seeds) == [7, 7, 8, 8]
    shown = audobon("queue", "show", "1", "--json").data["job"]
    listed = audobon("assets", "list", "--json").data["assets"]
    assert len(listed) == 4
    assert set(shown["assets"]) == {asset["id"] for asset in listed if asset["prompt"] == "cat"}
    assert shown["state"] == "done"
    assert audobon("queue", "clear").out == "2 finished jobs cleared.\n"
    assert states(audobon) == []


def test_a_job_makes_the_very_picture_that_generate_makes(audobon: Audobon, fake_engine: FakeEngine) -> None:
    options = ("red apple", "--seed", "3", "--size", "128", "--negative", "worm", "--style", "none")
    asset = audobon("generate", *options, "--json").data["assets"][0]
    audobon("queue", "add", *options)
    audobon("queue", "run")
    assert audobon("queue", "show", "1", "--json").data["job"]["assets"] == [asset["id"]]
    assert fake_engine.calls["render"] == 1


def test_settings_and_seed_are_settled_when_a_job_is_added(
    audobon: Audobon, fake_engine: FakeEngine, isolation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (isolation / "start.png").write_bytes(_png())
    audobon("queue", "add", "cat", "--init-image", "start.png", "--quality", "draft")
    request = audobon("queue", "show", "1", "--json").data["job"]["request"]["request"]
    assert request["seed"] >= 0
    assert (request["model"], request["quality"], request["size"]) == ("sprite", "draft", "64x64")
    (isolation / "start.png").unlink()
    (isolation / "elsewhere").mkdir()
    monkeypatch.chdir(isolation / "elsewhere")
    assert audobon("queue", "run").status == 0
    assert fake_engine.seeds == [request["seed"]]


def test_prompts_are_read_from_stdin(audobon: Audobon, fake_engine: FakeEngine) -> None:
    assert audobon("queue", "add", "cat", "-", stdin="\ufeffdog\r\n\nowl\n").out == "1\n2\n3\n"
    jobs = audobon("queue", "list", "--json").data["jobs"]
    assert sorted(job["title"] for job in jobs) == ["cat", "dog", "owl"]


def test_a_command_waits_for_the_jobs_that_it_names(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("queue", "add", "cat", "dog", "--seed", "1")
    assert (
        audobon("queue", "command", "--", "sprite", "sheet", "job:1", "job:2", "--name", "pets").out == "3\n"
    )
    audobon("queue", "pause", "2")
    ran = audobon("queue", "run", "--json")
    assert ran.status == 3
    assert ran.json["error"]["code"] == "queue.incomplete"
    assert states(audobon) == ["done", "paused", "blocked"]
    audobon("queue", "resume", "2")
    assert audobon("queue", "run").status == 0
    sheet = audobon("queue", "show", "3", "--json").data["job"]
    assert sheet["state"] == "done"
    assert [asset["id"] for asset in audobon("assets", "search", "kind:sheet", "--json").data["assets"]] == (
        sheet["assets"]
    )


def test_a_batch_is_a_lane_and_wrong_lines_add_nothing(
    audobon: Audobon, fake_engine: FakeEngine, isolation: Path
) -> None:
    batch = isolation / "heroes.txt"
    batch.write_text("a knight --seed 1\na mage --size 7000\na thief --quality nope\n")
    ran = audobon("queue", "add", "--batch", "heroes.txt", "--json")
    assert ran.status == 2
    assert [problem["line"] for problem in ran.json["error"]["details"]["lines"]] == [2, 3]
    assert states(audobon) == []
    batch.write_text("a knight --seed 1\n# a comment\na mage\n")
    added = audobon("queue", "add", "--batch", "heroes.txt", "--json").data["jobs"]
    assert [(job["title"], job["lane"]) for job in added] == [("a knight", "heroes"), ("a mage", "heroes")]


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("add",), "usage.empty_prompt"),
        (("add", "cat", "--batch", "x.txt"), "usage.invalid"),
        (("add", "cat", "--out", "-"), "usage.invalid"),
        (("add", "cat", "--after", "5"), "queue.job_not_found"),
        (("add", "cat", "--priority", "5000"), "usage.invalid"),
        (("add", "cat", "--model", "nope"), "model.not_found"),
        (("add", "cat", "--strategy", "nope"), "usage.invalid"),
        (("command",), "usage.invalid"),
        (("command", "--", "sprite", "nope"), "usage.invalid"),
        (("command", "--", "assets", "list", "--nope"), "usage.invalid"),
        (("command", "--", "queue", "run"), "usage.invalid"),
        (("show", "1-3"), "usage.invalid"),
        (("show", "5"), "queue.job_not_found"),
        (("cancel",), "usage.invalid"),
        (("cancel", "5"), "queue.job_not_found"),
        (("retry", "x"), "usage.invalid"),
        (("add", "fox", "--out", "no-folder-yet"), "usage.invalid"),
        (("add", "fox", "--out", "fox.webp"), "usage.invalid"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_cannot_work_is_refused_at_once(
    audobon: Audobon, fake_engine: FakeEngine, argv: tuple[str, ...], code: str
) -> None:
    ran = audobon("queue", argv[0], "--json", *argv[1:])
    assert ran.json["error"]["code"] == code
    assert states(audobon) == []


def test_a_job_that_cannot_go_well_is_dead_and_can_be_tried_again(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    fake_engine.blank_seeds = frozenset(1 + n * 1_000_003 for n in range(3))
    audobon("queue", "add", "cat", "--seed", "1")
    audobon("queue", "command", "--", "assets", "tag", "job:1", "--tag", "x")
    ran = audobon("queue", "run", "--json")
    assert (ran.status, ran.data["dead"]) == (3, 1)
    assert ran.json["error"]["details"] == {"dead": 1, "blocked": 1}
    job = audobon("queue", "show", "1", "--json").data["job"]
    assert (job["state"], job["error"]["code"]) == ("dead", "generation.incomplete")
    fake_engine.blank_seeds = frozenset()
    audobon("queue", "add", "dog")
    assert "Job 1 queued again." in audobon("queue", "retry", "--state", "dead").out


def test_a_job_that_takes_too_long_is_tried_again_later(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.seconds_per_step = 0.02
    audobon("queue", "add", "cat", "--seed", "1", "--steps", "1000", "--timeout", "0.1")
    ran = audobon("queue", "run", "--limit", "1", "--json")
    assert (ran.data["failed"], ran.status) == (1, 0)
    job = audobon("queue", "show", "1", "--json").data["job"]
    assert (job["state"], job["error"]["code"], job["attempts"]) == ("failed", "generation.timed_out", 1)
    assert job["due"] is not None
    audobon("queue", "cancel", "--all")
    assert states(audobon) == ["cancelled"]


def test_a_paused_queue_ends_the_run_and_keeps_the_jobs(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("queue", "add", "cat")
    audobon("queue", "pause")
    assert audobon("queue", "run").status == 0
    assert audobon("queue", "status", "--json").data["paused"]
    audobon("queue", "resume")
    assert audobon("queue", "run").status == 0
    assert states(audobon) == ["done"]


def test_watching_a_queue_at_rest_ends_at_once(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("queue", "add", "cat")
    audobon("queue", "run")
    assert audobon("queue", "watch").out == "1 done\n"
    watched = audobon("queue", "watch", "--events")
    assert [event["event"] for event in watched.events] == ["queue_changed"]
    assert watched.data["counts"]["done"] == 1


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command line in a process of its own, with the fake engine; none outlives the test."""
    started = []

    def program(seconds: float, *argv: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.program", str(seconds), *argv],
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield program
    for process in started:
        process.kill()
        process.communicate()


def _wait_for(jobs: JobStore, state: JobState, progress: bool = False) -> None:
    def is_there() -> bool:
        found = jobs.matching(JobFilter(states=(state,)))
        return bool(found) and (not progress or (found[0].progress or {}).get("step", 0) > 3)

    until(is_there, f"no job came to be {state}")


@pytest.fixture
def jobs(audobon: Audobon) -> JobStore:
    audobon("init")
    return JobStore(Library.open(Path(".audobon")).database)


def test_status_tells_of_a_running_job_and_ctrl_c_gives_it_back(
    audobon: Audobon, fake_engine: FakeEngine, jobs: JobStore, start: Start
) -> None:
    audobon("queue", "add", "cat", "--seed", "1", "--steps", "1000")
    worker = start(0.05, "queue", "run", "--json")
    _wait_for(jobs, JobState.RUNNING, progress=True)
    standing = audobon("queue", "status", "--json")
    validator("queue-status").validate(standing.data)
    (active,) = standing.data["active"]
    (process,) = standing.data["workers"]
    assert standing.data["length"] == 1
    assert 0 < active["percent"] < 100
    assert 0 < active["step"] < active["steps"] == 1000
    assert active["elapsed_seconds"] > 0
    assert active["remaining_seconds"] > 0
    assert process["pid"] == worker.pid
    assert process["memory_bytes"] > 2**20
    worker.send_signal(signal.SIGINT)
    out, _ = worker.communicate(timeout=PATIENCE_SECONDS)
    assert worker.returncode == 130
    assert json.loads(out)["data"]["given_back"] == 1
    (job,) = audobon("queue", "list", "--json").data["jobs"]
    assert (job["state"], job["attempts"]) == ("queued", 0)


def test_a_running_job_can_be_cancelled_and_a_waiting_worker_stopped(
    audobon: Audobon, fake_engine: FakeEngine, jobs: JobStore, start: Start
) -> None:
    audobon("queue", "add", "cat", "--seed", "1", "--steps", "1000")
    worker = start(0.05, "queue", "run", "--forever", "--json")
    _wait_for(jobs, JobState.RUNNING)
    audobon("queue", "cancel", "1")
    _wait_for(jobs, JobState.CANCELLED)
    assert worker.poll() is None
    assert audobon("queue", "stop").out == "1 workers were asked to end\n"
    worker.communicate(timeout=PATIENCE_SECONDS)
    assert worker.returncode == 0


def test_workers_that_are_killed_lose_nothing_and_repeat_nothing(
    audobon: Audobon, fake_engine: FakeEngine, jobs: JobStore, start: Start
) -> None:
    _kill_trial(audobon, start, pictures=40, kills=10)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(10))
def test_many_kills(
    audobon: Audobon, fake_engine: FakeEngine, jobs: JobStore, start: Start, round_: int
) -> None:
    _kill_trial(audobon, start, pictures=40, kills=20)


def _kill_trial(audobon: Audobon, start: Start, pictures: int, kills: int) -> None:
    """Two workers at a time over the queue, one killed again and again: every job is done once."""
    chance = random.Random()
    audobon("queue", "add", *(f"picture {n}" for n in range(pictures)), "--retries", "100", "--seed", "1")
    workers = [start(0.002, "queue", "run", "--json") for _ in range(2)]
    for _ in range(kills):
        time.sleep(chance.uniform(0.3, 0.9))
        victim = workers.pop(0)
        if victim.poll() is None:
            os.kill(victim.pid, signal.SIGKILL)
        victim.communicate()
        workers.append(start(0.002, "queue", "run", "--json"))
    for worker in workers:
        words = worker.communicate(timeout=PATIENCE_SECONDS)
        assert worker.returncode == 0, words
    found = audobon("queue", "list", "--json", "--limit", "1000").data["jobs"]
    assert [job["state"] for job in found] == ["done"] * pictures
    assert [len(job["assets"]) for job in found] == [1] * pictures
    assert audobon("assets", "list", "--json", "--limit", "1000").data["total"] == pictures
    assert sum(job["attempts"] - 1 for job in found) <= kills
    assert sum(job["late_results"] for job in found) == 0
    library = Library.open(Path(".audobon"))
    assert verify_library(library).clean
    library.close()


def _png() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGBA", (64, 64), (200, 40, 40, 255)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_paused_queue_says_why_nothing_is_begun(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("queue", "add", "cat")
    audobon("queue", "pause")
    ran = audobon("queue", "run")
    assert ran.status == 0
    assert "audobon queue resume" in ran.err


def test_a_job_is_shown_in_words(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("queue", "add", "cat", "--seed", "4")
    audobon("queue", "run")
    shown = audobon("queue", "show", "1").out
    assert '"seed": 4' in shown
    assert "progress" not in shown


def test_a_command_that_failed_tells_its_own_status(audobon: Audobon) -> None:
    audobon("queue", "command", "--", "assets", "show", "nobody")
    assert audobon("queue", "run").status == 3
    job = audobon("queue", "show", "1", "--json").data["job"]
    assert (job["state"], job["attempts"], job["error"]["status"]) == ("dead", 1, 11)
