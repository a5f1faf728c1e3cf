"""The files of a trained LoRA: the same weights under diffusers' names and under kohya-ss' names.

Values are the averaged weights, in float32 up to MOST_WHOLE numbers and in float16 beyond. Nothing in a file varies
between identical runs: there is no time in it.
"""

import hashlib
from collections.abc import Mapping

import torch
from safetensors.torch import save
from torch import Tensor

from audobon_cli.training.networks.adapters import LoraLayers, Values
from audobon_cli.training.networks.trainable import TrainableModel

MOST_WHOLE = 8_000_000
"""Numbers that are written whole: 32 MB. Larger LoRAs are half precision, as everybody's are."""
HASH = "modelspec.hash_sha256"
DIFFUSERS, KOHYA = "diffusers", "kohya"


def diffusers_tensors(layers: LoraLayers, values: Values) -> dict[str, Tensor]:
    """``values`` as diffusers and peft name them; alpha / rank is multiplied in, so that no reader needs to know it."""
    tensors: dict[str, Tensor] = {}
    for one in layers.layers:
        tensors[f"{one.name}.lora_A.weight"] = values[f"{one.name}.lora_A"]
        tensors[f"{one.name}.lora_B.weight"] = values[f"{one.name}.lora_B"] * (one.alpha / one.rank)
    return tensors


def kohya_tensors(trainable: TrainableModel, layers: LoraLayers, values: Values) -> dict[str, Tensor]:
    """``values`` as kohya-ss' sd-scripts name them, with alpha."""
    tensors: dict[str, Tensor] = {}
    for one in layers.layers:
        name = trainable.kohya_name(one.component, one.layer)
        tensors[f"{name}.lora_down.weight"] = values[f"{one.name}.lora_A"]
        tensors[f"{name}.lora_up.weight"] = values[f"{one.name}.lora_B"]
        tensors[f"{name}.alpha"] = torch.tensor(one.alpha)
    return tensors


def written(tensors: Mapping[str, Tensor], facts: Mapping[str, str]) -> bytes:
    """``tensors`` as a safetensors file with ``facts`` in its header, and the digest of the tensors."""
    whole = sum(value.numel() for value in tensors.values()) <= MOST_WHOLE
    kind = torch.float32 if whole else torch.float16
    ready = {name: tensors[name].detach().cpu().to(kind).contiguous() for name in sorted(tensors)}
    digest = hashlib.sha256()
    for value in ready.values():
        digest.update(value.numpy().tobytes())
    return save(ready, {**facts, HASH: f"0x{digest.hexdigest()}"})
