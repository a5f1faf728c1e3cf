"""The weights of a model's folder, read and written back changed."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

Key = tuple[str, str]
"""A component and a tensor in it."""


def read_weights(folder: Path) -> dict[Key, Tensor]:
    """All of the denoiser and the text encoders."""
    found: dict[Key, Tensor] = {}
    for file in _files(folder):
        found |= {(file.parent.name, name): tensor for name, tensor in load_file(file).items()}
    return found


def changed_model(folder: Path, changed: Mapping[Key, Tensor], target: Path) -> Path:
    """A copy of the model in ``folder`` with these weights."""
    shutil.copytree(folder, target)
    for file in _files(target):
        with safe_open(file, framework="pt") as opened:
            metadata = opened.metadata()
        tensors = load_file(file)
        component = file.parent.name
        ours = {
            name: weight for (part, name), weight in changed.items() if part == component and name in tensors
        }
        for name, weight in ours.items():
            assert tensors[name].shape == weight.shape, (component, name)
            tensors[name] = weight.to(tensors[name].dtype).contiguous()
        if ours:
            save_file({name: torch.clone(tensor) for name, tensor in tensors.items()}, file, metadata)
    return target


def _files(folder: Path) -> list[Path]:
    return [
        file
        for part in sorted(folder.iterdir())
        if part.name in ("unet", "transformer") or part.name.startswith("text_encoder")
        for file in sorted(part.glob("*.safetensors"))
    ]
