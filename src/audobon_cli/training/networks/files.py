"""The files of what was trained: a LoRA's weights under diffusers' names and under kohya-ss' names; an embedding's
vectors as everybody names them.

Values are the averaged weights, in float32 up to MOST_WHOLE numbers and in float16 beyond. Nothing in a file varies
between identical runs: there is no time in it.
"""

import hashlib
from collections.abc import Mapping

import torch
from safetensors.torch import save
from torch import Tensor

from audobon_cli.media.weights.header import in_order
from audobon_cli.training.networks.adapters import LoraLayers
from audobon_cli.training.networks.trainable import TrainableModel
from audobon_cli.training.networks.trained_weights import TrainedWeights, Values
from audobon_cli.training.settings import EMBEDDING

MOST_WHOLE = 8_000_000
"""Numbers that are written whole: 32 MB. Larger LoRAs are half precision, as everybody's are."""
HASH = "modelspec.hash_sha256"
DIFFUSERS, KOHYA = "diffusers", "kohya"


def file_tensors(
    trainable: TrainableModel, trained: TrainedWeights, values: Values
) -> dict[str, dict[str, Tensor]]:
    """The tensors of each file by what the file is called, the one that is filed first: ``diffusers`` and ``kohya`` of
    a LoRA, ``embedding`` of an embedding."""
    if not isinstance(trained, LoraLayers):
        return {EMBEDDING: dict(values)}
    return {
        DIFFUSERS: diffusers_tensors(trained, values),
        KOHYA: kohya_tensors(trainable, trained, values),
    }


def diffusers_tensors(layers: LoraLayers, values: Values) -> dict[str, Tensor]:
    """``values`` as diffusers and peft name them; alpha / rank is multiplied in, so that no reader needs to know it."""
    tensors: dict[str, Tensor] = {}
    for one in layers.layers:
        tensors[f"{one.file_name}.lora_A.weight"] = values[f"{one.name}.lora_A"]
        tensors[f"{one.file_name}.lora_B.weight"] = values[f"{one.name}.lora_B"] * (one.alpha / one.rank)
    return tensors


def kohya_tensors(trainable: TrainableModel, layers: LoraLayers, values: Values) -> dict[str, Tensor]:
    """``values`` as kohya-ss' sd-scripts name them, with alpha.

    Where several layers are one there, its first factor has theirs below each other, its second theirs along the
    diagonal; rank and alpha are the sums, so that their ratio stays.
    """
    tensors: dict[str, Tensor] = {}
    by_layer = {(one.component, one.layer): one for one in layers.layers}
    for component, network in trainable.networks.items():
        own = [layer for which, layer in by_layer if which == component]
        for group in trainable.kohya_groups(component, own):
            members = [by_layer.get((component, part)) for part in group.parts]
            down = [values[f"{one.name}.lora_A"] for one in members if one is not None]
            alpha = sum(one.alpha for one in members if one is not None)
            up = [
                values[f"{one.name}.lora_B"] if one is not None else _untrained(network, part, down[0])
                for one, part in zip(members, group.parts, strict=True)
            ]
            tensors[f"{group.name}.lora_down.weight"] = torch.cat(down) if len(down) > 1 else down[0]
            tensors[f"{group.name}.lora_up.weight"] = _diagonal(up)
            tensors[f"{group.name}.alpha"] = torch.tensor(float(alpha))
    return tensors


def _diagonal(blocks: list[Tensor]) -> Tensor:
    """``blocks`` (rows, columns) along the diagonal, 0 elsewhere; one alone as it is, a convolution's too."""
    if len(blocks) == 1:
        return blocks[0]
    whole: Tensor = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return whole


def _untrained(network: torch.nn.Module, layer: str, like: Tensor) -> Tensor:
    """No columns, and the rows of the outputs of ``layer``."""
    rows = network.get_submodule(layer).out_features
    return like.new_zeros((int(rows), 0))  # type: ignore[arg-type]


def written(tensors: Mapping[str, Tensor], facts: Mapping[str, str]) -> bytes:
    """``tensors`` as a safetensors file with ``facts`` in its header, and the digest of the tensors."""
    whole = sum(value.numel() for value in tensors.values()) <= MOST_WHOLE
    kind = torch.float32 if whole else torch.float16
    ready = {name: tensors[name].detach().cpu().to(kind).contiguous() for name in sorted(tensors)}
    digest = hashlib.sha256()
    for value in ready.values():
        digest.update(value.numpy().tobytes())
    return in_order(save(ready, {**facts, HASH: f"0x{digest.hexdigest()}"}))
