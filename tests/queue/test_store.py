"""The queue's promises at its rows: order, fairness, needs, retries, and results that count once."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import DiskFull, InvalidInput, JobNotFound, ModelNotFound, WorkerLost
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import (
    Job,
    JobControl,
    JobDraft,
    JobFilter,
    JobKind,
    JobNumber,
    JobProgress,
    JobState,
    backoff_seconds,
    parse_job_numbers,
)
from audobon_cli.queue.store import workers as job_workers
from audobon_cli.queue.store.control import JobSteering
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers

ANY = JobFilter()


@pytest.fixture
def jobs(tmp_path: Path) -> JobStore:
    return JobStore(Library.create(tmp_path / "library").database)


def draft(title: str = "a job", **changes: object) -> JobDraft:
    return JobDraft(JobKind.COMMAND, title, {}, **changes)  # type: ignore[arg-type]


def titles(found: list[Job]) -> list[str]:
    return [job.title for job in found]


def done(jobs: JobStore, job: Job, worker: str = "w") -> None:
    assert jobs.finish([(job.number, worker, None, [])]) == 1


def drain(jobs: JobStore) -> list[str]:
    """The order in which a single worker gets the jobs."""
    order = []
    while taken := jobs.claim("w"):
        order += titles(taken)
        done(jobs, taken[0])
    return order


def test_higher_priorities_run_first_and_equals_in_order(jobs: JobStore) -> None:
    jobs.add([draft("low", priority=-1), draft("first"), draft("second"), draft("high", priority=5)])
    assert drain(jobs) == ["high", "first", "second", "low"]


def test_lanes_take_turns_so_that_a_long_one_holds_up_nobody(jobs: JobStore) -> None:
    jobs.add([draft(f"batch {n}", lane="batch") for n in range(100)])
    assert titles(jobs.claim("w", 10)) == [f"batch {n}" for n in range(10)]
    jobs.add([draft("a"), draft("b")])
    assert titles(jobs.claim("w", 5)) == ["batch 10", "a", "batch 11", "b", "batch 12"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(1, 6)), max_size=8))
def test_no_lane_waits_for_more_than_two_jobs_of_another(additions: list[tuple[str, int]]) -> None:
    """A lane has one job in each turn, so between two jobs of one that waits, another has two at most."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library.create(Path(folder) / "library")
        jobs = JobStore(library.database)
        for lane, count in additions:
            jobs.add([draft(lane, lane=lane) for _ in range(count)])
        order = drain(jobs)
        library.close()
    left = Counter(order)
    assert left == Counter(lane for lane, count in additions for _ in range(count))
    since: dict[str, Counter[str]] = {lane: Counter() for lane in left}
    for lane in order:
        for other, seen in since.items():
            if left[other] and other != lane:
                seen[lane] += 1
                assert seen[lane] <= 2, order
        since[lane] = Counter()
        left[lane] -= 1


def test_a_job_waits_for_those_that_it_needs(jobs: JobStore) -> None:
    one, two = jobs.add([draft("one"), draft("two")])
    (sheet,) = jobs.add([draft("sheet", needs=(one.number, two.number), priority=9)])
    assert sheet.state is JobState.BLOCKED
    taken = jobs.claim("w", 5)
    assert titles(taken) == ["one", "two"]
    done(jobs, taken[0])
    assert jobs.claim("w") == []
    done(jobs, taken[1])
    assert titles(jobs.claim("w")) == ["sheet"]
    (late,) = jobs.add([draft(needs=(one.number,))])
    assert late.state is JobState.QUEUED


def test_a_need_that_is_no_job_adds_nothing(jobs: JobStore) -> None:
    with pytest.raises(JobNotFound):
        jobs.add([draft(), draft(needs=(JobNumber(99),))])
    assert jobs.matching(ANY) == []


def test_a_failure_is_retried_after_a_pause_and_then_the_job_is_dead(
    jobs: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = jobs.add([draft(retries=1)])
    clock = [1_000_000]
    monkeypatch.setattr("audobon_cli.queue.store.jobs._now", lambda: clock[0])
    for state in (JobState.FAILED, JobState.DEAD):
        assert titles(jobs.claim("w")) == ["a job"]
        jobs.fail(job.number, "w", DiskFull("The disk is full.", hint="make room"))
        job = jobs.get(job.number)
        assert job.state is state
        assert job.error is not None
        assert job.error["code"] == "disk.full"
        assert jobs.claim("w") == []
        clock[0] += round(backoff_seconds(1) * 1000)
    assert jobs.claim("w") == []
    assert titles(JobSteering(jobs.database).retry(JobFilter((job.number,)))) == ["a job"]
    assert [(taken.state, taken.attempts) for taken in jobs.claim("w")] == [(JobState.RUNNING, 1)]


def test_what_no_retry_mends_is_dead_at_once(jobs: JobStore) -> None:
    (job,) = jobs.add([draft(retries=5)])
    jobs.claim("w")
    jobs.fail(job.number, "w", ModelNotFound("There is no such model.", hint=""))
    assert jobs.get(job.number).state is JobState.DEAD


def test_pauses_double_and_end_at_five_minutes() -> None:
    assert [backoff_seconds(n) for n in (1, 2, 3, 9, 90)] == [5.0, 10.0, 20.0, 300.0, 300.0]


def test_a_result_counts_once_whoever_brings_it(jobs: JobStore) -> None:
    (job,) = jobs.add([draft(pieces=2)])
    jobs.claim("first")
    database = jobs.database
    with database.transaction() as transaction:
        assert jobs.file(transaction, job.number, 0, AssetId("a" * 16))
        assert jobs.file(transaction, job.number, 0, AssetId("a" * 16))
        assert not jobs.file(transaction, job.number, 0, AssetId("b" * 16))
    assert jobs.get(job.number).state is JobState.RUNNING
    with database.transaction() as transaction:
        assert jobs.file(transaction, job.number, 1, AssetId("c" * 16))
    job = jobs.get(job.number)
    assert (job.state, job.assets) == (JobState.DONE, ("a" * 16, "c" * 16))
    assert jobs.finish([(job.number, "second", None, [])]) == 0
    assert jobs.get(job.number).late == 1


def test_a_cancelled_job_takes_no_result(jobs: JobStore) -> None:
    (job,) = jobs.add([draft(pieces=1)])
    JobSteering(jobs.database).cancel(JobFilter((job.number,)))
    with jobs.database.transaction() as transaction:
        assert not jobs.file(transaction, job.number, 0, AssetId("a" * 16))


def test_a_running_job_hears_what_is_wanted_of_it(jobs: JobStore) -> None:
    (job,) = jobs.add([draft()])
    with JobWorkers(jobs).register("cpu", "local") as me:
        jobs.claim(me.id)
        assert jobs.beat(me.id, job.number, JobProgress(1, 2, 3, 4)).control is JobControl.NONE
        assert (jobs.get(job.number).progress or {})["percent"] == 87.5
        JobSteering(jobs.database).pause(JobFilter((job.number,)))
        assert jobs.beat(me.id, job.number, None).control is JobControl.PAUSE
        jobs.release(job.number, me.id, JobControl.PAUSE)
        assert jobs.get(job.number).state is JobState.PAUSED
        assert not jobs.beat(me.id, job.number, None).own
        JobSteering(jobs.database).stop_workers()
        assert jobs.beat(me.id, None, None).stop
    JobSteering(jobs.database).resume(JobFilter((job.number,)))
    assert [taken.attempts for taken in jobs.claim("w")] == [1]


def test_the_jobs_of_a_worker_that_is_gone_go_back_until_they_have_no_retries(jobs: JobStore) -> None:
    (job,) = jobs.add([draft(retries=1)])
    workers = JobWorkers(jobs)
    for state in (JobState.QUEUED, JobState.DEAD):
        jobs.claim("gone")
        assert workers.recover() == 1
        assert jobs.get(job.number).state is state
    error = jobs.get(job.number).error
    assert error is not None
    assert error["code"] == WorkerLost.code
    assert workers.recover() == 0


def test_a_worker_that_is_alive_keeps_its_jobs_until_its_lease_is_over(
    jobs: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = jobs.add([draft()])
    workers = JobWorkers(jobs)
    with workers.register("cpu", "local") as me:
        jobs.claim(me.id)
        assert workers.recover() == 0
        assert [worker.job for worker in workers.alive()] == [job.number]
        monkeypatch.setattr(job_workers, "LEASE_SECONDS", -1.0)  # it hangs: no heartbeat for so long
        assert workers.recover() == 1
        assert jobs.beat(me.id, job.number, None).stop
    assert jobs.get(job.number).state is JobState.QUEUED


def test_pausing_the_queue_begins_nothing(jobs: JobStore) -> None:
    jobs.add([draft()])
    steering = JobSteering(jobs.database)
    steering.pause_queue(True)
    steering.pause_queue(True)
    assert jobs.counts().paused
    assert jobs.claim("w") == []
    steering.pause_queue(False)
    assert titles(jobs.claim("w")) == ["a job"]


def test_clearing_forgets_what_is_over_and_nobody_waits_for(jobs: JobStore) -> None:
    one, two, _ = jobs.add([draft("one"), draft("two"), draft("three")])
    jobs.claim("w", 3)
    done(jobs, one)
    done(jobs, two)
    jobs.add([draft("waits", needs=(two.number, JobNumber(3)))])
    steering = JobSteering(jobs.database)
    assert steering.clear(ANY, keep=True) == steering.clear(ANY) == 1
    assert titles(jobs.matching(ANY)) == ["two", "three", "waits"]


def test_two_libraries_have_nothing_to_do_with_each_other(jobs: JobStore, tmp_path: Path) -> None:
    other = JobStore(Library.create(tmp_path / "other").database)
    jobs.add([draft("mine")])
    other.add([draft("theirs")])
    assert titles(jobs.claim("w", 5)) == ["mine"]
    assert JobWorkers(other).recover() == 0
    assert titles(other.claim("w", 5)) == ["theirs"]


@pytest.mark.parametrize(
    ("texts", "numbers"), [(["7"], (7,)), (["job:7", "7", "3-5"], (7, 3, 4, 5)), (["5-3"], ())]
)
def test_job_numbers_are_read(texts: list[str], numbers: tuple[int, ...]) -> None:
    assert parse_job_numbers(texts) == numbers


@pytest.mark.parametrize("text", ["", "x", "3-", "-3", "1-99999999", "٣-x"])
def test_what_names_no_job_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_job_numbers([text])


def test_the_next_job_is_found_by_an_index(jobs: JobStore) -> None:
    from audobon_cli.queue.store.jobs import FIRST_TURN, LAST_TURN, NEXT

    with jobs.database.read() as statements:
        for sql, values in ((NEXT, (1,)), (FIRST_TURN, (0,)), (LAST_TURN, ("main", 0))):
            plan = " ".join(str(row[3]) for row in statements.rows(f"EXPLAIN QUERY PLAN {sql}", *values))
            assert "SEARCH jobs USING" in plan, plan
            assert "TEMP B-TREE" not in plan, plan
