"""Measuring the memory that a picture really took."""

from typing import Any, Protocol

import torch

from audobon_cli.platforms import current


class MemoryMeter(Protocol):
    """Measures the most bytes held between ``begin`` and ``peak_bytes``.

    ``comparable``: whether they are what the forecast predicts.
    """

    comparable: bool

    def begin(self) -> None: ...
    def peak_bytes(self) -> int: ...


class CardMeter:
    """Bytes allocated by PyTorch on a CUDA or ROCm card. ``accelerator`` stands in for ``torch.cuda``."""

    comparable = True

    def __init__(self, device: str, accelerator: Any = None) -> None:
        self._device = torch.device(device)
        self._accelerator = accelerator or torch.cuda

    def begin(self) -> None:
        """Forget the peak so far."""
        self._accelerator.reset_peak_memory_stats(self._device)

    def peak_bytes(self) -> int:
        """Most bytes allocated since ``begin``, once all kernels have run."""
        self._accelerator.synchronize(self._device)
        return int(self._accelerator.max_memory_allocated(self._device))


class ProcessMeter:
    """Resident bytes of this process, interpreter and libraries included; 0 where the system does not tell."""

    comparable = False

    def begin(self) -> None:
        """Forget the peak so far, where the system allows it."""
        current().forget_peak()

    def peak_bytes(self) -> int:
        """The most that was resident."""
        return current().peak_bytes()


def meter_of(device: str) -> MemoryMeter:
    """The meter for a device of that name."""
    return CardMeter(device) if device.startswith("cuda") else ProcessMeter()
