"""Pictures of steps: made while somebody looks, seldom enough, and without a trace in what is drawn."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.events import ignore
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.step_pictures import StepWatch, step_watch, watched_steps
from tests.tiny_models import clip_folder, opaque_model, resolved_request, sprite_folder, sprite_model


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


@pytest.mark.parametrize("kind", ["opaque", "sprite"])
def test_what_is_looked_at_is_the_same_picture(engine: LocalEngine, kind: str) -> None:
    models = {"opaque": lambda: opaque_model(clip_folder(), "StableDiffusionPipeline")}
    model = models.get(kind, lambda: sprite_model(sprite_folder()))()
    request = replace(resolved_request(model), steps=4)
    unseen = engine.render(request, 7, 0, ignore, lambda: False).image
    shown: list[tuple[int, bytes]] = []
    now = iter(range(0, 10_000, 100))
    watch = StepWatch(lambda: True, lambda step, data: shown.append((step, data)), clock=lambda: next(now))
    with watched_steps(watch):
        seen = engine.render(request, 7, 0, ignore, lambda: False).image
    assert np.array_equal(np.asarray(unseen), np.asarray(seen))
    assert step_watch() is None
    assert [step for step, _ in shown] == [1]  # a hundred seconds each: the next is due long after
    assert max(Image.open(BytesIO(shown[0][1])).size) <= 128


def test_pictures_take_a_tenth_of_the_time_at_most_and_none_where_nobody_looks() -> None:
    now = [0.0]
    made: list[int] = []

    def make() -> bytes:
        now[0] += 0.5
        return b"png"

    watch = StepWatch(lambda: True, lambda step, _: made.append(step), clock=lambda: now[0])
    for step in range(100):
        watch.take(step, make)
        now[0] += 0.5
    assert len(made) >= 9
    assert len(made) * 0.5 <= 0.1 * now[0] + 0.5

    def never() -> bytes:
        raise AssertionError("nobody looks")

    StepWatch(lambda: False, lambda *_: None).take(1, never)
    failing = StepWatch(lambda: True, lambda *_: made.append(-1))
    failing.take(1, lambda: None)
    assert -1 not in made
