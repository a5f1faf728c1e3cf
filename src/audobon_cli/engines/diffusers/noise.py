"""Starting noise that depends on the seed alone: not on the device, the number format or the batch."""

import functools
import inspect
from typing import Any

import torch


def seed_generator(seed: int) -> torch.Generator:
    """A CPU generator in the state that ``seed`` gives; diffusers draws on it whatever the device."""
    return torch.Generator("cpu").manual_seed(seed)


def draw_in_float32(pipeline: Any) -> None:
    """Make ``pipeline`` draw its latents as float32 on the CPU and only then convert and move them.

    Diffusers draws in the weights' own type, and torch gives other numbers for half precision: the same
    seed would be another picture on a GPU. A float32 pipeline on the CPU draws so by itself.
    """
    prepare = getattr(pipeline, "prepare_latents", None)
    if prepare is None:
        return
    signature = inspect.signature(prepare)
    if not {"dtype", "device", "generator"} <= set(signature.parameters):
        return

    @functools.wraps(prepare)
    def prepare_latents(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        device, dtype = bound.arguments["device"], bound.arguments["dtype"]
        bound.arguments.update(device=torch.device("cpu"), dtype=torch.float32)
        drawn = prepare(*bound.args, **bound.kwargs)
        if isinstance(drawn, tuple):
            return tuple(_place(part, device, dtype) for part in drawn)
        return _place(drawn, device, dtype)

    pipeline.prepare_latents = prepare_latents


def _place(part: Any, device: torch.device, dtype: torch.dtype) -> Any:
    if not isinstance(part, torch.Tensor):
        return part
    return part.to(device=device, dtype=dtype if part.is_floating_point() else part.dtype)
