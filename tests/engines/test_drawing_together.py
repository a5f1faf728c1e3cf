"""Several pictures in one call of the model: those that are drawn alone, but for rounding."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import Event, PromptUnknown, StepDone, ignore
from audobon_cli.engines.base import Asked, drawing_key
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.prompts.text_encoding import EmbeddingsDiffer, join_embeddings
from tests.capabilities.probing import make_bench
from tests.conftest import Audobon
from tests.tiny_models import clip_folder, opaque_model, resolved_request, sprite_folder, sprite_model
from tests.tiny_models.families import TINY_FAMILIES, each_family

WORDS = ("cute dragon", "red apple", "ghost")
ALONE = ("kandinsky22",)
"""Families whose calls cannot be joined: they have no encode_prompt."""


def never() -> bool:
    return False


def drawn_alone(engine: LocalEngine, asked: list[Asked]) -> list[NDArray[np.int16]]:
    return [pixels(engine.render(request, seed, 0, ignore, never).image) for request, seed in asked]


def pixels(image: object) -> NDArray[np.int16]:
    return np.asarray(image).astype(np.int16)


@pytest.mark.parametrize("family", each_family(TINY_FAMILIES))
def test_pictures_drawn_together_are_those_drawn_alone(family: str, tmp_path: Path) -> None:
    bench = make_bench(family, tmp_path)
    request = bench.request(guidance=4.0)
    for asked in (
        [(request, seed) for seed in (1, 2, 3)],
        [(bench.request(guidance=4.0, prompt=text), seed) for seed, text in enumerate(WORDS)],
    ):
        together = bench.engine.render_together(asked, 0, ignore, never)
        assert len(together) in ((1,) if family in ALONE else (1, 3))
        for one, other in zip(together, drawn_alone(bench.engine, asked), strict=False):
            # A sum that is ordered differently changes the last bits: at a rounding edge that is one level.
            different = np.abs(pixels(one.image) - other)
            assert different.max() <= 2
            assert np.count_nonzero(different) < different.size / 100
    assert (drawing_key(request) is None) == (family == "unknown")


def test_weights_and_negative_prompts_stay_with_their_picture() -> None:
    engine = LocalEngine(device="cpu")
    request = resolved_request(sprite_model(sprite_folder()))
    asked = [
        (replace(request, resolved_prompt=prompt, resolved_negative=negative), seed)
        for seed, (prompt, negative) in enumerate(
            (("a (red:2) cat", "[blue]"), ("a dog", "red"), ("a cat", "cat"))
        )
    ]
    together = engine.render_together(asked, 0, ignore, never)
    for one, other in zip(together, drawn_alone(engine, asked), strict=True):
        assert np.abs(pixels(one.image) - other).max() <= 2


def test_prompts_of_several_lengths_are_drawn_alone() -> None:
    engine = LocalEngine(device="cpu")
    request = resolved_request(opaque_model(clip_folder(), "StableDiffusionPipeline"))
    long = "a cute red dragon with a long tail and a golden sword on a green hill"
    asked = [(replace(request, resolved_prompt=text), 7) for text in ("cat", long)]
    (only,) = engine.render_together(asked, 0, ignore, never)
    assert np.array_equal(pixels(only.image), drawn_alone(engine, asked)[0])


def test_embeddings_are_joined_by_rows_and_what_is_shared_is_taken_once() -> None:
    rows, places = torch.ones(1, 2, 3), torch.zeros(5, 3)
    joined = join_embeddings([(rows, [rows], None, places), (rows * 2, [rows], None, places)])
    assert joined[0].shape == (2, 2, 3)
    assert (len(joined[1]), joined[2]) == (2, None)
    assert joined[3] is places
    for one, other in ((rows, torch.ones(1, 4, 3)), (rows, None), (3, 3)):
        with pytest.raises(EmbeddingsDiffer):
            join_embeddings([(one,), (other,)])


def test_steps_warnings_and_a_stop_are_those_of_one_call() -> None:
    engine, events = LocalEngine(device="cpu"), list[Event]()
    request = resolved_request(sprite_model(sprite_folder()), prompt="日本", resolved_prompt="日本")
    asked = [(request, 1), (replace(request, seed=2), 2)]
    engine.render_together(asked, 5, events.append, never)
    assert [event.step for event in events if isinstance(event, StepDone) and event.index == 5] == [1, 2, 3]
    assert sum(isinstance(event, PromptUnknown) for event in events) == 1
    with pytest.raises(Interrupted):
        engine.render_together(asked, 0, ignore, lambda: True)


def test_on_a_processor_a_seed_gives_the_same_bytes_in_batches_of_any_size(audobon: Audobon) -> None:
    found = set()
    for size in (1, 2, 5, 8):
        lines = [f"{WORDS[k % 3]} --seed {k}" for k in range(size - 1)] + ["a cute dragon --seed 77"]
        Path("batch.txt").write_text("\n".join(lines), encoding="utf-8")
        options = ("--model", str(sprite_folder()), "--steps", "2", "--fresh", "--out", f"{size}/", "--json")
        ran = audobon("generate", "--batch", "batch.txt", *options)
        assert ran.status == 0
        found.add(Path(ran.data["jobs"][-1]["path"]).read_bytes())
    assert len(found) == 1
