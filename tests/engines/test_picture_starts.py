"""Drawing on from a picture: against the sibling pipelines of diffusers called by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Event, StepDone, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.inputs import ResolvedInputs
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers import engine as diffusion
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.inputs.image_to_image import sibling_of
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.engines.diffusers.pixels import to_picture
from tests.tiny_models import (
    clip_folder,
    opaque_model,
    resolved_request,
    sdxl_folder,
    sprite_folder,
    sprite_model,
)

Pixels = NDArray[np.uint8]


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


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (64, 64)) -> InputImage:
    """Noise (with a clear border, in RGBA) in a file."""
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], len(mode)), dtype=np.uint8)
    if mode == "RGBA":
        noise[:8], noise[:, :8] = 0, 0
    Image.fromarray(noise).save(path)
    return InputImage(path, BlobId("0" * 64))


def mask(path: Path) -> InputImage:
    """White on the right half."""
    marks = np.zeros((64, 64), np.uint8)
    marks[:, 32:] = 255
    Image.fromarray(marks).save(path)
    return InputImage(path, BlobId("1" * 64))


def request_on(model: Model, tmp_path: Path, strength: float, masked: bool = False) -> ResolvedRequest:
    mode = "RGBA" if model.size_rule.scales else "RGB"
    inputs = ResolvedInputs(
        picture(tmp_path / "start.png", mode), strength, mask(tmp_path / "mask.png") if masked else None
    )
    return resolved_request(model, steps=4, inputs=inputs)


def draw(engine: LocalEngine, request: ResolvedRequest, events: list[Event] | None = None) -> Pixels:
    listen = ignore if events is None else events.append
    return np.asarray(engine.render(request, 7, 0, listen, lambda: False).image)


def usual_arguments(request: ResolvedRequest) -> dict[str, Any]:
    return {
        "prompt": request.resolved_prompt,
        "strength": request.inputs.strength,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "generator": torch.Generator("cpu").manual_seed(7),
        "output_type": "np",
    }


def load(class_name: str, model: Model) -> Any:
    import diffusers

    pipeline = getattr(diffusers, class_name).from_pretrained(str(model.folder))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize(
    ("model", "sibling"),
    [(clip_model, "StableDiffusionImg2ImgPipeline"), (sdxl_model, "StableDiffusionXLImg2ImgPipeline")],
)
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_picture_is_drawn_over_as_diffusers_does(
    engine: LocalEngine, tmp_path: Path, model: Callable[[], Model], sibling: str, strength: float
) -> None:
    request = request_on(model(), tmp_path, strength)
    image = Image.open(tmp_path / "start.png")
    plain = load(sibling, request.model)(image=image, **usual_arguments(request)).images[0]
    assert np.array_equal(draw(engine, request), np.asarray(to_picture(plain, premultiplied=False)[0]))


@pytest.mark.parametrize(
    ("model", "sibling"),
    [(clip_model, "StableDiffusionInpaintPipeline"), (sdxl_model, "StableDiffusionXLInpaintPipeline")],
)
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_what_a_mask_marks_is_redrawn_as_diffusers_does_and_the_rest_stays(
    engine: LocalEngine, tmp_path: Path, model: Callable[[], Model], sibling: str, strength: float
) -> None:
    request = request_on(model(), tmp_path, strength, masked=True)
    image, marks = Image.open(tmp_path / "start.png"), Image.open(tmp_path / "mask.png")
    pipeline = load(sibling, request.model)
    arguments = {**usual_arguments(request), "width": 64, "height": 64}
    plain = pipeline(image=image, mask_image=marks, **arguments).images[0]
    expected = np.asarray(to_picture(plain, premultiplied=False)[0])
    drawn = draw(engine, request)
    assert np.array_equal(drawn[:, 32:], expected[:, 32:])
    assert np.array_equal(drawn[:, :32], np.asarray(image)[:, :32])


@torch.inference_mode()
def redraw_sprite(request: ResolvedRequest, marks: torch.Tensor | None) -> Pixels:
    """A sprite drawn over by the components alone; ``marks`` (1, 1, 8, 8) is 1 where it is redrawn."""
    pipeline = load("StableDiffusionPipeline", request.model)
    generator = torch.Generator("cpu").manual_seed(7)
    assert request.inputs.init_image is not None
    assert request.inputs.strength is not None
    straight = np.asarray(Image.open(request.inputs.init_image.path), np.float32) / 255
    straight[..., :3] *= straight[..., 3:]
    planes = torch.from_numpy(np.ascontiguousarray(straight.transpose(2, 0, 1)[None]) * 2 - 1)
    start = pipeline.vae.encode(planes).latent_dist.sample(generator) * pipeline.vae.config.scaling_factor
    noise = torch.randn(start.shape, generator=generator)
    scheduler = pipeline.scheduler
    scheduler.set_timesteps(request.steps)
    skipped = request.steps - int(request.steps * request.inputs.strength)
    timesteps = scheduler.timesteps[skipped:]
    scheduler.set_begin_index(skipped)
    latents = scheduler.add_noise(start, noise, timesteps[:1])
    words, empty = pipeline.encode_prompt(request.resolved_prompt, "cpu", 1, True)
    for step, timestep in enumerate(timesteps):
        doubled = scheduler.scale_model_input(torch.cat([latents] * 2), timestep)
        without, toward = pipeline.unet(doubled, timestep, torch.cat([empty, words])).sample.chunk(2)
        noise_found = without + request.guidance * (toward - without)
        latents = scheduler.step(noise_found, timestep, latents).prev_sample
        if marks is not None:
            last = step == len(timesteps) - 1
            outside = start if last else scheduler.add_noise(start, noise, timesteps[step + 1 : step + 2])
            latents = (1 - marks) * outside + marks * latents
    decoded = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    pixels = (decoded * 0.5 + 0.5).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    return np.asarray(to_picture(pixels, premultiplied=True)[0])


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_a_sprite_is_drawn_over_with_its_transparency(
    engine: LocalEngine, tmp_path: Path, strength: float
) -> None:
    request = request_on(built_in_like(), tmp_path, strength)
    assert np.array_equal(draw(engine, request), redraw_sprite(request, None))


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_part_of_a_sprite_is_redrawn_and_the_rest_stays(
    engine: LocalEngine, tmp_path: Path, strength: float
) -> None:
    request = request_on(built_in_like(), tmp_path, strength, masked=True)
    marks = torch.zeros(1, 1, 8, 8)
    marks[..., 4:] = 1
    drawn, expected = draw(engine, request), redraw_sprite(request, marks)
    assert np.array_equal(drawn[:, 32:], expected[:, 32:])
    assert np.array_equal(drawn[:, :32], np.asarray(Image.open(tmp_path / "start.png"))[:, :32])


@MODELS
def test_a_weaker_strength_keeps_more_and_runs_fewer_steps(
    engine: LocalEngine, tmp_path: Path, model: Callable[[], Model]
) -> None:
    steps = []
    for strength in (0.5, 1.0):
        events = list[Event]()
        draw(engine, request_on(model(), tmp_path, strength), events)
        steps.append(len([event for event in events if isinstance(event, StepDone)]))
    assert steps[0] < steps[1]


@MODELS
def test_the_model_draws_from_words_as_before_afterwards(
    engine: LocalEngine, tmp_path: Path, model: Callable[[], Model]
) -> None:
    plain = resolved_request(model())
    before = draw(engine, plain)
    for masked in (False, True):
        draw(engine, request_on(model(), tmp_path, 0.5, masked))
    assert np.array_equal(draw(engine, plain), before)


def test_siblings_share_the_loaded_components(engine: LocalEngine) -> None:
    pipeline = load("StableDiffusionPipeline", clip_model())
    for masked in (False, True):
        sibling = sibling_of(pipeline, masked)
        assert sibling.unet is pipeline.unet
        assert sibling.vae is pipeline.vae


def test_families_without_a_sibling_say_so() -> None:
    from diffusers import StableDiffusionUpscalePipeline

    pipeline = object.__new__(StableDiffusionUpscalePipeline)
    object.__setattr__(pipeline, "_internal_dict", {})
    for masked, option in ((False, "--init-image"), (True, "--mask")):
        with pytest.raises(InvalidInput, match=option):
            sibling_of(pipeline, masked)


def test_a_mask_finer_than_a_pixel_is_refused(engine: LocalEngine, tmp_path: Path) -> None:
    request = request_on(clip_model(), tmp_path, 1.0, masked=True)
    marks = np.zeros((640, 640), np.uint8)
    marks[0, 0] = 255
    Image.fromarray(marks).save(tmp_path / "mask.png")
    picture(tmp_path / "start.png", size=(640, 640))
    with pytest.raises(InvalidInput, match="less than a pixel"):
        draw(engine, replace(request, output=replace(request.image, size=Size(64, 64))))


@MODELS
@pytest.mark.parametrize("masked", [False, True])
def test_half_precision_draws_nearly_the_same(
    engine: LocalEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: Callable[[], Model],
    masked: bool,
) -> None:
    request = request_on(model(), tmp_path, 0.5, masked)
    single = draw(engine, request)
    monkeypatch.setattr(diffusion, "choose_placement", lambda name: DevicePlacement("cpu", torch.bfloat16))
    half = draw(LocalEngine(), replace(request, resolved_prompt="(cute:1.2) dragon"))
    assert half.shape == single.shape
    assert np.abs(half.astype(int) - single).mean() < 40
