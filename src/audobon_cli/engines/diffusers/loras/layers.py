"""The layers of networks that LoRAs can change, and what of them the arithmetic needs."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from audobon_cli.engines.diffusers.loras.differences import (
    Difference,
    Kronecker,
    LowRank,
    apply_kronecker,
)

FLOATS = (torch.float32, torch.float16, torch.bfloat16)
"""Types that weights are both kept and computed in."""

RMS_NORMS = ("RMSNorm", "T5LayerNorm")
"""Ends of the names of classes that divide by the root of the mean square and multiply by a weight."""


def changeable_layers(network: Any) -> Iterator[tuple[str, torch.nn.Module]]:
    """The layers of ``network`` whose outputs are linear in their weight, by name."""
    for name, module in network.named_modules():
        kinds = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.LayerNorm, torch.nn.GroupNorm, torch.nn.Embedding)
        if (isinstance(module, kinds) or _is_rms_norm(module)) and getattr(
            module, "weight", None
        ) is not None:
            yield name, module


def outputs_of(module: torch.nn.Module) -> int:
    """How many outputs, the rows of its weight, the layer has."""
    return weight_shape(module)[0]


def weight_shape(module: Any) -> torch.Size:
    """The shape of the layer's weight, also where it is packed."""
    if isinstance(module, torch.nn.Linear):
        return torch.Size((module.out_features, module.in_features))
    return torch.Size(module.weight.shape)


def plain_weight(module: Any) -> Tensor:
    """The layer's weight in float32, unpacked."""
    weight = module.weight
    if hasattr(weight, "quant_type") and hasattr(weight, "quant_shape"):
        from diffusers.quantizers.gguf.utils import dequantize_gguf_tensor

        return dequantize_gguf_tensor(weight).float()  # type: ignore[no-any-return]
    if weight.dtype in (torch.int8, torch.uint8):
        from peft.utils.integrations import dequantize_module_weight

        return dequantize_module_weight(module).float()  # type: ignore[no-any-return]
    return weight.detach().float()  # type: ignore[no-any-return]


def contribution(difference: Difference, module: Any, states: Tensor) -> Tensor:
    """What ``difference`` adds to the outputs of ``module`` for ``states``: the layer's own computation with the
    difference in place of its weight, and without bias."""
    linear, convolution = isinstance(module, torch.nn.Linear), isinstance(module, torch.nn.Conv2d)
    if isinstance(difference, LowRank) and difference.mid is None:
        if linear:
            down, up = difference.down.flatten(1), difference.up.flatten(1)
            return functional.linear(functional.linear(states.to(down.dtype), down), up)
        if convolution and module.groups == 1 and difference.down.shape[1:] == module.weight.shape[1:]:
            states = module._conv_forward(states.to(difference.down.dtype), difference.down, None)
            return functional.conv2d(states, difference.up.reshape(*difference.up.shape[:2], 1, 1))
    if isinstance(difference, Kronecker) and linear and difference.right.dim() == 2:
        return apply_kronecker(difference, states)
    weight = difference.matrix(weight_shape(module))
    if isinstance(module, torch.nn.Embedding):
        return functional.embedding(states, weight)
    return with_weight(module, states, weight.to(states.dtype))


def with_weight(module: Any, states: Tensor, weight: Tensor) -> Tensor:
    """The outputs of a layer like ``module`` with another ``weight``, without bias."""
    if isinstance(module, torch.nn.Linear):
        return functional.linear(states, weight)
    if isinstance(module, torch.nn.Conv2d):
        return module._conv_forward(states, weight, None)  # type: ignore[no-any-return]
    if isinstance(module, torch.nn.LayerNorm):
        return functional.layer_norm(states, module.normalized_shape, weight, None, module.eps)
    if isinstance(module, torch.nn.GroupNorm):
        return functional.group_norm(states, module.num_groups, weight, None, module.eps)
    floats = states.float()
    epsilon = getattr(module, "eps", None) or getattr(module, "variance_epsilon", None)
    # Torch's own takes that of the type where none is given.
    epsilon = epsilon or torch.finfo(states.dtype).eps
    return (floats * torch.rsqrt(floats.pow(2).mean(-1, keepdim=True) + epsilon)).to(states.dtype) * weight


def along_outputs(module: Any, values: Tensor) -> Tensor:
    """One value for each output, in a shape that fits the layer's outputs."""
    wide = isinstance(module, torch.nn.Conv2d | torch.nn.GroupNorm)
    return values.reshape(1, -1, 1, 1) if wide else values.reshape(-1)


def along_inputs(module: Any, values: Tensor) -> Tensor:
    """One value for each input, in a shape that fits the layer's states."""
    return values.reshape(1, -1, 1, 1) if isinstance(module, torch.nn.Conv2d) else values.reshape(-1)


def _is_rms_norm(module: Any) -> bool:
    weight = getattr(module, "weight", None)
    return type(module).__name__.endswith(RMS_NORMS) and weight is not None and weight.dim() == 1
