"""Pictures of waiting jobs drawn beside that of the job at hand: of the queue nothing else changes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Rendered
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import Job, JobFilter, JobState
from audobon_cli.queue.store.jobs import JobStore
from audobon_cli.queue.store.workers import JobWorkers
from tests.conftest import Audobon, Engines
from tests.fakes.fake_engine import FakeEngine
from tests.waiting import PATIENCE_SECONDS

PROMPTS = ("cat", "dog", "owl", "fox", "hen", "elk")


@dataclass
class ThreadedEngine(FakeEngine):
    """Draws side by side. ``meeting`` pictures must be drawn at once before any of them may end; ``most`` is how many
    were. ``before`` is called with the seed of each picture as it is begun."""

    meeting: int = 1
    most: int = 0
    before: Callable[[int], None] = lambda seed: None
    _drawing: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _barrier: threading.Barrier | None = field(default=None, repr=False)

    def side_by_side(self, request: ResolvedRequest) -> bool:
        return True

    def render(self, request, seed, *rest) -> Rendered:  # type: ignore[no-untyped-def]
        with self._turn:
            self._barrier = self._barrier or threading.Barrier(self.meeting)
            self._drawing += 1
            self.most = max(self.most, self._drawing)
        try:
            self.before(seed)
            if self.meeting > 1:
                self._barrier.wait(PATIENCE_SECONDS)
            return super().render(request, seed, *rest)
        finally:
            with self._turn:
                self._drawing -= 1


@pytest.fixture
def engine(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> ThreadedEngine:
    monkeypatch.setenv("AUDOBON_RESOURCES_THREADS", "3")
    made = ThreadedEngine()
    engines.give(made)
    return made


@pytest.fixture
def jobs(audobon: Audobon, engine: ThreadedEngine) -> JobStore:
    """A queue of six jobs of one picture each; job N has the seed N."""
    audobon("init")
    for seed, prompt in enumerate(PROMPTS, start=1):
        audobon("queue", "add", prompt, "--seed", str(seed), "--strength", "1", "--retries", "0")
    return JobStore(Library.open(Path(".audobon")).database)


def found(jobs: JobStore) -> list[Job]:
    return sorted(jobs.matching(JobFilter()), key=lambda job: job.number)


def test_jobs_of_one_picture_are_drawn_side_by_side_and_end_in_order(
    audobon: Audobon, engine: ThreadedEngine, jobs: JobStore
) -> None:
    engine.meeting = 3  # pictures that are drawn one after the other would never meet
    ran = audobon("queue", "run", "--events")
    assert ran.status == 0, ran.err
    assert [one["job"] for one in ran.events if one["event"] == "job_ended"] == [1, 2, 3, 4, 5, 6]
    assert [job.state for job in found(jobs)] == [JobState.DONE] * 6
    assert [job.attempts for job in found(jobs)] == [1] * 6
    assert sorted(engine.seeds) == [1, 2, 3, 4, 5, 6]
    names = [
        asset["name"] for asset in audobon("assets", "list", "--sort", "oldest", "--json").data["assets"]
    ]
    assert names == list(PROMPTS)


def test_a_picture_that_fails_fails_its_own_job(
    audobon: Audobon, engine: ThreadedEngine, jobs: JobStore
) -> None:
    def before(seed: int) -> None:
        if seed == 3:
            raise ModelDamaged("The model is damaged.", hint="pull it again")

    engine.before = before
    audobon("queue", "run", "--events")
    states = [job.state for job in found(jobs)]
    assert states == [JobState.DONE] * 2 + [JobState.DEAD] + [JobState.DONE] * 3


def test_a_job_that_is_cancelled_after_it_was_drawn_ahead_files_nothing(
    audobon: Audobon, engine: ThreadedEngine, jobs: JobStore
) -> None:
    drawn = threading.Event()

    def before(seed: int) -> None:
        if seed == 2:
            drawn.set()
        if seed == 1:
            assert drawn.wait(PATIENCE_SECONDS)
            audobon("queue", "cancel", "2")

    engine.before = before
    audobon("queue", "run", "--events")
    assert [job.state for job in found(jobs)].count(JobState.DONE) == 5
    assert found(jobs)[1].state is JobState.CANCELLED
    listed = audobon("assets", "list", "--json").data["assets"]
    assert sorted(asset["name"] for asset in listed) == sorted({*PROMPTS} - {"dog"})


def test_what_is_drawn_ahead_is_not_claimed(audobon: Audobon, engine: ThreadedEngine, jobs: JobStore) -> None:
    ahead: list[int] = []
    looked = threading.Event()

    def before(seed: int) -> None:
        if seed == 3:
            ahead.extend(job.number for job in found(jobs) if job.state is JobState.RUNNING)
            looked.set()
        if seed == 1:  # it lasts until then
            assert looked.wait(PATIENCE_SECONDS)

    engine.before = before
    audobon("queue", "run", "--events")
    assert ahead == [1]


def test_beside_another_worker_and_before_a_limit_nothing_is_drawn_ahead(
    audobon: Audobon, engine: ThreadedEngine, jobs: JobStore
) -> None:
    with JobWorkers(jobs).register("cpu", "local"):
        audobon("queue", "run", "--events")
    assert [job.state for job in found(jobs)] == [JobState.DONE] * 6
    assert engine.most == 1
    audobon("queue", "add", "bee", "--seed", "7", "--strength", "1")
    audobon("queue", "add", "ant", "--seed", "8", "--strength", "1")
    audobon("queue", "run", "--max-jobs", "1")
    assert engine.seeds[-1] == 7


def test_a_job_whose_worker_died_is_drawn_alone(
    audobon: Audobon, engine: ThreadedEngine, jobs: JobStore
) -> None:
    audobon("queue", "add", "bee", "--seed", "7", "--strength", "1", "--priority", "9", "--retries", "3")
    assert [job.title for job in jobs.claim("a worker that dies")] == ["bee"]
    JobWorkers(jobs).recover()
    with jobs.database.transaction() as statements:  # its pause is over
        statements.run("UPDATE jobs SET due = 1 WHERE state = 'failed'")
    others = threading.Event()
    drawing: list[int] = []

    def before(seed: int) -> None:
        if seed == 7:
            others.wait(0.5)
            drawing.append(engine._drawing)
        else:
            others.set()

    engine.before = before
    audobon("queue", "run", "--events")
    assert [job.state for job in found(jobs)] == [JobState.DONE] * 7
    assert drawing == [1]


def test_the_pictures_are_those_of_one_thread(
    audobon: Audobon, isolation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the built-in model itself."""
    blobs = []
    for threads in ("1", "2"):
        monkeypatch.setenv("AUDOBON_RESOURCES_THREADS", threads)
        library = str(isolation / threads)
        audobon("init", library)
        for seed, prompt in enumerate(PROMPTS[:3], start=1):
            audobon("queue", "add", prompt, "--seed", str(seed), "--steps", "4", "--library", library)
        assert audobon("queue", "run", "--debug", "--library", library).status == 0
        listed = audobon("assets", "list", "--json", "--sort", "oldest", "--library", library)
        blobs.append([(asset["name"], asset["blob"]) for asset in listed.data["assets"]])
    assert blobs[0] == blobs[1]
    assert len(blobs[0]) == 3
