"""What every engine promises (engines/base.py), held against each of them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import AssetAdded, Event, ModelLoaded, ModelLoading, StepDone, ignore
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Engine
from audobon_cli.engines.registry import create_engine
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import resolved_request, sprite_folder, sprite_model

MAKERS: dict[str, Callable[[], Engine]] = {
    "fake": FakeEngine,
    "local": lambda: create_engine("local", device="cpu"),
}


@pytest.fixture(params=MAKERS, scope="module")
def make_engine(request: pytest.FixtureRequest) -> Callable[[], Engine]:
    return MAKERS[request.param]


@pytest.fixture(scope="module")
def engine(make_engine: Callable[[], Engine]) -> Engine:
    return make_engine()


@pytest.fixture
def asked() -> ResolvedRequest:
    return resolved_request(sprite_model(sprite_folder()), count=3)


def never() -> bool:
    return False


def test_loading_happens_once_and_tells_the_facts(
    make_engine: Callable[[], Engine], asked: ResolvedRequest
) -> None:
    engine, events = make_engine(), list[Event]()
    facts = engine.load(asked, events.append)
    assert [type(event) for event in events] == [ModelLoading, ModelLoaded]
    assert len(facts.model_digest) == 64
    assert facts.device
    assert facts.dtype
    assert facts.scheduler.endswith("Scheduler")
    assert facts.libraries["audobon"]
    assert engine.load(replace(asked, seed=8, resolved_prompt="red sword"), events.append) == facts
    assert len(events) == 2


def test_drawing_loads_what_it_needs(make_engine: Callable[[], Engine], asked: ResolvedRequest) -> None:
    events = list[Event]()
    make_engine().render(asked, 7, 0, events.append, never)
    assert [type(event) for event in events[:2]] == [ModelLoading, ModelLoaded]


def test_a_picture_has_the_size_and_the_alpha_of_its_model(engine: Engine, asked: ResolvedRequest) -> None:
    rendered = engine.render(asked, 7, 0, ignore, never)
    assert rendered.image.mode == "RGBA"
    assert rendered.image.size == (asked.render_size.width, asked.render_size.height)
    assert rendered.problems == ()
    pixels = np.asarray(rendered.image)
    assert (pixels[pixels[..., 3] == 0] == 0).all()


def test_a_seed_is_a_picture_whatever_came_before(engine: Engine, asked: ResolvedRequest) -> None:
    run = [
        np.asarray(engine.render(asked, seed, index, ignore, never).image)
        for index, seed in enumerate(asked.seeds())
    ]
    alone = replace(asked, seed=asked.seed + 2, count=1)
    again = np.asarray(engine.render(alone, alone.seed, 0, ignore, never).image)
    assert np.array_equal(again, run[2])
    assert not np.array_equal(run[0], run[1])


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_every_seed_a_request_may_have_is_taken(engine: Engine, asked: ResolvedRequest, seed: int) -> None:
    engine.render(asked, seed, 0, ignore, never)


def test_every_step_is_told(engine: Engine, asked: ResolvedRequest) -> None:
    events = list[Event]()
    engine.render(asked, 7, 1, events.append, never)
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [(step.index, step.step, step.steps) for step in steps] == [
        (1, number, asked.steps) for number in range(1, asked.steps + 1)
    ]
    seconds = [step.seconds for step in steps]
    assert seconds == sorted(seconds)
    assert not any(isinstance(event, AssetAdded) for event in events)


def test_it_stops_at_the_next_step_and_the_next_picture_is_whole(
    engine: Engine, asked: ResolvedRequest
) -> None:
    expected = np.asarray(engine.render(asked, 7, 0, ignore, never).image)
    steps = list[Event]()
    with pytest.raises(Interrupted):
        engine.render(asked, 7, 0, steps.append, lambda: len(steps) == 2)
    assert len(steps) == 2
    assert np.array_equal(np.asarray(engine.render(asked, 7, 0, ignore, never).image), expected)


def test_it_does_not_begin_when_told_to_stop(engine: Engine, asked: ResolvedRequest) -> None:
    engine.load(asked, ignore)
    steps = list[Event]()
    with pytest.raises(Interrupted):
        engine.render(asked, 7, 0, steps.append, lambda: True)
    assert not [step for step in steps if isinstance(step, StepDone)]
