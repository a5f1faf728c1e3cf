"""Seamless textures: convolutions that wrap around instead of seeing an edge, for UNets and their decoders."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.inputs import TileAxes

Forward = Callable[[torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]


def can_tile(pipeline: Any) -> bool:
    """Whether what draws is a network of convolutions alone knows edges by: a UNet.

    Transformers cut a picture into patches with places of their own, which have no neighbour beyond the edge.
    """
    return getattr(pipeline, "unet", None) is not None and getattr(pipeline, "vae", None) is not None


@contextmanager
def seamless(pipeline: Any, tile: TileAxes | None) -> Iterator[None]:
    """Within it every convolution of ``pipeline``'s UNet and autoencoder wraps around along ``tile``.

    Then a shifted start gives the shifted picture, so its opposite sides fit together. Afterwards the
    networks are as before. Raises InvalidInput for pipelines without a UNet.
    """
    if tile is None:
        yield
        return
    if not can_tile(pipeline):
        raise InvalidInput(
            f"--tile works with models that draw by a UNet; {type(pipeline).__name__} has none.",
            hint="use a Stable Diffusion 1.5 or SDXL model, or leave out --tile",
        )
    changed = [
        module
        for network in (pipeline.unet, pipeline.vae)
        for module in network.modules()
        if isinstance(module, torch.nn.Conv2d) and isinstance(module.padding, tuple) and any(module.padding)
    ]
    try:
        for module in changed:
            module._conv_forward = _wrapping(module, tile)  # type: ignore[method-assign, assignment]
        yield
    finally:
        for module in changed:
            # The method of the class shows again.
            module.__dict__.pop("_conv_forward", None)


def _wrapping(module: torch.nn.Conv2d, tile: TileAxes) -> Forward:
    """``module``'s convolution with circular padding along ``tile`` and zeros along the other axis."""
    assert isinstance(module.padding, tuple)
    down, across = module.padding
    wide = (across, across, 0, 0)
    high = (0, 0, down, down)

    def forward(pixels: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        pixels = functional.pad(pixels, wide, mode="circular" if "x" in tile.value else "constant")
        pixels = functional.pad(pixels, high, mode="circular" if "y" in tile.value else "constant")
        return functional.conv2d(pixels, weight, bias, module.stride, (0, 0), module.dilation, module.groups)

    return forward
