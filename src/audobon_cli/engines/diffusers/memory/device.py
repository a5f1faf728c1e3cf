"""Where a model runs and in which number format."""

from dataclasses import dataclass

import torch

from audobon_cli.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class DevicePlacement:
    """A device ("cpu", "cuda:1", "mps") and the floating-point type of the weights on it."""

    device: str
    dtype: torch.dtype

    @property
    def kind(self) -> str:
        """The class of device, without its number."""
        return self.device.partition(":")[0]

    @property
    def dtype_name(self) -> str:
        """The type's name without torch's prefix: "float32"."""
        return str(self.dtype).removeprefix("torch.")

    def for_model(self, float16: bool) -> "DevicePlacement":
        """The placement of a model that bears float16's range or (false) does not: it gets float32 instead."""
        return (
            DevicePlacement(self.device, torch.float32)
            if self.dtype is torch.float16 and not float16
            else self
        )


def available_devices() -> tuple[str, ...]:
    """The names that ``choose_placement`` accepts here, best first."""
    names: list[str] = []
    if torch.cuda.is_available():
        names += ["cuda", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        names.append("mps")
    return (*names, "cpu")


def choose_placement(name: str | None = None) -> DevicePlacement:
    """The device called ``name``, or the best one here: CUDA, then Apple's MPS, then the CPU.

    Weights are bfloat16 on CUDA where the GPU has it natively (Ampere and later: float32's range, so
    nothing overflows), else float16; float16 on MPS; float32 on the CPU, where half precision is slower
    and pictures would differ between processors. Raises InvalidInput for a device that is not here.
    """
    available = available_devices()
    chosen = available[0] if name is None else name.strip().lower()
    if chosen not in available:
        raise InvalidInput(
            f"There is no device {name!r} here.",
            hint=f"use one of: {', '.join(available)}, or none to take the best",
            available=list(available),
        )
    return DevicePlacement(chosen, _best_dtype(chosen))


def _best_dtype(device: str) -> torch.dtype:
    kind = device.partition(":")[0]
    if kind == "cuda":
        # Asked of the device's capability: torch.cuda.is_bf16_supported() counts emulation as support.
        major, _ = torch.cuda.get_device_capability(torch.device(device))
        return torch.bfloat16 if major >= 8 else torch.float16
    return torch.float16 if kind == "mps" else torch.float32
