"""Several workers as processes: none works in vain, none outlives its supervisor, none does a job twice."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from audobon_cli.domain.errors import WorkerLost
from audobon_cli.domain.events import Event, JobEnded, JobStarted, Warned
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobFilter, JobKind, JobState
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from audobon_cli.queue.supervisor import Supervisor, WorkerPlace, worker_places
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import REPOSITORY, child_environment
from tests.waiting import PATIENCE_SECONDS, until

SLOW = 0.5
"""Seconds for a step: one worker is not through with all jobs before the other has begun one."""
FAR_AWAY = 10**14
"""A moment, in milliseconds since 1970."""
WORKER = ("queue", "run", "--workers", "1", "--supervised", "--events")


@pytest.fixture
def jobs(audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> JobStore:
    """A queue of 40 pictures."""
    monkeypatch.setenv("PYTHONPATH", child_environment()["PYTHONPATH"])
    audobon("init")
    audobon("queue", "add", *(f"picture {n}" for n in range(40)), "--seed", "1", "--retries", "9")
    return JobStore(Library.open(Path(".audobon")).database)


def hold(jobs: JobStore, which: str, until_ms: int) -> None:
    """Let those of ``which`` that were not begun wait until ``until_ms`` (since 1970), as if they had failed."""
    with jobs.database.transaction() as statements:
        waiting = "state IN ('queued', 'failed') AND attempts = 0"
        statements.run(f"UPDATE jobs SET state = 'failed', due = {until_ms} WHERE {waiting} AND ({which})")


def program(seconds: float) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.fakes.program", str(seconds))


def test_a_worker_that_dies_is_begun_again_and_its_job_is_done_once(jobs: JobStore) -> None:
    """Later jobs are held back until it has died, so that it is not through with them before it is killed."""
    heard: list[Event] = []
    killed: list[int] = []
    turn = threading.Lock()
    hold(jobs, "number > 10", FAR_AWAY)

    def listen(event: Event) -> None:
        heard.append(event)
        with turn:  # each worker has a thread that listens
            if isinstance(event, JobStarted) and event.job > (5, 15, 40)[len(killed)]:
                killed.extend(one.pid for one in JobWorkers(jobs).alive() if one.id == event.worker)
                os.kill(killed[-1], signal.SIGKILL)
                hold(jobs, ("number <= 20", "TRUE")[len(killed) - 1], 1)

    Supervisor(WORKER, listen, lambda: False, program(0.005)).run([WorkerPlace(""), WorkerPlace("")])
    found = jobs.matching(JobFilter())
    assert {job.state for job in found} == {JobState.DONE}
    assert len({asset for job in found for asset in job.assets}) == 40
    assert len(killed) == 2
    deaths = [one for one in heard if isinstance(one, Warned) and "a worker died" in one.message]
    assert len(deaths) == len(killed)
    done = [event.job for event in heard if isinstance(event, JobEnded) and event.state == "done"]
    assert len(done) == len(set(done))
    assert JobWorkers(jobs).alive() == []


def test_stopping_ends_all_workers_and_gives_their_jobs_back(jobs: JobStore) -> None:
    running = lambda: jobs.counts().of(JobState.RUNNING) == 2  # noqa: E731
    heard: list[Event] = []
    supervisor = Supervisor((*WORKER, "--forever"), heard.append, running, program(SLOW))
    supervisor.run([WorkerPlace("", 1), WorkerPlace("", 1)])
    counts = jobs.counts()
    assert counts.of(JobState.RUNNING) == 0
    assert counts.of(JobState.QUEUED, JobState.DONE) == 40
    assert JobWorkers(jobs).alive() == []


def test_workers_end_when_their_supervisor_is_killed(jobs: JobStore) -> None:
    code = (
        "import sys; from audobon_cli.queue.supervisor import *;"
        "Supervisor(sys.argv[5:], print, lambda: False, sys.argv[1:5]).run([WorkerPlace('')] * 2)"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", code, *program(SLOW), *WORKER], stdout=subprocess.DEVNULL
    )
    until(lambda: jobs.counts().of(JobState.RUNNING) == 2)
    supervisor.kill()
    supervisor.communicate()
    until(lambda: JobWorkers(jobs).alive() == [])
    assert jobs.counts().of(JobState.RUNNING) == 0


def test_workers_that_only_die_are_given_up(jobs: JobStore) -> None:
    broken = Supervisor(
        (), lambda event: None, lambda: False, (sys.executable, "-c", "import os; os.abort()")
    )
    with pytest.raises(WorkerLost):
        broken.run([WorkerPlace("")])


@pytest.mark.parametrize(("count", "device"), [(1, ""), (3, "cuda:1")])
def test_a_device_that_is_set_is_everybodys(count: int, device: str) -> None:
    places = worker_places(count, device)
    assert [place.device for place in places] == [device] * count


def test_a_command_at_work_keeps_its_killed_workers_job(audobon: Audobon, tmp_path: Path) -> None:
    """What a dead worker's child still does is not begun a second time beside it."""
    audobon("init")
    jobs = JobStore(Library.open(Path(".audobon")).database)
    (job,) = jobs.add([JobDraft(JobKind.COMMAND, "slow", {"words": [], "folder": str(tmp_path)})])
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    code = """
import sys
from pathlib import Path
from audobon_cli.queue.model import JobKind
from audobon_cli.queue.runners.command import CommandRunner
from audobon_cli.queue.worker import WorkLoop
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.library.store.library import Library
jobs = JobStore(Library.open(Path(sys.argv[1])).database)
waiting = (sys.executable, "-c", f"open({sys.argv[2]!r}).read()")
WorkLoop(jobs, {JobKind.COMMAND: CommandRunner(jobs, waiting)}).run("", "")
"""
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(jobs.database.root), str(gate)], env=child_environment()
    )
    until(lambda: jobs.counts().of(JobState.RUNNING) == 1)
    opened = []
    opener = threading.Thread(target=lambda: opened.append(open(gate, "w")))  # noqa: SIM115 - closed below
    opener.start()
    opener.join(PATIENCE_SECONDS)  # the child is there
    worker.kill()
    worker.communicate()
    workers = JobWorkers(jobs)
    assert workers.recover() == 0
    opened[0].close()
    until(lambda: workers.recover() == 1)
    assert jobs.get(job.number).state is JobState.QUEUED


def test_four_workers_do_hundreds_of_jobs_once_each(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.jobs", "--jobs", "600", "--handful", "3", "--folder", str(tmp_path)],
        cwd=REPOSITORY,
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "each run exactly once    True; done 600 of 600" in ran.stdout
