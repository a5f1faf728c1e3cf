"""Weights, long prompts and the embedding cache: the embeddings, and the pictures that come of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Event, PromptTruncated, PromptUnknown, ignore
from audobon_cli.domain.model import Model
from audobon_cli.domain.prompt_weights import WeightedPrompt, parse_weights
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.diffusers import engine as diffusion
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.pixels import to_picture
from audobon_cli.engines.diffusers.prompts.text_encoding import (
    EmbeddingCache,
    PromptPair,
    install_text_encoding,
    split_prompt,
)
from tests.tiny_models import (
    TOKENS,
    clip_folder,
    opaque_model,
    resolved_request,
    sdxl_folder,
    sprite_folder,
    sprite_model,
)

LONG = "cat dragon , a red cat dragon , a red cat"
"""More than one part, but not a whole number of them."""


def clip_model() -> Model:
    return opaque_model(clip_folder(), "StableDiffusionPipeline")


def sdxl_model() -> Model:
    return opaque_model(sdxl_folder(), "StableDiffusionXLPipeline")


def built_in_like() -> Model:
    return sprite_model(sprite_folder())


MODELS = pytest.mark.parametrize("model", [built_in_like, clip_model, sdxl_model])


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


def draw(
    engine: LocalEngine, request: ResolvedRequest, events: list[Event] | None = None
) -> NDArray[np.uint8]:
    listen = ignore if events is None else events.append
    return np.asarray(engine.render(request, 7, 0, listen, lambda: False).image)


def load(folder: Path) -> Any:
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(folder))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def encode(pipeline: Any, prompt: str, negative: str = "") -> tuple[torch.Tensor, torch.Tensor]:
    """The embeddings of both by our encoding, as the pipeline's call would ask for them."""
    pair = PromptPair(parse_weights(prompt), parse_weights(negative))
    encoding = install_text_encoding(pipeline, EmbeddingCache())
    assert encoding is not None
    encoding.pairs = (pair,)
    with torch.inference_mode():
        found = pipeline.encode_prompt(
            prompt=pair.prompt.text,
            device="cpu",
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
            negative_prompt=pair.negative.text,
        )
    return found[0], found[1]


def draw_plainly(pipeline: Any, request: ResolvedRequest, **embeddings: Any) -> NDArray[np.uint8]:
    output = pipeline(
        width=64,
        height=64,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="np",
        **embeddings,
    )
    return np.asarray(to_picture(output.images[0], premultiplied=output.images.shape[-1] == 4)[0])


@MODELS
def test_a_negative_prompt_is_encoded_once_and_changes_no_bit(
    engine: LocalEngine, model: Callable[[], Model]
) -> None:
    words = ("a red cat", "a blue dog", "a cat")
    for negative in ("", "blue"):
        asked = [
            resolved_request(model(), resolved_prompt=text, resolved_negative=negative) for text in words
        ]
        after_others = [draw(engine, request) for request in asked]
        alone = [draw(LocalEngine(device="cpu"), request) for request in asked]
        assert all(np.array_equal(one, other) for one, other in zip(after_others, alone, strict=True))


@pytest.mark.parametrize("folder", [sprite_folder, clip_folder, sdxl_folder])
def test_a_weight_moves_the_words_that_have_it_and_no_other(folder: Callable[[], Path]) -> None:
    plain_pipeline, pipeline = load(folder()), load(folder())
    with torch.inference_mode():
        plain, empty = plain_pipeline.encode_prompt(
            "a red cat",
            device="cpu",
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
            negative_prompt="",
        )[:2]
    weighted, negative = encode(pipeline, "a (red:1.5) cat")
    assert torch.equal(negative, empty)
    tokens = pipeline.tokenizer("a red cat", return_offsets_mapping=True)["offset_mapping"]
    red = [place for place, (begin, end) in enumerate(tokens) if begin >= 2 and end <= 5 and end > begin]
    others = [place for place in range(plain.shape[1]) if place not in red]
    assert red
    assert torch.equal(weighted[:, others], plain[:, others])
    expected = empty + 1.5 * (plain - empty)
    assert torch.allclose(weighted[:, red], expected[:, red], atol=1e-5)


@MODELS
def test_a_weight_changes_the_picture_as_its_embeddings_do(
    engine: LocalEngine, model: Callable[[], Model]
) -> None:
    request = resolved_request(model(), resolved_prompt="a (red:2) cat", resolved_negative="[blue]")
    plain = draw(engine, replace(request, resolved_prompt="a red cat", resolved_negative="blue"))
    weighted = draw(engine, request)
    assert not np.array_equal(weighted, plain)
    if model is not sdxl_model:  # which also takes pooled embeddings
        pipeline = load(request.model.folder)
        prompt, negative = encode(load(request.model.folder), "a (red:2) cat", "[blue]")
        bare = draw_plainly(pipeline, request, prompt_embeds=prompt, negative_prompt_embeds=negative)
        assert np.array_equal(weighted, bare)


@MODELS
def test_a_weight_of_one_and_escaped_brackets_change_nothing(
    engine: LocalEngine, model: Callable[[], Model]
) -> None:
    request = resolved_request(model(), resolved_prompt="a red cat")
    assert np.array_equal(
        draw(engine, request), draw(engine, replace(request, resolved_prompt="a (red:1) cat"))
    )
    bracket = replace(request, resolved_prompt=r"a \(red\) cat")
    bare = draw_plainly(load(request.model.folder), bracket, prompt="a (red) cat")
    assert np.array_equal(draw(engine, bracket), bare)


@pytest.mark.parametrize("model", [clip_model, sdxl_model])
def test_a_long_prompt_is_encoded_whole(engine: LocalEngine, model: Callable[[], Model]) -> None:
    request, events = resolved_request(model(), resolved_prompt=LONG), list[Event]()
    picture = draw(engine, request, events)
    assert not [event for event in events if isinstance(event, PromptTruncated)]
    last_word_changed = replace(request, resolved_prompt=LONG.removesuffix("cat") + "sun")
    assert not np.array_equal(picture, draw(engine, last_word_changed))


def test_parts_of_a_long_prompt_are_those_of_the_pipeline_joined(engine: LocalEngine) -> None:
    pipeline = load(clip_folder())
    parts = split_prompt(pipeline, WeightedPrompt(((LONG, 1.0),)))
    assert "".join(part.text for part in parts) == LONG
    assert len(parts) > 1
    room = TOKENS - 2
    for part in parts:
        assert len(pipeline.tokenizer(part.text, add_special_tokens=False).input_ids) <= room
        assert not part.text[:-1].strip() or part.text.strip() in LONG
    with torch.inference_mode():
        embedded = [
            pipeline.encode_prompt(part.text, "cpu", 1, True, "red" if k == 0 else "")
            for k, part in enumerate(parts)
        ]
    joined = [torch.cat([part[k] for part in embedded], dim=1) for k in (0, 1)]
    request = resolved_request(clip_model(), resolved_prompt=LONG, resolved_negative="red")
    bare = draw_plainly(pipeline, request, prompt_embeds=joined[0], negative_prompt_embeds=joined[1])
    assert np.array_equal(draw(engine, request), bare)


def test_a_word_longer_than_a_part_is_cut_between_tokens() -> None:
    parts = split_prompt(load(clip_folder()), parse_weights("(" + "w" * 25 + ":1.5) cat"))
    assert "".join(part.text for part in parts) == "w" * 25 + " cat"
    assert parts[0].pieces == (("w" * len(parts[0].text), 1.5),)


def test_weights_reach_the_later_parts(engine: LocalEngine) -> None:
    request = resolved_request(clip_model(), resolved_prompt=LONG)
    weighted = replace(request, resolved_prompt=LONG.removesuffix("cat") + "(cat:1.8)")
    assert not np.array_equal(draw(engine, request), draw(engine, weighted))


def test_embeddings_are_made_once_and_give_the_same_picture() -> None:
    fresh, warm = LocalEngine(device="cpu"), LocalEngine(device="cpu")
    request = resolved_request(clip_model(), resolved_prompt="a (red:1.4) cat", resolved_negative="blue")
    for other in (request, replace(request, resolved_prompt="a dragon"), request):
        draw(warm, other)
    encoder = warm._load(request, ignore).pipeline.text_encoder
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    handle = encoder.register_forward_hook(count)
    pictures = [draw(warm, request), draw(fresh, request)]
    handle.remove()
    assert calls == 0
    assert np.array_equal(*pictures)


def test_the_cache_forgets_what_was_not_used_for_longest_and_knows_contexts() -> None:
    cache = EmbeddingCache(limit_bytes=3 * 400)
    for number in range(3):
        cache.put((number,), (torch.zeros(100), None))
    assert cache.get((0,)) is not None
    cache.put((3,), (torch.zeros(100), None))
    assert [cache.get((number,)) is not None for number in range(4)] == [True, False, True, True]
    cache.context = "with an adapter"
    assert cache.get((3,)) is None


def test_weights_are_refused_where_words_cannot_be_found_again(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffusion, "layout_of", lambda pipeline: None)
    request = resolved_request(clip_model(), resolved_prompt="a (red:1.3) cat")
    with pytest.raises(InvalidInput, match="takes no weights") as caught:
        draw(engine, request)
    assert "\\(" in caught.value.hint
    draw(engine, replace(request, resolved_prompt="a red cat"))


@pytest.mark.parametrize(
    ("prompt", "words", "everything"), [("赤い, 竜", ("赤い", "竜"), True), ("cute 竜 !", ("竜",), False)]
)
def test_words_that_the_model_cannot_read_are_told(
    engine: LocalEngine, prompt: str, words: tuple[str, ...], everything: bool
) -> None:
    events = list[Event]()
    styled = f"{prompt}, red style"
    draw(engine, resolved_request(built_in_like(), prompt=prompt, resolved_prompt=styled), events)
    assert [event for event in events if isinstance(event, PromptUnknown)] == [
        PromptUnknown(words, everything)
    ]


def test_known_words_are_not_told(engine: LocalEngine) -> None:
    events = list[Event]()
    draw(engine, resolved_request(built_in_like(), prompt="a cute dragon , ?"), events)
    assert not [event for event in events if isinstance(event, PromptUnknown)]
