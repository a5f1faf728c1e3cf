"""Seamless textures: a shifted start gives the shifted picture, and the model is as before afterwards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import ignore
from audobon_cli.domain.inputs import ResolvedInputs, TileAxes
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.inputs.seamless import seamless
from tests.tiny_models import (
    clip_folder,
    opaque_model,
    resolved_request,
    sdxl_folder,
    sprite_folder,
    sprite_model,
)


def load(folder: Path) -> Any:
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(str(folder))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(pipeline: Any, latents: torch.Tensor) -> NDArray[np.float32]:
    arguments = {"num_inference_steps": 3, "guidance_scale": 4.0, "output_type": "np"}
    picture: NDArray[np.float32] = pipeline("a cat", latents=latents.clone(), **arguments).images[0]
    return picture


@pytest.mark.parametrize("folder", [sprite_folder, clip_folder, sdxl_folder])
@pytest.mark.parametrize("tile", TileAxes)
def test_shifting_the_start_shifts_the_picture(folder: Callable[[], Path], tile: TileAxes) -> None:
    pipeline = load(folder())
    latents = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(1))
    for axis, name, wraps in ((3, "x", "x" in tile.value), (2, "y", "y" in tile.value)):
        with seamless(pipeline, tile):
            picture, shifted = draw(pipeline, latents), draw(pipeline, latents.roll(4, axis))
        difference = np.abs(np.roll(picture, 32, axis=axis - 2) - shifted).max()
        # In a wrapping direction nothing tells the places apart; the order of sums leaves a trace.
        assert bool(difference < 1e-3) is wraps, (name, difference)


def test_the_model_is_as_before_afterwards() -> None:
    engine, model = LocalEngine(device="cpu"), opaque_model(clip_folder(), "StableDiffusionPipeline")
    plain = resolved_request(model)
    tiled = resolved_request(model, inputs=ResolvedInputs(tile=TileAxes.XY))

    def render(request: Any) -> NDArray[np.uint8]:
        return np.asarray(engine.render(request, 7, 0, ignore, lambda: False).image)

    before, texture = render(plain), render(tiled)
    assert not np.array_equal(before, texture)
    assert np.array_equal(render(plain), before)
    assert np.array_equal(render(tiled), texture)


def test_the_model_is_as_before_after_a_failure() -> None:
    pipeline = load(clip_folder())
    with pytest.raises(KeyError), seamless(pipeline, TileAxes.X):
        raise KeyError
    assert not any("_conv_forward" in vars(module) for module in pipeline.unet.modules())


def test_models_without_a_unet_refuse() -> None:
    class Transformer:
        transformer = vae = object()

    with pytest.raises(InvalidInput, match="UNet"), seamless(Transformer(), TileAxes.X):
        pass


def test_a_sprite_can_tile_too() -> None:
    engine = LocalEngine(device="cpu")
    request = resolved_request(sprite_model(sprite_folder()), inputs=ResolvedInputs(tile=TileAxes.X))
    assert engine.render(request, 7, 0, ignore, lambda: False).image.mode == "RGBA"
