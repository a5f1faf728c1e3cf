"""The local engine against plain diffusers, and what it says and refuses."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported, OutOfMemory, SizeNotAllowed
from audobon_cli.domain.events import Event, ModelLoaded, PromptTruncated, StepDone, Warned, ignore
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers import engine as diffusion
from audobon_cli.engines.diffusers import predicted_facts
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.memory import model_cache
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.engines.diffusers.noise import draw_in_float32, seed_generator
from audobon_cli.engines.diffusers.pixels import to_picture
from tests.tiny_models import (
    TOKENS,
    clip_folder,
    opaque_model,
    resolved_request,
    sdxl_folder,
    sprite_folder,
    sprite_model,
)


def never() -> bool:
    return False


def clip_model() -> Model:
    return opaque_model(clip_folder(), "StableDiffusionPipeline")


def sdxl_model() -> Model:
    return opaque_model(sdxl_folder(), "StableDiffusionXLPipeline")


def built_in_like() -> Model:
    return sprite_model(sprite_folder())


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine(device="cpu")


def draw(engine: LocalEngine, request: ResolvedRequest, seed: int = 7) -> NDArray[np.uint8]:
    return np.asarray(engine.render(request, seed, 0, ignore, never).image)


def draw_plainly(request: ResolvedRequest, seed: int) -> NDArray[np.uint8]:
    """The same picture by diffusers alone, as its documentation has it."""
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(request.model.folder))
    pipeline.set_progress_bar_config(disable=True)
    output = pipeline(
        request.resolved_prompt,
        negative_prompt=request.resolved_negative or None,
        width=request.render_size.width,
        height=request.render_size.height,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        generator=torch.Generator("cpu").manual_seed(seed),
        output_type="np",
    )
    return np.asarray(to_picture(output.images[0], premultiplied=output.images.shape[-1] == 4)[0])


@pytest.mark.parametrize("model", [built_in_like, clip_model, sdxl_model])
@pytest.mark.parametrize(
    "changes",
    [{}, {"guidance": 1.0, "render_size": Size(96, 64), "size": Size(96, 64)}, {"resolved_negative": "red"}],
)
def test_pictures_are_those_of_plain_diffusers(
    engine: LocalEngine, model: Callable[[], Model], changes: dict[str, Any]
) -> None:
    request = resolved_request(model(), **changes)
    # Drawn twice: a scheduler that kept state from the first would spoil the second.
    draw(engine, request, seed=1)
    assert np.array_equal(draw(engine, request), draw_plainly(request, 7))


def test_the_text_reaches_the_picture(engine: LocalEngine) -> None:
    request = resolved_request(built_in_like())
    other = replace(request, resolved_prompt="red sword")
    assert not np.array_equal(draw(engine, request), draw(engine, other))


def test_the_facts_name_what_ran(engine: LocalEngine) -> None:
    facts = engine.load(resolved_request(built_in_like()), ignore)
    assert (facts.engine, facts.device, facts.dtype) == ("local", "cpu", "float32")
    assert facts.scheduler == "DPMSolverMultistepScheduler"
    assert set(facts.libraries) == {"audobon", "diffusers", "transformers", "torch", "pillow"}


def test_half_precision_files_run_in_single_precision(tmp_path: Path) -> None:
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(sprite_folder()), torch_dtype=torch.float16)
    pipeline.save_pretrained(tmp_path / "half")
    pipeline.save_pretrained(tmp_path / "variant", variant="fp16")
    engine = LocalEngine(device="cpu")
    half = resolved_request(sprite_model(tmp_path / "half"))
    assert engine.load(half, ignore).dtype == "float32"
    variant = resolved_request(sprite_model(tmp_path / "variant"))
    assert (tmp_path / "variant/unet/diffusion_pytorch_model.fp16.safetensors").is_file()
    assert np.array_equal(draw(engine, half), draw(engine, variant))


def loaded_in_turns(engine: LocalEngine) -> list[str]:
    """The models that were loaded to draw with two in turns."""
    events = list[Event]()
    for model in (built_in_like(), clip_model(), built_in_like(), clip_model()):
        engine.render(resolved_request(model), 7, 0, events.append, never)
    return [event.model for event in events if isinstance(event, ModelLoaded)]


def test_models_stay_loaded_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded_in_turns(LocalEngine(device="cpu")) == ["tiny-sprite", "tiny-opaque"]
    monkeypatch.setattr(model_cache, "free_bytes", lambda device: model_cache.SPARE_BYTES)
    assert loaded_in_turns(LocalEngine(device="cpu")) == ["tiny-sprite", "tiny-opaque"] * 2


def test_a_model_that_is_loaded_draws_the_same_after_another(engine: LocalEngine) -> None:
    request = resolved_request(built_in_like())
    first = draw(engine, request)
    draw(engine, resolved_request(clip_model()))
    assert np.array_equal(draw(engine, request), first)


def test_the_model_not_used_for_longest_leaves_first(monkeypatch: pytest.MonkeyPatch) -> None:
    free = 0
    monkeypatch.setattr(model_cache, "free_bytes", lambda device: model_cache.SPARE_BYTES + free)
    kept = model_cache.ModelCache[str, str]("cpu")
    for name in ("a", "b", "c"):
        kept.put(name, name)
    kept.get("a")

    def gain(device: str) -> None:
        nonlocal free
        free += 100

    monkeypatch.setattr(model_cache, "_hand_back", gain)
    kept.make_room(200)
    assert [kept.get(name) for name in ("a", "b", "c")] == ["a", None, None]


def test_when_memory_ends_other_models_leave_and_the_picture_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = LocalEngine(device="cpu")
    engine.load(resolved_request(clip_model()), ignore)
    ends = [MemoryError()]

    def end_once(seed: int) -> torch.Generator:
        if ends:
            raise ends.pop()
        return seed_generator(seed)

    monkeypatch.setattr(diffusion, "seed_generator", end_once)
    assert draw(engine, resolved_request(built_in_like())).shape == (64, 64, 4)
    events = list[Event]()
    engine.load(resolved_request(clip_model()), events.append)
    assert any(isinstance(event, ModelLoaded) for event in events)


def test_free_memory_is_known_here() -> None:
    assert model_cache.free_bytes("cpu") > 2**26


@pytest.mark.parametrize("model", [built_in_like, clip_model, sdxl_model])
def test_the_facts_are_foretold_without_loading(
    engine: LocalEngine, model: Callable[[], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = resolved_request(model())
    assert predicted_facts.predict_facts(request, "cpu") == (engine.load(request, ignore),)
    monkeypatch.setattr(predicted_facts, "likely_device", lambda: "cuda")
    assert [facts.dtype for facts in predicted_facts.predict_facts(request)] == ["bfloat16", "float16"]


def test_what_is_cut_off_a_prompt_is_told_once(engine: LocalEngine) -> None:
    words = "cute dragon , " * 20 + "a blue potion"
    request, events = resolved_request(built_in_like(), resolved_prompt=words), list[Event]()
    for seed in (1, 2):
        engine.render(request, seed, 0, events.append, never)
    (cut,) = [event for event in events if isinstance(event, PromptTruncated)]
    assert cut.limit == TOKENS
    assert cut.dropped.endswith("a blue potion")
    # The rest of the prompt is what remains: without it the picture is the same.
    kept = words[: words.rindex(cut.dropped)].strip()
    assert np.array_equal(draw(engine, replace(request, resolved_prompt=kept)), draw(engine, request))


def test_a_prompt_that_just_fits_is_not_cut(engine: LocalEngine) -> None:
    events = list[Event]()
    words = " ".join(["dragon"] * (TOKENS - 2))
    engine.render(resolved_request(built_in_like(), resolved_prompt=words), 7, 0, events.append, never)
    assert not [event for event in events if isinstance(event, PromptTruncated)]


def test_a_negative_prompt_without_guidance_is_warned_of(engine: LocalEngine) -> None:
    events = list[Event]()
    request = resolved_request(built_in_like(), resolved_negative="red", guidance=1.0)
    engine.render(request, 7, 0, events.append, never)
    assert any(isinstance(event, Warned) and "negative" in event.message for event in events)


@pytest.mark.parametrize("size", [Size(60, 64), Size(64, 12), Size(7, 7)])
def test_sides_that_the_model_cannot_make_are_refused(engine: LocalEngine, size: Size) -> None:
    with pytest.raises(SizeNotAllowed, match="multiples of 8") as caught:
        draw(engine, resolved_request(built_in_like(), render_size=size))
    assert "--size" in caught.value.hint


def test_schedulers_with_more_steps_than_asked_count_their_own(engine: LocalEngine) -> None:
    events = list[Event]()
    engine.render(resolved_request(clip_model(), steps=3), 7, 0, events.append, never)
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [step.step for step in steps] == [1, 2, 3, 4]
    assert {step.steps for step in steps} == {4}


def test_weights_that_are_not_numbers_are_a_problem_not_a_crash(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(sprite_folder(), tmp_path / "model"))
    path = folder / "unet/diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    weights["conv_out.bias"] = torch.full_like(weights["conv_out.bias"], torch.nan)
    save_file(weights, path, metadata={"format": "pt"})
    rendered = LocalEngine(device="cpu").render(resolved_request(sprite_model(folder)), 7, 0, ignore, never)
    assert rendered.problems == ("values are not finite in 4096 of 4096 pixels",)
    assert rendered.image.size == (64, 64)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory"), MemoryError()],
)
def test_memory_that_ends_is_told(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    engine, request = LocalEngine(device="cpu"), resolved_request(built_in_like())

    def end(*args: object, **kwargs: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(diffusion, "seed_generator", end)
        with pytest.raises(OutOfMemory, match="64x64") as caught:
            draw(engine, request)
    assert caught.value.details["device"] == "cpu"
    assert draw(engine, request).shape == (64, 64, 4)


def test_other_errors_are_not_taken_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(seed: int) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(diffusion, "seed_generator", fail)
    with pytest.raises(RuntimeError, match="mat1"):
        draw(LocalEngine(device="cpu"), resolved_request(built_in_like()))


def test_a_model_described_wrongly_is_refused() -> None:
    for model in (opaque_model(sprite_folder(), "StableDiffusionPipeline"), sprite_model(clip_folder())):
        with pytest.raises(ModelUnsupported, match="channels"):
            LocalEngine(device="cpu").load(resolved_request(model), ignore)


def test_an_unknown_device_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(InvalidInput):
        LocalEngine(device="tpu")


def test_the_starting_noise_does_not_depend_on_the_number_format() -> None:
    from diffusers import DiffusionPipeline

    drawn = []
    for dtype in (torch.float32, torch.bfloat16):
        pipeline = DiffusionPipeline.from_pretrained(str(sprite_folder()), torch_dtype=dtype)
        draw_in_float32(pipeline)
        latents = pipeline.prepare_latents(1, 4, 64, 64, dtype, torch.device("cpu"), seed_generator(7))
        assert latents.dtype is dtype
        drawn.append(latents)
    assert torch.equal(drawn[0].to(torch.bfloat16), drawn[1])
    expected = torch.randn((1, 4, 8, 8), generator=torch.Generator("cpu").manual_seed(7))
    assert torch.equal(drawn[0], expected)


def test_half_precision_draws_nearly_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    request = resolved_request(clip_model())
    single = draw(LocalEngine(device="cpu"), request)
    monkeypatch.setattr(diffusion, "choose_placement", lambda name: DevicePlacement("cpu", torch.bfloat16))
    engine = LocalEngine()
    assert engine.load(request, ignore).dtype == "bfloat16"
    assert np.abs(draw(engine, request).astype(int) - single).mean() < 8
