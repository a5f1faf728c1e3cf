"""What this machine has: processors, memory, NVIDIA cards. Never raises, decides nothing."""

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gpu:
    """An NVIDIA card as its driver describes it; memory in bytes."""

    name: str
    total_bytes: int
    free_bytes: int
    driver: str


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine; ``memory_bytes`` is physical memory, 0 where the platform does not say."""

    system: str
    python: str
    cpus: int
    memory_bytes: int
    gpus: tuple[Gpu, ...]


def probe() -> Machine:
    """Look at the machine; takes a few milliseconds."""
    return Machine(
        system=platform.platform(terse=True),
        python=platform.python_version(),
        cpus=usable_cpus(),
        memory_bytes=_memory_bytes(),
        gpus=nvidia_gpus(),
    )


def usable_cpus() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def nvidia_gpus() -> tuple[Gpu, ...]:
    """The NVIDIA cards, through NVML; none where there is no driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_gpu(index) for index in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError:
        return ()
    finally:
        pynvml.nvmlShutdown()


def _gpu(index: int) -> Gpu:
    import pynvml

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return Gpu(
        str(pynvml.nvmlDeviceGetName(handle)),
        int(memory.total),
        int(memory.free),
        str(pynvml.nvmlSystemGetDriverVersion()),
    )


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
