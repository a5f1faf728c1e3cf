"""What the composer promises of an engine's contract (engines/base.py): all but a model, steps and a number format."""

from pathlib import Path

import numpy as np
import pytest

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import ignore
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.base import Engine, drawing_key, never
from audobon_cli.engines.composer import ComposerEngine, predict_facts
from audobon_cli.engines.hosting import EngineProxy, EngineServer
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.workspace import Workspace
from tests.fakes.engine_link import Link


@pytest.fixture(params=["here", "warm"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """By itself, and in the warm process: then what it is asked and draws has been pickled."""
    here = ComposerEngine()
    return here if request.param == "here" else EngineProxy(Link(EngineServer(ComposerEngine, predict_facts)))


@pytest.fixture
def asked() -> ResolvedRequest:
    workspace = Workspace(Path(), {})
    request = GenerationRequest("golden sword", seed=7, count=2)
    return resolve(request, workspace.settings, workspace.models)


def test_its_facts_are_foretold(engine: Engine, asked: ResolvedRequest) -> None:
    facts = engine.load(asked, ignore)
    assert facts in predict_facts(asked)
    assert (facts.engine, len(facts.model_digest), facts.device) == ("composer", 64, "cpu")
    assert {"audobon", "pillow", "resvg-py"} == facts.libraries.keys()


def test_equal_seeds_give_equal_pixels(engine: Engine, asked: ResolvedRequest) -> None:
    first, again, other = (
        np.asarray(engine.render(asked, seed, 0, ignore, never).image) for seed in (7, 7, 8)
    )
    assert first.shape == (64, 64, 4)
    assert (first == again).all()
    assert (first != other).any()
    together = engine.render_together([(asked, 7), (asked, 8)], 0, ignore, never)
    assert (np.asarray(together[0].image) == first).all()
    assert drawing_key(asked) is None, "each is composed by itself"


def test_it_stops_when_it_is_asked_to(engine: Engine, asked: ResolvedRequest) -> None:
    with pytest.raises(Interrupted):
        engine.render(asked, 7, 0, ignore, lambda: True)
