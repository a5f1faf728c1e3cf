"""Machines of Vertex AI's training jobs (cloud.google.com/vertex-ai/docs/training/configure-compute)."""

from dataclasses import dataclass, replace

from audobon_cli.cloud.prices import CloudMachine
from audobon_cli.domain.errors import InvalidInput

ACCELERATORS = {
    "T4": "NVIDIA_TESLA_T4",
    "L4": "NVIDIA_L4",
    "A100": "NVIDIA_TESLA_A100",
    "A100-80GB": "NVIDIA_A100_80GB",
}
"""Cards as Vertex AI calls them."""
QUOTAS = {"T4": "t4", "L4": "l4", "A100": "a100", "A100-80GB": "a100_80gb"}
"""Cards as the names of quotas have them, between ``custom_model_training_nvidia_`` and ``_gpus``."""


@dataclass(frozen=True, slots=True)
class MachineType:
    """A machine that can be had, with one of ``cards`` ("": without one)."""

    name: str
    vcpus: int
    memory_gib: int
    cards: tuple[str, ...]


TYPES = (
    *(MachineType(f"n1-standard-{size}", size, size * 15 // 4, ("", "T4")) for size in (4, 8, 16, 32)),
    *(MachineType(f"g2-standard-{size}", size, size * 4, ("L4",)) for size in (4, 8, 12, 16, 32)),
    MachineType("a2-highgpu-1g", 12, 85, ("A100",)),
    MachineType("a2-ultragpu-1g", 12, 170, ("A100-80GB",)),
)
"""By size within each card."""


def type_for(machine: CloudMachine) -> MachineType:
    """The smallest machine that is at least ``machine``. Raises InvalidInput where there is none."""
    if machine.gpu and machine.gpu not in ACCELERATORS:
        raise InvalidInput(
            f"Runs are not trained on {machine.gpu} on Vertex AI.",
            hint=f"give --gpu with one of {', '.join(ACCELERATORS)}",
        )
    if machine.gpus != 1:
        raise InvalidInput("A run is trained on one card.", hint="give --gpu alone")
    fitting = [one for one in TYPES if machine.gpu in one.cards]
    for one in fitting:
        if one.vcpus >= machine.vcpus and one.memory_gib >= machine.memory_gib:
            return one
    most = fitting[-1]
    raise InvalidInput(
        f"Vertex AI has no machine with {machine.name}.",
        hint=f"give at most --cpus {most.vcpus} --memory {most.memory_gib}GiB",
    )


def whole_machine(machine: CloudMachine) -> CloudMachine:
    """``machine`` with all that its machine type has, which is what is billed. Raises InvalidInput as `type_for`."""
    found = type_for(machine)
    return replace(machine, vcpus=float(found.vcpus), memory_gib=float(found.memory_gib))


def machine_named(name: str, accelerator: str, spot: bool) -> CloudMachine:
    """The machine of a job's document; one that is not in the table is told by its card alone."""
    card = next((card for card, known in ACCELERATORS.items() if known == accelerator), accelerator)
    found = next((one for one in TYPES if one.name == name), None)
    if found is None:
        return CloudMachine(gpu=card, spot=spot)
    return CloudMachine(float(found.vcpus), float(found.memory_gib), card, spot=spot)
