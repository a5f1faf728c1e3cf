"""A graphics card as its driver describes it."""

from enum import StrEnum

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.units import format_bytes


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
    busy_percent: int | None = None
    """Of the last moments (a sixth of a second to a second), in how many it computed."""


def describe_gpu(gpu: Gpu) -> str:
    """A card in one line: memory, driver, temperature, power, and who else holds memory on it."""
    facts = [f"{gpu.name}, {format_bytes(gpu.free_bytes)} of {format_bytes(gpu.total_bytes)} free"]
    if gpu.driver:
        facts.append(f"driver {gpu.driver}")
    if gpu.temperature_celsius is not None:
        facts.append(f"{gpu.temperature_celsius} °C")
    if gpu.power_watts is not None:
        facts.append(f"{gpu.power_watts:.0f} W")
    if gpu.processes:
        held = sum(process.memory_bytes or 0 for process in gpu.processes)
        programs = (
            "1 other program holds"
            if len(gpu.processes) == 1
            else f"{len(gpu.processes)} other programs hold"
        )
        facts.append(f"{programs} {format_bytes(held)}")
    return ", ".join(facts)
