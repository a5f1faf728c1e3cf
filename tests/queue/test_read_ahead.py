"""The next queued model is read while another draws: never at the cost of memory, and nothing else changes."""

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from audobon_cli.domain.events import Event, StepDone
from audobon_cli.domain.model import Model
from audobon_cli.library.store.library import Library
from audobon_cli.queue.events import ModelReadAhead
from audobon_cli.queue.model import Job, JobFilter, JobNumber
from audobon_cli.queue.read_ahead import MemoryNow, NeededMemory, NextModel, has_room, weights_of
from audobon_cli.queue.store.jobs import JobStore
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import clip_folder
from tests.waiting import until

GIB = 2**30
SIZE = 3 * 2**20


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    """Two models in folders, each with a file that is long to read."""
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        shutil.copytree(clip_folder(), folder)
        (folder / "weights.safetensors").write_bytes(b"w" * SIZE)
    return first, second


def needed(folder: Path, drawing: int | None = None, size: int = SIZE) -> NeededMemory:
    model = Model.__new__(Model)
    object.__setattr__(model, "name", str(folder))
    return NeededMemory(model, (folder / "weights.safetensors",), size, drawing)


def queue(audobon: Audobon, *models: Path) -> JobStore:
    audobon("init")
    for model in models:
        ran = audobon("queue", "add", "moss", "--model", str(model), "--seed", "1", "--size", "64x64")
        assert ran.status == 0, ran.err
    return JobStore(Library.open(Path(".audobon")).database)


@pytest.mark.parametrize(
    ("at_hand", "following", "memory", "fits"),
    [
        ((None, 0), (None, 4 * GIB), (32 * GIB, 8 * GIB, 0), True),
        ((None, 0), (None, 5 * GIB), (32 * GIB, 8 * GIB, 0), False),  # a tenth stays free
        (
            (None, 0),
            (6 * GIB, 4 * GIB),
            (32 * GIB, 8 * GIB, 0),
            False,
        ),  # drawing with it takes more than its files
        ((4 * GIB, 0), (None, 4 * GIB), (32 * GIB, 8 * GIB, 0), False),  # what draws has yet to grow
        ((4 * GIB, 0), (None, 4 * GIB), (32 * GIB, 8 * GIB, 4 * GIB), True),
        ((None, 0), (None, 1), (0, 0, 0), False),  # the system does not tell
    ],
)
def test_both_must_fit(
    at_hand: tuple[int | None, int],
    following: tuple[int | None, int],
    memory: tuple[int, int, int],
    fits: bool,
) -> None:
    one, two = (needed(Path("m"), drawing, size) for drawing, size in (at_hand, following))
    assert has_room(one, two, MemoryNow(*memory)) is fits


class AtOnce(threading.Thread):
    """A thread that is over when it has begun: on a busy machine the jobs would be faster than the real one."""

    def start(self) -> None:
        self.run()

    def join(self, timeout: float | None = None) -> None:
        pass


def test_a_run_reads_the_next_model_once_and_makes_the_same_pictures(
    audobon: Audobon, fake_engine: FakeEngine, models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audobon_cli.queue.read_ahead.memory_now", lambda: MemoryNow(32 * GIB, 16 * GIB, GIB))
    monkeypatch.setattr("audobon_cli.queue.read_ahead.threading", SimpleNamespace(Thread=AtOnce))
    monkeypatch.setattr("audobon_cli.queue.worker.HANDFUL_SECONDS", 0.0)  # fast jobs would be taken together
    first, second = models
    jobs = queue(audobon, first, first, second, first)
    ran = audobon("queue", "run", "--events")
    told: list[dict[str, Any]] = [one for one in ran.events if one["event"] == "model_read_ahead"]
    assert [Path(one["model"]).name for one in told] == ["two", "one"]
    assert all(one["read_bytes"] == one["weights_bytes"] > SIZE for one in told)
    assert [one["job"] for one in ran.events if one["event"] == "job_started"] == [1, 2, 3, 4]
    made = blobs_of(jobs)

    audobon("config", "set", "queue.read_ahead", "false")
    (again := Path("again")).mkdir()
    monkeypatch.chdir(again)
    others = queue(audobon, first, first, second, first)
    ran = audobon("queue", "run", "--events")
    assert not [one for one in ran.events if one["event"] == "model_read_ahead"]
    assert blobs_of(others) == made


def blobs_of(jobs: JobStore) -> list[str]:
    """What the jobs made, in their order."""
    library = Library.open(jobs.database.root)
    return [library.assets.get(asset).blob for job in jobs.matching(JobFilter()) for asset in job.assets]


@pytest.fixture
def waiting(audobon: Audobon, fake_engine: FakeEngine, models: tuple[Path, Path]) -> tuple[JobStore, Job]:
    jobs = queue(audobon, *models)
    (job,) = jobs.claim("me")
    return jobs, job


def model_of(job: Job) -> str:
    return str(job.request["request"]["model"])


def step(ahead: NextModel, job: Job) -> list[Event]:
    """What is heard of a job's first two steps and its end."""
    heard: list[Event] = []
    listen = ahead.listening(job, heard.append)
    for number in (1, 2):
        listen(StepDone(0, number, 2, 0.1))
        until(lambda: ahead._reading is None or not ahead._reading.is_alive())
    ahead.tell(heard.append)
    return [one for one in heard if isinstance(one, ModelReadAhead)]


def test_short_memory_reads_nothing_and_says_so(
    waiting: tuple[JobStore, Job], models: tuple[Path, Path]
) -> None:
    jobs, job = waiting
    small = MemoryNow(GIB, GIB // 10, 0)
    ahead = NextModel(jobs, lambda one: needed(Path(model_of(one))), model_of, lambda: small)
    (told,) = step(ahead, job)
    assert isinstance(told, ModelReadAhead)
    assert (told.weights_bytes, told.read_bytes, told.seconds) == (SIZE, 0, 0.0)
    ahead.close()


def test_pressure_and_the_end_break_it_off(waiting: tuple[JobStore, Job], tmp_path: Path) -> None:
    jobs, job = waiting
    large = tmp_path / "large" / "weights.safetensors"
    large.parent.mkdir()
    with large.open("wb") as file:
        file.truncate(64 * 2**20)
    need = lambda one: needed(large.parent, size=64 * 2**20)  # noqa: E731
    looks = iter([MemoryNow(32 * GIB, 16 * GIB, 0)] * 2)
    pressed = NextModel(jobs, need, model_of, lambda: next(looks, MemoryNow(32 * GIB, GIB, 0)))
    (told,) = step(pressed, job)
    assert isinstance(told, ModelReadAhead)
    assert 0 < told.read_bytes < 64 * 2**20

    def slow() -> MemoryNow:
        if threading.current_thread() is not threading.main_thread():
            ended._over.wait(60)  # what is told to end has not read all by then
        return MemoryNow(32 * GIB, 16 * GIB, 0)

    ended = NextModel(jobs, need, model_of, slow)
    ended.listening(job, lambda event: None)(StepDone(0, 1, 2, 0.1))
    ended.close()
    told = ended._news.popleft()
    assert told.read_bytes < 64 * 2**20


def test_nothing_is_read_for_what_is_here_already(audobon: Audobon, models: tuple[Path, Path]) -> None:
    jobs = queue(audobon, models[0], models[0])
    (job,) = jobs.claim("me")
    ahead = NextModel(jobs, lambda one: pytest.fail("asked"), model_of)
    assert step(ahead, job) == []
    assert jobs.get(JobNumber(2)).attempts == 0


def test_which_files_take_time(models: tuple[Path, Path]) -> None:
    model = needed(models[0]).model
    for name, value in {"builtin": False, "remote": None, "folder": models[0], "checkpoint": None}.items():
        object.__setattr__(model, name, value)
    assert [path.relative_to(models[0]).as_posix() for path in weights_of(model)] == [
        *("unet/diffusion_pytorch_model.safetensors", "weights.safetensors")
    ]
    object.__setattr__(model, "checkpoint", models[1] / "weights.safetensors")
    assert weights_of(model) == (models[1] / "weights.safetensors",)
    object.__setattr__(model, "builtin", True)
    assert weights_of(model) == ()
