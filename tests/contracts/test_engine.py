"""What every engine promises (contracts/engine.py), held against each of them."""

from dataclasses import replace
from functools import partial

import pytest

from audobon_cli.contracts.clauses import Clause, try_clauses
from audobon_cli.contracts.engine import ENGINE_CLAUSES, EngineRig
from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.events import Event, Listener, StepDone, ignore
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Engine, EngineFacts, Rendered, ShouldStop, never
from audobon_cli.engines.hosting import EngineProxy, EngineServer
from audobon_cli.engines.registry import ENGINES, create_engine, predict_facts
from audobon_cli.engines.routing import LocalEngines
from tests.builtin_model import builtin_request
from tests.fakes.engine_link import Link
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import resolved_request, sprite_folder, sprite_model

CPU = {"device": "cpu"}


def asked_of_tiny_model() -> ResolvedRequest:
    return resolved_request(sprite_model(sprite_folder()), count=3)


def fake_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    return (FakeEngine().facts(),)


def local_facts(request: ResolvedRequest) -> tuple[EngineFacts, ...]:
    return predict_facts("local", request, **CPU)


def proxied(rig: EngineRig) -> Engine:
    """As commands use the engine of the warm process: what it raises and draws has been pickled."""
    return EngineProxy(Link(EngineServer(rig.make, rig.predict)))


FAKE = EngineRig(FakeEngine, fake_facts, asked_of_tiny_model)
LOCAL = EngineRig(lambda: create_engine("local", **CPU), local_facts, asked_of_tiny_model)
RIGS = {
    "fake": FAKE,
    "local": LOCAL,
    "graphs": replace(LOCAL, ask=lambda: builtin_request("red apple", count=3, steps=3)),
    "warm graphs": EngineRig(
        lambda: proxied(LOCAL), local_facts, lambda: builtin_request("owl", count=3, steps=3)
    ),
    "routed": EngineRig(
        lambda: LocalEngines(partial(create_engine, **CPU)), local_facts, asked_of_tiny_model
    ),
    "warm fake": EngineRig(lambda: proxied(FAKE), fake_facts, asked_of_tiny_model),
    "warm local": EngineRig(lambda: proxied(LOCAL), local_facts, asked_of_tiny_model),
}


def test_every_engine_is_held_to_it() -> None:
    pictures = {name for name, entry in ENGINES.items() if IMAGE in entry.produces}
    # The composer has no model to load, no steps and no number format: tests/engines/test_composer.py.
    assert pictures - {COMPOSER} <= set(RIGS), "add a rig for the new engine"
    assert set(ENGINES) - pictures == {"synth"}, (
        "what tests/engines/synth/test_engine.py is for the synthesiser"
    )


@pytest.fixture(params=RIGS, scope="module")
def rig(request: pytest.FixtureRequest) -> EngineRig:
    return replace(RIGS[request.param])  # one of its own, so that its engine goes with the module


@pytest.mark.parametrize("clause", ENGINE_CLAUSES, ids=lambda clause: clause.__name__)
def test_it_keeps_what_engines_promise(clause: Clause[EngineRig], rig: EngineRig) -> None:
    clause(rig)


def test_sprites_have_an_alpha_and_every_step_that_was_asked_for(rig: EngineRig) -> None:
    events = list[Event]()
    rendered = rig.engine.render(rig.asked, 7, 0, events.append, never)
    assert rendered.image.mode == "RGBA"
    assert rig.engine.load(rig.asked, ignore).scheduler.endswith("Scheduler")
    assert len([event for event in events if isinstance(event, StepDone)]) == rig.asked.steps


class Forgetful(FakeEngine):
    """Draws by what was drawn before, and does not stop."""

    drawn = 0

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        self.drawn += 1
        return super().render(request, seed + self.drawn, index, listen, never)


def test_an_engine_that_does_not_keep_it_is_told_what_and_why() -> None:
    rig = EngineRig(Forgetful, fake_facts, asked_of_tiny_model)
    broken = {found.clause: found.why for found in try_clauses(ENGINE_CLAUSES, rig) if not found.kept}
    assert broken["a-seed-is-a-picture"] == "the third of a run is another one when drawn alone"
    assert broken["it-does-not-begin-when-stopped"] == "it drew although it was told to stop"
    assert "loads-once-and-tells-its-facts" not in broken
