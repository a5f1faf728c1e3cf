"""What every engine promises (engines/base.py), held against each of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
from PIL.Image import Image

from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import AssetAdded, Event, ModelLoaded, ModelLoading, StepDone, ignore
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Engine, EngineFacts, RunAware, drawing_key
from audobon_cli.engines.hosting import EngineProxy, EngineServer
from audobon_cli.engines.registry import ENGINES, create_engine, predict_facts
from audobon_cli.engines.routing import LocalEngines
from tests.builtin_model import builtin_request
from tests.fakes.engine_link import Link
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import resolved_request, sprite_folder, sprite_model

CPU = {"device": "cpu"}


@dataclass(frozen=True)
class Rig:
    """How an engine is made, and what is foretold of it."""

    make: Callable[[], Engine]
    predict: Callable[[ResolvedRequest], tuple[EngineFacts, ...]]
    asked: Callable[[], ResolvedRequest] = lambda: resolved_request(sprite_model(sprite_folder()), count=3)


def fake_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    return (FakeEngine().facts(),)


def local_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    return predict_facts("local", request, **CPU)


def proxied(rig: Rig) -> Engine:
    """As commands use the engine of the warm process: what it raises and draws has been pickled."""
    return EngineProxy(Link(EngineServer(rig.make, rig.predict)))


FAKE = Rig(FakeEngine, fake_facts)
LOCAL = Rig(lambda: create_engine("local", **CPU), local_facts)
RIGS = {
    "fake": FAKE,
    "local": LOCAL,
    "graphs": replace(LOCAL, asked=lambda: builtin_request("red apple", count=3, steps=3)),
    "warm graphs": Rig(lambda: proxied(LOCAL), local_facts, lambda: builtin_request("owl", count=3, steps=3)),
    "routed": Rig(lambda: LocalEngines(partial(create_engine, **CPU)), local_facts),
    "warm fake": Rig(lambda: proxied(FAKE), fake_facts),
    "warm local": Rig(lambda: proxied(LOCAL), local_facts),
}


def test_every_engine_is_held_to_it() -> None:
    pictures = {name for name, entry in ENGINES.items() if IMAGE in entry.produces}
    # The composer has no model to load, no steps and no number format: tests/engines/test_composer.py.
    assert pictures - {COMPOSER} <= set(RIGS), "add a rig for the new engine"
    assert set(ENGINES) - pictures == {"synth"}, (
        "what tests/engines/synth/test_engine.py is for the synthesiser"
    )


@pytest.fixture(params=RIGS, scope="module")
def rig(request: pytest.FixtureRequest) -> Rig:
    return RIGS[request.param]


@pytest.fixture(scope="module")
def make_engine(rig: Rig) -> Callable[[], Engine]:
    return rig.make


@pytest.fixture(scope="module")
def engine(make_engine: Callable[[], Engine]) -> Engine:
    return make_engine()


@pytest.fixture
def asked(rig: Rig) -> ResolvedRequest:
    return rig.asked()


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


def test_the_facts_are_foretold(rig: Rig, engine: Engine, asked: ResolvedRequest) -> None:
    assert engine.load(asked, ignore) in rig.predict(asked)


def test_fallbacks_and_the_number_of_pictures_change_nothing(engine: Engine, asked: ResolvedRequest) -> None:
    alone = engine.render(replace(asked, count=1), 7, 0, ignore, never).image
    other = replace(asked, fallbacks=(asked,), timeout_seconds=9.0)
    assert np.array_equal(np.asarray(alone), np.asarray(engine.render(other, 7, 2, ignore, never).image))


def test_a_run_begins_as_often_as_one_likes(engine: Engine, asked: ResolvedRequest) -> None:
    before = pixels(engine.render(asked, 7, 0, ignore, never).image)
    if isinstance(engine, RunAware):
        engine.begin_run()
    assert np.array_equal(before, pixels(engine.render(asked, 7, 0, ignore, never).image))


def test_pictures_drawn_together_are_those_drawn_alone(engine: Engine, asked: ResolvedRequest) -> None:
    together = [(replace(asked, resolved_prompt=words), seed) for words, seed in (("owl", 7), ("cat", 8))]
    assert len({drawing_key(request) for request, _ in together}) == 1
    events = list[Event]()
    drawn = engine.render_together(together, 1, events.append, never)
    assert 1 <= len(drawn) <= len(together)
    assert {event.index for event in events if isinstance(event, StepDone)} == {1}
    for (request, seed), rendered in zip(together, drawn, strict=False):
        alone = pixels(engine.render(request, seed, 0, ignore, never).image)
        assert np.abs(pixels(rendered.image) - alone).max() <= 1  # sums are ordered differently
        assert rendered.problems == ()


def test_pictures_drawn_together_stop_too(engine: Engine, asked: ResolvedRequest) -> None:
    together = [(asked, 7), (asked, 8)]
    engine.load(asked, ignore)
    with pytest.raises(Interrupted):
        engine.render_together(together, 0, ignore, lambda: True)
    assert engine.render_together(together, 0, ignore, never)


def pixels(image: Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    return np.asarray(image).astype(np.int16)
