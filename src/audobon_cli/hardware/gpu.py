"""A graphics card as its driver describes it."""

from dataclasses import dataclass
from enum import StrEnum


class GpuKind(StrEnum):
    """Which of PyTorch's backends drives the card."""

    NVIDIA = "nvidia"
    AMD = "amd"
    APPLE = "apple"


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A program that holds memory on a card; ``memory_bytes`` None where the driver does not say."""

    pid: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Gpu:
    """A card; memory in bytes. What a driver does not tell is None, or empty.

    ``processes`` are those of others: this one is left out.
    """

    name: str
    total_bytes: int
    free_bytes: int
    driver: str
    kind: GpuKind = GpuKind.NVIDIA
    temperature_celsius: int | None = None
    power_watts: float | None = None
    processes: tuple[GpuProcess, ...] = ()
