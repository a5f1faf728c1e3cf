"""The models in memory: several while there is room, the one not used for longest leaves first."""

from collections import OrderedDict
from typing import Generic, TypeVar

import torch

from audobon_cli.platforms import current

Key = TypeVar("Key")
Kept = TypeVar("Kept")

SPARE_BYTES = 2**30
"""Left free for what drawing a picture takes besides the weights. Too little is no loss: when memory runs
out while drawing, the other models leave and the picture is drawn again."""


class ModelCache(Generic[Key, Kept]):
    """Loaded models by key, on one device."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._kept: OrderedDict[Key, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """The model under ``key``, which now is the last used; None if it is not loaded."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Key, model: Kept) -> None:
        """Keep ``model``."""
        self._kept[key] = model

    def make_room(self, needed_bytes: int) -> None:
        """Let models go, those not used for longest first, until ``needed_bytes`` are free beside SPARE_BYTES.

        Where the device does not tell what is free, all go.
        """
        while self._kept and free_bytes(self._device) < needed_bytes + SPARE_BYTES:
            self._kept.popitem(last=False)
            _hand_back(self._device)

    def drop(self, *keys: Key) -> None:
        """Let the models under ``keys`` go."""
        for key in keys:
            self._kept.pop(key, None)
        _hand_back(self._device)

    def loaded(self) -> tuple[Key, ...]:
        """The keys of what is loaded, the last used last."""
        return tuple(self._kept)

    def drop_others(self, key: Key) -> bool:
        """Let all models but that under ``key`` go; whether there were any."""
        others = [other for other in self._kept if other != key]
        for other in others:
            del self._kept[other]
        _hand_back(self._device)
        return bool(others)


def free_bytes(device: str) -> int:
    """Bytes that can still be allocated on ``device``; 0 where that is not known."""
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free) + int(cached)
    if device == "mps":
        return int(torch.mps.recommended_max_memory()) - int(torch.mps.driver_allocated_memory())
    return _free_memory()


def _free_memory() -> int:
    """Main memory that programs can get without anything being swapped out."""
    # Where the system does not tell: half of what is built in.
    return current().available_bytes() or current().memory_bytes() // 2


def _hand_back(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
