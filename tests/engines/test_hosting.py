"""Engine calls that are answered elsewhere: the same pictures, events and errors."""

import pickle
from pathlib import Path

import pytest

from audobon_cli.domain.errors import AudobonError, Interrupted, ModelDamaged, error_classes
from audobon_cli.domain.events import Event, ModelLoaded, ModelLoading
from audobon_cli.engines.base import Engine
from audobon_cli.engines.hosting import EngineProxy, EngineServer
from tests.fakes.engine_link import Link
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import resolved_request, sprite_model


def never() -> bool:
    return False


def host(engine: FakeEngine) -> EngineServer:
    return EngineServer(lambda: engine, lambda request: (engine.facts(),))


REQUEST = resolved_request(sprite_model(Path("/models/tiny")))


def test_pictures_events_and_facts_are_those_of_the_engine() -> None:
    plain, there = FakeEngine(), FakeEngine()
    linked: Engine = EngineProxy(Link(host(there)))
    own: list[Event] = []
    heard: list[Event] = []
    assert linked.load(REQUEST, heard.append) == plain.load(REQUEST, own.append)
    picture = linked.render(REQUEST, 7, 0, heard.append, never)
    assert picture.image.tobytes() == plain.render(REQUEST, 7, 0, own.append, never).image.tobytes()
    asked = [(REQUEST, seed) for seed in (7, 8)]
    together = linked.render_together(asked, 0, heard.append, never)
    expected = plain.render_together(asked, 0, own.append, never)
    assert [one.image.tobytes() for one in together] == [one.image.tobytes() for one in expected]
    assert [event.event for event in heard] == [event.event for event in own]
    assert there.calls["load"] == 1


def test_each_run_hears_that_the_model_is_loaded() -> None:
    shared = host(FakeEngine())
    for _ in range(2):
        heard: list[Event] = []
        shared.begin_run()
        EngineProxy(Link(shared)).render(REQUEST, 1, 0, heard.append, never)
        assert [type(event) for event in heard[:2]] == [ModelLoading, ModelLoaded]
        assert sum(isinstance(event, ModelLoaded) for event in heard) == 1


def test_a_lost_host_leaves_the_work_to_the_engine_here() -> None:
    here, there = FakeEngine(), FakeEngine()
    link = Link(host(there))
    linked = EngineProxy(link, here)
    linked.render(REQUEST, 1, 0, lambda event: None, never)
    link.lost = True
    linked.render(REQUEST, 2, 0, lambda event: None, never)
    assert (there.seeds, here.seeds) == ([1], [2])


def test_what_the_engine_raises_is_raised_here() -> None:
    damaged = ModelDamaged("It is damaged.", hint="pull it again", path="x")
    with pytest.raises(ModelDamaged) as caught:
        EngineProxy(Link(host(FakeEngine(load_error=damaged)))).load(REQUEST, lambda event: None)
    assert (caught.value.hint, caught.value.details) == ("pull it again", {"path": "x"})
    linked = EngineProxy(Link(host(FakeEngine())))
    with pytest.raises(Interrupted):
        linked.render(REQUEST, 1, 0, lambda event: None, lambda: True)


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.code)
def test_every_error_survives_the_way(kind: type[AudobonError]) -> None:
    error = pickle.loads(pickle.dumps(kind("A fact.", hint="a hint", number=1)))
    assert type(error) is kind
    assert (error.message, error.hint, error.details) == ("A fact.", "a hint", {"number": 1})
