"""Workers that are begun anew between two jobs: nothing is lost, done twice or begun in vain."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.errors import InvalidInput, SettingInvalid
from audobon_cli.domain.events import Event, Warned, WorkerStarted
from audobon_cli.library.store.library import Library
from audobon_cli.queue.events import WorkerRecycled
from audobon_cli.queue.model import Job, JobDraft, JobFilter, JobKind, JobNumber, JobState
from audobon_cli.queue.open import open_steering
from audobon_cli.queue.recycling import JOBS, MEMORY, RecycleRule
from audobon_cli.queue.runners.base import JobContext, JobResult
from audobon_cli.queue.status import worker_comes
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from audobon_cli.queue.supervisor import Supervisor, WorkerPlace, job_shares
from audobon_cli.queue.worker import LoopOptions, LoopReport, WorkLoop
from audobon_cli.settings.settings import Settings
from tests.conftest import Audobon
from tests.fault_injection import child_environment
from tests.queue.test_workers import WORKER, program


class Nothing:
    """Runs a job in no time."""

    def run(self, job: Job, context: JobContext) -> JobResult:
        return JobResult()


@pytest.fixture
def library(audobon: Audobon) -> Library:
    audobon("init")
    return Library.open(Path(".audobon"))


def queue_of(library: Library, count: int) -> JobStore:
    jobs = JobStore(library.database)
    jobs.add([JobDraft(JobKind.COMMAND, f"job {n}", {}) for n in range(count)])
    return jobs


def loop(jobs: JobStore, options: LoopOptions) -> LoopReport:
    return WorkLoop(jobs, {JobKind.COMMAND: Nothing()}, options).run("", "local")


def test_children_are_begun_anew_and_each_job_is_run_once(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", child_environment()["PYTHONPATH"])
    audobon("init")
    audobon("queue", "add", *(f"picture {n}" for n in range(12)), "--seed", "1")
    jobs = JobStore(Library.open(Path(".audobon")).database)
    heard: list[Event] = []
    words = (*WORKER, "--recycle-jobs", "3")
    Supervisor(words, heard.append, lambda: False, program(0.005), limit=9).run([WorkerPlace("")] * 2)
    # Three jobs of each place, two and one more: the limit holds over all, and over who takes another's place.
    assert jobs.counts().of(JobState.DONE) == 9
    assert sum(isinstance(one, WorkerRecycled) for one in heard) == 2
    assert sum(isinstance(one, WorkerStarted) for one in heard) == 4
    assert not [one for one in heard if isinstance(one, Warned) and "died" in one.message]

    heard.clear()
    Supervisor((*WORKER, "--recycle-jobs", "1"), heard.append, lambda: False, program(0.005)).run(
        [WorkerPlace("")]
    )
    found = jobs.matching(JobFilter())
    assert {(job.state, job.attempts) for job in found} == {(JobState.DONE, 1)}
    assert len({asset for job in found for asset in job.assets}) == 12
    # The last one has nothing left to be begun anew for.
    assert sum(isinstance(one, WorkerRecycled) for one in heard) == 2
    assert JobWorkers(jobs).recycled() == 4
    assert 'audobon_workers_recycled_total{reason="jobs"} 4' in audobon("metrics").out


def test_shares_make_the_limit_exactly() -> None:
    assert job_shares(10, 4) == [3, 3, 2, 2]
    assert job_shares(2, 4) == [1, 1], "nobody is begun for nothing"
    assert job_shares(0, 3) == [0, 0, 0], "no limit"


def test_memory_is_looked_at_after_every_job(library: Library) -> None:
    jobs = queue_of(library, 40)
    held: Iterator[int] = iter([10] * 4 + [200] * 40)
    heard: list[Event] = []
    options = LoopOptions(
        listen=heard.append,
        memory_bytes=lambda: next(held, 200),
        recycle=RecycleRule(memory_bytes=100),
        forever=True,
    )
    assert loop(jobs, options).recycled
    (recycled,) = [one for one in heard if isinstance(one, WorkerRecycled)]
    assert (recycled.reason, recycled.memory_bytes) == (MEMORY, 200)
    counts = Counter(job.state for job in jobs.matching(JobFilter()))
    assert counts == {JobState.DONE: recycled.jobs, JobState.QUEUED: 40 - recycled.jobs}
    assert 0 < recycled.jobs < 8
    assert {job.attempts for job in jobs.matching(JobFilter(states=(JobState.QUEUED,)))} == {0}


def test_a_worker_that_nothing_is_left_for_ends_as_usual(library: Library) -> None:
    jobs = queue_of(library, 2)
    assert not loop(jobs, LoopOptions(recycle=RecycleRule(jobs=2))).recycled
    assert JobWorkers(jobs).recycled() == 0
    assert not worker_comes(jobs)
    jobs.add([JobDraft(JobKind.COMMAND, "one", {}), JobDraft(JobKind.COMMAND, "two", {})])
    report = loop(jobs, LoopOptions(recycle=RecycleRule(jobs=1)))
    assert (report.recycled, report.done) == (True, 1)
    assert worker_comes(jobs)  # the monitor begins none beside it


def test_who_takes_anothers_place_heeds_what_that_was_asked(library: Library) -> None:
    jobs = queue_of(library, 1)
    workers = JobWorkers(jobs)
    began = time.time() - 1
    open_steering(library).stop_workers()  # in the moment in which there is none
    with workers.register("", "local", since=began) as late:
        assert jobs.beat(late.id, None, None).stop
    assert workers.stopped_since(began)
    assert loop(jobs, LoopOptions(since=began, forever=True)) == LoopReport()
    assert jobs.get(JobNumber(1)).attempts == 0
    for since in (None, began + 1000):
        with workers.register("", "local", since=since) as other:
            assert not jobs.beat(other.id, None, None).stop


def test_settings_and_options_say_when() -> None:
    settings = Settings(queue_recycle_jobs=500, queue_recycle_memory="2 GiB")
    assert RecycleRule.of(settings) == RecycleRule(500, 2 * 2**30)
    assert RecycleRule.of(settings, 0, "") == RecycleRule()
    assert RecycleRule.of(settings, None, "500MB") == RecycleRule(500, 500 * 2**20)
    with pytest.raises(SettingInvalid, match=r"queue\.recycle_memory"):
        RecycleRule.of(Settings(queue_recycle_memory="much"))
    with pytest.raises(InvalidInput, match="no amount"):
        RecycleRule.of(Settings(), None, "much")
    rule = RecycleRule(3, 100)
    assert [rule.reason(*one) for one in ((2, 100), (3, 0), (1, 101), (0, 101), (1, None))] == [
        *("", JOBS, MEMORY, "", "")
    ]


def test_bad_amounts_begin_nothing(audobon: Audobon) -> None:
    audobon("init")
    ran = audobon("queue", "run", "--recycle-memory", "much", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.invalid")
    ran = audobon("queue", "run", "--recycle-jobs", "1", "--debug")
    assert ran.status == 2
    assert audobon("config", "set", "queue.recycle_jobs", "20000").status == 0
