"""What this machine has: processors, memory, graphics cards. Never raises, decides nothing."""

import platform
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.hardware.amd import SYSFS, amd_gpus
from audobon_cli.hardware.gpu import Gpu, GpuKind
from audobon_cli.hardware.nvidia import nvidia_gpus
from audobon_cli.platforms import current

__all__ = [
    "Gpu",
    "GpuKind",
    "Machine",
    "available_bytes",
    "graphics_cards",
    "nvidia_gpus",
    "probe",
    "usable_cpus",
]

APPLE_SHARE = 0.7
"""Of a Mac's memory, what Metal lets a program use by default: two thirds to three quarters."""


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine; ``memory_bytes`` is physical memory, ``available_bytes`` what programs can still take of
    it; both 0 where the platform does not say."""

    system: str
    python: str
    cpus: int
    memory_bytes: int
    gpus: tuple[Gpu, ...]
    available_bytes: int = 0


def probe() -> Machine:
    """Look at the machine; takes a few milliseconds."""
    return Machine(
        system=platform.platform(terse=True),
        python=platform.python_version(),
        cpus=usable_cpus(),
        memory_bytes=_memory_bytes(),
        gpus=graphics_cards(),
        available_bytes=available_bytes(),
    )


def graphics_cards(sysfs: Path = SYSFS) -> tuple[Gpu, ...]:
    """All cards that PyTorch could use: NVIDIA's, AMD's, and Apple's own."""
    return (*nvidia_gpus(), *amd_gpus(sysfs), *apple_gpus())


def apple_gpus() -> tuple[Gpu, ...]:
    """The graphics processor of a Mac with Apple's chip, which shares the machine's memory."""
    if platform.system() != "Darwin" or platform.machine() != "arm64":
        return ()
    total = int(_memory_bytes() * APPLE_SHARE)
    return (Gpu("Apple GPU", total, total, platform.mac_ver()[0], GpuKind.APPLE),)


def usable_cpus() -> int:
    """Processors that this process may use."""
    return current().usable_cpus()


def available_bytes() -> int:
    """Memory that programs can still take; all of it where the platform does not say, 0 where it does not say that."""
    return current().available_bytes() or _memory_bytes()


def _memory_bytes() -> int:
    return current().memory_bytes()
