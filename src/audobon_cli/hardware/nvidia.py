"""NVIDIA cards, through NVML. Never raises."""

import os
from collections.abc import Callable
from typing import TypeVar

from audobon_cli.hardware.gpu import Gpu, GpuProcess

T = TypeVar("T")
ABSENT = 2**64 - 1
"""NVML_VALUE_NOT_AVAILABLE, where a binding passes it on as a number."""


def nvidia_gpus() -> tuple[Gpu, ...]:
    """The NVIDIA cards; none where there is no driver, or where it does not tell name and memory."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError, OSError):
        return ()
    try:
        count = _query(pynvml.nvmlDeviceGetCount) or 0
        found = (_gpu(index) for index in range(count))
        return tuple(gpu for gpu in found if gpu is not None)
    finally:
        _query(pynvml.nvmlShutdown)


def _gpu(index: int) -> Gpu | None:
    import pynvml

    handle = _query(lambda: pynvml.nvmlDeviceGetHandleByIndex(index))
    memory = _query(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle)) if handle is not None else None
    name = _query(lambda: str(pynvml.nvmlDeviceGetName(handle))) if handle is not None else None
    if memory is None or name is None:
        return None
    sensor = pynvml.NVML_TEMPERATURE_GPU
    milliwatts = _query(lambda: int(pynvml.nvmlDeviceGetPowerUsage(handle)))
    return Gpu(
        name,
        int(memory.total),
        int(memory.free),
        _query(lambda: str(pynvml.nvmlSystemGetDriverVersion())) or "",
        temperature_celsius=_query(lambda: int(pynvml.nvmlDeviceGetTemperature(handle, sensor))),
        power_watts=None if milliwatts is None else milliwatts / 1000,
        processes=_processes(handle),
        busy_percent=_query(lambda: int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)),
    )


def _processes(handle: object) -> tuple[GpuProcess, ...]:
    """Other programs with memory on the card; empty where the driver hides them (containers, Windows)."""
    import pynvml

    found: dict[int, int | None] = {}
    for ask in (pynvml.nvmlDeviceGetComputeRunningProcesses, pynvml.nvmlDeviceGetGraphicsRunningProcesses):
        for process in _query(lambda ask=ask: ask(handle)) or ():  # type: ignore[misc]
            used = process.usedGpuMemory
            known = used is not None and used != ABSENT
            found[int(process.pid)] = int(used) if known else found.get(int(process.pid))
    found.pop(os.getpid(), None)
    return tuple(GpuProcess(pid, used) for pid, used in sorted(found.items()))


def _query(question: Callable[[], T]) -> T | None:
    """The driver's answer; None when it has none, or when its library lacks the function."""
    import pynvml

    try:
        return question()
    except (pynvml.NVMLError, OSError, AttributeError, ValueError, UnicodeDecodeError):
        return None
