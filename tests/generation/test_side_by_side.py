"""Pictures drawn side by side: the same as one after the other, whatever happens."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.errors import Interrupted, ModelDamaged, OutOfMemory
from audobon_cli.domain.events import BatchHalved, Event, StepDone, ignore
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Asked, EngineFacts, Rendered, ShouldStop, never, stop_if_asked
from audobon_cli.engines.runtimes import LocalRuntimes
from audobon_cli.generation.side_by_side import SideBySideEngine
from tests.builtin_model import builtin_request
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine

LIMIT_SECONDS = 120.0


@dataclass
class ThreadedEngine(FakeEngine):
    """Draws side by side; ``meeting`` is how many must be drawing at once before any may end."""

    meeting: int = 1
    short_of_memory: frozenset[int] = frozenset()
    damaged: frozenset[int] = frozenset()
    _barrier: threading.Barrier | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._barrier = threading.Barrier(self.meeting)

    def side_by_side(self, request: ResolvedRequest) -> bool:
        return True

    def render(self, request, seed, index, listen, should_stop: ShouldStop) -> Rendered:
        assert self._barrier is not None
        self.seeds.append(seed)
        if seed in self.damaged:
            raise ModelDamaged("damaged", hint="")
        if seed in self.short_of_memory and threading.current_thread() is not threading.main_thread():
            raise OutOfMemory("memory ran out", hint="")
        if self.meeting > 1:
            self._barrier.wait(LIMIT_SECONDS)
        for step in range(1, 4):
            time.sleep(self.seconds_per_step)
            listen(StepDone(index, step, 3, 0.0, None, None))
            stop_if_asked(should_stop)
        return Rendered(Image.new("RGBA", (4, 4), (seed, 0, 0, 255)))


@pytest.fixture
def asked() -> list[Asked]:
    return [(builtin_request(count=6, seed=1), seed) for seed in range(1, 7)]


def seed_drawn(rendered: Rendered) -> int:
    return int(np.asarray(rendered.image)[0, 0, 0])


def test_as_many_are_drawn_at_once_as_there_are_threads(asked: list[Asked]) -> None:
    engine = ThreadedEngine(meeting=3)
    with SideBySideEngine(engine, engine, asked, 3) as ahead:
        drawn = [ahead.render(*one, place, ignore, never) for place, one in enumerate(asked)]
    assert [seed_drawn(one) for one in drawn] == [1, 2, 3, 4, 5, 6]
    assert sorted(engine.seeds) == [1, 2, 3, 4, 5, 6], "none is drawn twice"


def test_events_are_those_of_one_after_the_other(asked: list[Asked]) -> None:
    events = list[Event]()
    engine = ThreadedEngine()
    with SideBySideEngine(engine, engine, asked, 2) as ahead:
        for place, one in enumerate(asked):
            ahead.render(*one, place, events.append, never)
    steps = [(event.index, event.step) for event in events if isinstance(event, StepDone)]
    assert steps == [(place, step) for place in range(6) for step in (1, 2, 3)]


def test_what_is_not_upcoming_is_drawn_by_itself(asked: list[Asked]) -> None:
    engine = ThreadedEngine()
    with SideBySideEngine(engine, engine, asked, 2) as ahead:
        retry = (asked[0][0], 100)
        order = [asked[0], retry, asked[1], asked[1], asked[4]]
        assert [seed_drawn(ahead.render(*one, 0, ignore, never)) for one in order] == [1, 100, 2, 2, 5]
        assert seed_drawn(ahead.render(*asked[5], 5, ignore, never)) == 6


def test_what_comes_is_looked_for_only_as_far_as_it_is_needed(asked: list[Asked]) -> None:
    looked = list[int]()

    def upcoming() -> Iterator[Asked]:
        for one in asked * 3:
            looked.append(one[1])
            yield one

    engine = ThreadedEngine()
    with SideBySideEngine(engine, engine, upcoming(), 1) as ahead:
        ahead.render(*asked[0], 0, ignore, never)
    assert looked == [1, 2, 3]


def test_an_error_is_raised_for_the_picture_that_met_it(asked: list[Asked]) -> None:
    engine = ThreadedEngine(damaged=frozenset({2}))
    with SideBySideEngine(engine, engine, asked, 3) as ahead:
        ahead.render(*asked[0], 0, ignore, never)
        with pytest.raises(ModelDamaged):
            ahead.render(*asked[1], 1, ignore, never)
        assert seed_drawn(ahead.render(*asked[2], 2, ignore, never)) == 3


def test_when_memory_runs_out_fewer_are_drawn_at_once(asked: list[Asked]) -> None:
    engine, events = ThreadedEngine(short_of_memory=frozenset({2, 3})), list[Event]()
    with SideBySideEngine(engine, engine, asked, 4) as ahead:
        drawn = [seed_drawn(ahead.render(*one, 0, events.append, never)) for one in asked]
    assert drawn == [1, 2, 3, 4, 5, 6]
    halved = [event for event in events if isinstance(event, BatchHalved)]
    assert [(event.pictures, event.next_pictures) for event in halved][:1] == [(4, 2)]


def test_a_stop_ends_what_is_asked_for_and_leaving_ends_the_rest(asked: list[Asked]) -> None:
    engine = ThreadedEngine(seconds_per_step=0.05)
    began = time.monotonic()
    with SideBySideEngine(engine, engine, asked, 2) as ahead:
        steps = list[Event]()
        with pytest.raises(Interrupted):
            ahead.render(*asked[0], 0, steps.append, lambda: bool(steps))
    assert time.monotonic() - began < LIMIT_SECONDS
    assert threading.active_count() == 1 or not any(
        t.name.startswith("drawing") for t in threading.enumerate()
    )
    assert len(engine.seeds) <= 4


def test_a_picture_drawn_already_does_not_begin_when_told_to_stop(asked: list[Asked]) -> None:
    engine = ThreadedEngine()
    with SideBySideEngine(engine, engine, asked, 2) as ahead:
        ahead.render(*asked[0], 0, ignore, never)
        with pytest.raises(Interrupted):
            ahead.render(*asked[1], 1, ignore, lambda: True)


def test_other_engines_draw_as_before(asked: list[Asked]) -> None:
    plain = FakeEngine()
    with SideBySideEngine(plain, plain, asked, 4) as ahead:
        ahead.render(*asked[0], 0, ignore, never)
        assert plain.seeds == [1]


def test_the_built_in_model_draws_the_same_side_by_side() -> None:
    request = builtin_request("owl", steps=3, count=5)
    other = replace(request, resolved_prompt="zorglub 😀 cat", prompt="zorglub 😀 cat")
    pictures = [(one, seed) for one in (request, other) for seed in one.seeds()]

    def drawn(threads: int) -> tuple[list[bytes], list[str]]:
        engine, events = LocalRuntimes("cpu"), list[Event]()
        with SideBySideEngine(engine, engine, pictures, threads) as ahead:
            found = []
            for place, (asked, seed) in enumerate(pictures):
                ahead.load(asked, events.append)
                found.append(ahead.render(asked, seed, place, events.append, never).image.tobytes())
        told = [
            f"{event.index} {event.step}" if isinstance(event, StepDone) else type(event).__name__
            for event in events
        ]
        return found, told

    assert drawn(1) == drawn(3)


def test_any_number_of_threads_gives_the_same_files_in_order(audobon: Audobon) -> None:
    command = (
        "generate",
        "red apple",
        "zorglub",
        "--count",
        "3",
        "--steps",
        "3",
        "--seed",
        "5",
        "--redraw",
        "--json",
    )
    one, three = (audobon(*command, "--candidates", "2", "--threads", threads) for threads in ("1", "3"))
    assert one.status == three.status == 0
    assert [asset["blob"] for asset in one.data["assets"]] == [
        asset["blob"] for asset in three.data["assets"]
    ]
    assert [asset["seed"] for asset in one.data["assets"]] == [
        asset["seed"] for asset in three.data["assets"]
    ]


def test_facts_of_the_contract_hold(asked: list[Asked]) -> None:
    engine = ThreadedEngine()
    with SideBySideEngine(engine, engine, asked, 2) as ahead:
        facts: EngineFacts = ahead.load(asked[0][0], ignore)
        assert facts == engine.facts()
        assert len(ahead.render_together(asked[:2], 0, ignore, never)) == 2
