"""Pictures in one call of the model: the same as alone, in halves when memory runs out, never one too many."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audobon_cli.domain.errors import OutOfMemory
from audobon_cli.domain.events import BatchHalved, Event, ignore
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import drawing_key
from audobon_cli.generation.batching import BatchingEngine, no_batching
from audobon_cli.hardware.gpu import Gpu
from audobon_cli.vram import device_budget
from audobon_cli.vram.strategies import strategy_named
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import resolved_request, sprite_folder, sprite_model


def never() -> bool:
    return False


@pytest.fixture
def asked() -> list[tuple[ResolvedRequest, int]]:
    """Six pictures, the last of another size of steps."""
    request = resolved_request(sprite_model(sprite_folder()))
    words = ("cat", "dog", "owl", "fox", "cow")
    found = [(replace(request, resolved_prompt=word), seed) for seed, word in enumerate(words)]
    return [*found, (replace(request, steps=2), 9)]


def draw_all(engine: BatchingEngine, asked: list[tuple[ResolvedRequest, int]], events: list[Event]) -> None:
    fake = FakeEngine()
    for request, seed in asked:
        drawn = engine.render(request, seed, 0, events.append, never)
        alone = fake.render(request, seed, 0, ignore, never)
        assert np.array_equal(np.asarray(drawn.image), np.asarray(alone.image))


@pytest.mark.parametrize(("most", "calls"), [(1, []), (2, [2, 2]), (3, [3, 2]), (8, [5])])
def test_what_is_upcoming_is_drawn_together(
    asked: list[tuple[ResolvedRequest, int]], most: int, calls: list[int]
) -> None:
    fake = FakeEngine()
    draw_all(BatchingEngine(fake, asked, lambda request: most), asked, [])
    assert fake.together == calls
    assert sorted(fake.seeds) == [0, 1, 2, 3, 4, 9]


def test_when_memory_runs_out_half_as_many_are_drawn(asked: list[tuple[ResolvedRequest, int]]) -> None:
    fake, events = FakeEngine(batch_size_of=2), list[Event]()
    draw_all(BatchingEngine(fake, asked, lambda request: 8), asked, events)
    halves = [event for event in events if isinstance(event, BatchHalved)]
    assert [(event.pictures, event.next_pictures) for event in halves] == [(5, 2)]
    assert fake.together == [2, 2]


def test_a_picture_that_fails_alone_fails(asked: list[tuple[ResolvedRequest, int]]) -> None:
    fake = FakeEngine(batch_size_of=0, memory_ends={"full": "denoising"})
    engine = BatchingEngine(fake, asked, lambda request: 8)
    with pytest.raises(OutOfMemory):
        engine.render(*asked[0], 0, ignore, never)
    lowered = replace(asked[0][0], strategy=strategy_named("model-offload"))
    assert engine.render(lowered, 0, 0, ignore, never).problems == ()


def test_what_was_not_announced_is_drawn_alone(asked: list[tuple[ResolvedRequest, int]]) -> None:
    fake = FakeEngine()
    engine = BatchingEngine(fake, asked[1:], lambda request: 8)
    engine.render(*asked[0], 0, ignore, never)
    assert (fake.together, fake.seeds) == ([], [0])
    assert no_batching(asked[0][0]) == 1
    assert len(engine.render_together(asked[:2], 0, ignore, never)) == 2


def test_pictures_with_an_input_of_their_own_are_drawn_alone(
    asked: list[tuple[ResolvedRequest, int]],
) -> None:
    request = asked[0][0]
    assert drawing_key(request) == drawing_key(asked[1][0]) is not None
    assert drawing_key(replace(request, model=replace(request.model, calling=None))) is None


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts a card with that many MiB free into the machine, as far as plans can see."""

    def put(free_mib: int) -> None:
        gpu = Gpu("NVIDIA GeForce RTX 3060", 12 * 2**30, free_mib * 2**20, driver="570.1")
        monkeypatch.setattr(device_budget, "graphics_cards", lambda: (gpu,))
        monkeypatch.setattr(device_budget, "_torch_for_processors", lambda: False)

    return put


def test_on_a_card_as_many_are_drawn_together_as_fit(
    audobon: Audobon, fake_engine: FakeEngine, card: Callable[[int], None]
) -> None:
    card(8 * 1024)
    Path("batch.txt").write_text("a cat --seed {1..10}\n", encoding="utf-8")
    assert audobon("generate", "--batch", "batch.txt", "--strength", "1").status == 0
    assert fake_engine.together == [8, 2]
    fake_engine.together.clear()
    assert audobon("generate", "--batch", "batch.txt", "--strength", "1").status == 0
    assert audobon("generate", "a cat", "--strength", "1", "--count", "12", "--seed", "1").status == 0
    assert fake_engine.together == [2]  # ten of the twelve are there
    assert audobon("generate", "ghost", "--candidates", "3", "--seed", "1").status == 0
    assert fake_engine.together == [2, 3]


def test_on_a_small_card_fewer_are_drawn_together(
    audobon: Audobon, fake_engine: FakeEngine, card: Callable[[int], None]
) -> None:
    card(2 * 1024)
    fake_engine.batch_size_of = 3
    ran = audobon("generate", "a cat", "--strength", "1", "--count", "8", "--seed", "1", "--events")
    assert ran.status == 0
    assert [event["event"] for event in ran.events].count("image_filed") == 8
    assert max(fake_engine.together) <= 3


def test_on_a_processor_each_is_drawn_alone(audobon: Audobon, fake_engine: FakeEngine) -> None:
    assert audobon("generate", "a cat", "--strength", "1", "--count", "4", "--seed", "1").status == 0
    assert (fake_engine.together, fake_engine.calls["render"]) == ([], 4)
