"""What this machine has: processors, memory, graphics cards. Never raises, decides nothing."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.hardware.amd import SYSFS, amd_gpus
from audobon_cli.hardware.gpu import Gpu, GpuKind
from audobon_cli.hardware.nvidia import nvidia_gpus

__all__ = ["Gpu", "GpuKind", "Machine", "graphics_cards", "nvidia_gpus", "probe", "usable_cpus"]

APPLE_SHARE = 0.7
"""Of a Mac's memory, what Metal lets a program use by default: two thirds to three quarters."""
MEMORY_FILE = Path("/proc/meminfo")


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
    memory = _memory_bytes()
    return Machine(
        system=platform.platform(terse=True),
        python=platform.python_version(),
        cpus=usable_cpus(),
        memory_bytes=memory,
        gpus=graphics_cards(),
        available_bytes=_available_bytes(MEMORY_FILE) or memory,
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
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _available_bytes(file: Path) -> int:
    """MemAvailable of Linux's /proc/meminfo; 0 elsewhere."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, UnicodeDecodeError, StopIteration, IndexError, ValueError):
        return 0
