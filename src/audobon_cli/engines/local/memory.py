"""Telling a device that is out of memory from everything else that can go wrong on it."""

import torch

from audobon_cli.domain.errors import OutOfMemory

OUT_OF_MEMORY_WORDS = ("can't allocate memory", "out of memory", "not enough memory")
"""What torch's CPU allocator and the MPS backend say in a plain RuntimeError."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` is one of the ways in which torch or Python report that memory is used up."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in OUT_OF_MEMORY_WORDS)


def out_of_memory(device: str, doing: str) -> OutOfMemory:
    """The error to raise; cached blocks are handed back first, so that a smaller run can follow."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
    elsewhere = "" if device == "cpu" else ", or run on the CPU with `--device cpu`"
    return OutOfMemory(
        f"The device {device} ran out of memory while {doing}.",
        hint=f"close other programs, ask for a smaller --size or choose a smaller model{elsewhere}",
        device=device,
    )
