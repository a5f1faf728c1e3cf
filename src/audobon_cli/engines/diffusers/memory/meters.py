"""Measuring the memory that a picture really took."""

from pathlib import Path
from typing import Any, Protocol

import torch

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


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
    """Resident bytes of this process, interpreter and libraries included; 0 where /proc does not tell."""

    comparable = False

    def begin(self) -> None:
        """Forget the peak so far, where the system allows it."""
        try:
            CLEAR.write_text("5")
        except OSError:
            return

    def peak_bytes(self) -> int:
        """VmHWM: the high-water mark of the resident set."""
        try:
            lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return 0
        marks = [line.split() for line in lines if line.startswith("VmHWM:")]
        return int(marks[0][1]) * 1024 if marks else 0


def meter_of(device: str) -> MemoryMeter:
    """The meter for a device of that name."""
    return CardMeter(device) if device.startswith("cuda") else ProcessMeter()
