"""Text encoders on a processor that has little memory left: their weights go while pictures are drawn.

They are often the largest part of a model and run once a prompt. What was encoded is kept (see EmbeddingCache), so the
weights are read again only for another text. On cards, strategies that offload do this better.
"""

from collections.abc import Callable
from typing import Any

import torch

from audobon_cli.engines.diffusers.memory.strategies import denoiser_of
from audobon_cli.platforms import current

LoadPart = Callable[[str], torch.nn.Module]
"""Reads a component of the model anew, by its name. May raise what loading the model raises."""


class TextEncoders:
    """The text encoders of ``pipeline``: released when the denoiser begins while less memory is free than they take,
    and read again by ``load`` when one of them is called."""

    def __init__(self, pipeline: Any, load: LoadPart) -> None:
        self._load = load
        self._encoders = {
            name: part
            for name, part in pipeline.components.items()
            if name.startswith("text_encoder") and isinstance(part, torch.nn.Module)
        }
        self._released: set[str] = set()
        denoiser = denoiser_of(pipeline)
        self._hooks = [
            part.register_forward_pre_hook(lambda *_, name=name: self._restore(name))
            for name, part in self._encoders.items()
        ]
        if denoiser is not None:
            self._hooks.append(denoiser.register_forward_pre_hook(lambda *_: self._release_if_short()))

    @property
    def size_bytes(self) -> int:
        """What those that are in memory take of it."""
        held = [part for name, part in self._encoders.items() if name not in self._released]
        return sum(weight.numel() * weight.element_size() for part in held for weight in part.parameters())

    def keep(self) -> None:
        """Have them in memory now, and from now on: for what changes them."""
        for name in tuple(self._released):
            self._restore(name)
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _release_if_short(self) -> None:
        size, available = self.size_bytes, current().available_bytes()
        if not size or not available or available >= size:
            return
        for name, part in self._encoders.items():
            self._released.add(name)
            for weight in part.parameters():
                weight.data = weight.data.new_empty(0)

    def _restore(self, name: str) -> None:
        if name not in self._released:
            return
        fresh = self._load(name)
        for weight, again in zip(self._encoders[name].parameters(), fresh.parameters(), strict=True):
            weight.data = again.data
        self._released.discard(name)
