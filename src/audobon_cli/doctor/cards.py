"""Whether PyTorch, the driver and the card fit each other. Reads PyTorch's version file; PyTorch is not imported."""

import importlib.util
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.hardware.gpu import Gpu, GpuKind

OLDEST_DRIVERS = {11: 450, 12: 525, 13: 580}
"""NVIDIA's oldest driver branch for each major version of CUDA (docs.nvidia.com/deploy/cuda-compatibility, "Minor
version compatibility", read 2026-11)."""
GET_TORCH = "install a build for your card: pytorch.org/get-started/locally"


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """What PyTorch was built for: versions of CUDA and ROCm, "" where it was not."""

    version: str
    cuda: str
    rocm: str


def torch_build() -> TorchBuild | None:
    """Of the PyTorch that is installed; None where there is none, or its version file cannot be read."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return None
    try:
        text = Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return None

    def value(name: str) -> str:
        match = re.search(rf"^{name}\b[^=\n]*= *['\"]([^'\"]*)['\"]", text, re.MULTILINE)
        return match[1] if match else ""

    return TorchBuild(value("__version__"), value("cuda"), value("hip"))


def mismatches(gpus: Sequence[Gpu], build: TorchBuild) -> Iterator[tuple[str, str]]:
    """What keeps cards from being used, each with what to do."""
    for gpu in gpus:
        if gpu.kind is GpuKind.NVIDIA and not build.cuda:
            yield f"{gpu.name} is not used: torch {build.version} is built without CUDA", GET_TORCH
        elif gpu.kind is GpuKind.AMD and not build.rocm:
            yield f"{gpu.name} is not used: torch {build.version} is built without ROCm", GET_TORCH
        elif gpu.kind is GpuKind.NVIDIA:
            oldest = OLDEST_DRIVERS.get(_major(build.cuda), 0)
            if 0 < _major(gpu.driver) < oldest:
                yield (
                    f"{gpu.name} has driver {gpu.driver}; torch {build.version} is built for CUDA {build.cuda}, which "
                    f"needs {oldest} or newer",
                    "update the driver, or " + GET_TORCH,
                )


def _major(version: str) -> int:
    match = re.match(r"\d{1,6}", version)
    return int(match[0]) if match else 0
