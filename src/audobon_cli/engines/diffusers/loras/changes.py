"""One LoRA's change of one layer, added to the layer's outputs while the weight stays as it is.

So weights may be packed, shared or waiting elsewhere, and taking a LoRA out leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from audobon_cli.engines.diffusers.loras.differences import Difference
from audobon_cli.engines.diffusers.loras.layers import (
    FLOATS,
    along_inputs,
    along_outputs,
    contribution,
    plain_weight,
    weight_shape,
)


@dataclass(frozen=True, slots=True)
class Magnitude:
    """DoRA (Liu et al., arXiv:2402.09353): the changed weight is brought to these ``lengths``, one for each output
    or, as LyCORIS and OneTrainer first did, for each input."""

    lengths: Tensor
    by_output: bool

    def factors(self, weight: Tensor, total: Tensor | None = None) -> Tensor:
        """By what the changed ``weight`` is multiplied. ``total`` are the lengths of all rows together where the
        weight is a part of a matrix."""
        return self.lengths.float().reshape(-1) / (self.measure(weight) if total is None else total)

    def measure(self, weight: Tensor) -> Tensor:
        """The lengths that ``weight`` has."""
        lengths: Tensor
        if not self.by_output:
            lengths = torch.linalg.norm(weight.transpose(0, 1).flatten(1), dim=1)
        elif weight.dim() == 2:
            lengths = torch.linalg.norm(weight, dim=1)
        else:
            lengths = torch.norm(weight, p=2, dim=tuple(range(1, weight.dim())))
        return lengths


@dataclass(frozen=True, slots=True)
class Change:
    """``difference`` x ``scale`` is added to the weight, ``bias`` to the bias; the weight is then brought to
    ``lengths`` by ``factors`` along its outputs or (``by_input``) its inputs."""

    difference: Difference | None
    scale: float = 1.0
    bias: Tensor | None = None
    factors: Tensor | None = None
    by_input: bool = False

    def to(self, module: Any, device: torch.device | str, dtype: torch.dtype) -> "Change":
        """The change on ``device``, for ``module`` in a network that computes in ``dtype``."""
        own = module.weight.dtype if module.weight.dtype in FLOATS else dtype
        return replace(
            self,
            difference=self.difference.to(device, own) if self.difference is not None else None,
            bias=self.bias.to(device, own) if self.bias is not None else None,
            factors=self.factors.to(device, own) if self.factors is not None else None,
        )

    def outputs(self, module: Any, states: Tensor, before: Tensor, weight: float) -> Tensor:
        """What is added, for a LoRA of ``weight``, to the outputs ``before`` of the unchanged layer."""
        if self.factors is not None:
            added = self._decomposed(module, states, before)
            added = added if weight == 1 else added * weight
        elif self.difference is None:
            added = torch.zeros_like(before)
        else:
            added = contribution(self.difference, module, states) * (weight * self.scale)
        return added if self.bias is None else added + along_outputs(module, self.bias) * weight

    def _decomposed(self, module: Any, states: Tensor, before: Tensor) -> Tensor:
        """The difference that DoRA makes in all."""
        assert self.difference is not None
        assert self.factors is not None
        bias = getattr(module, "bias", None)
        plain = before if bias is None else before - along_outputs(module, bias).to(before.dtype)
        if not self.by_input:
            factors = along_outputs(module, self.factors)
            return (factors - 1) * plain + factors * contribution(
                self.difference, module, states
            ) * self.scale
        states = states * along_inputs(module, self.factors)
        changed = module.forward(states)
        changed = changed if bias is None else changed - along_outputs(module, bias).to(changed.dtype)
        added = contribution(self.difference, module, states) * self.scale
        return torch.add(changed, added) - plain


def changed_weight(module: Any, change: Change) -> Tensor:
    """The layer's weight with the difference of ``change``, before any magnitudes; float32."""
    weight = plain_weight(module)
    assert change.difference is not None
    return weight + change.scale * change.difference.matrix(weight_shape(module)).to(weight.device)


@dataclass
class LayerPatch:
    """All changes of one layer, as a hook behind its call: each with the weight of its LoRA."""

    changes: list[tuple[Change, float]] = field(default_factory=list)

    def attach(self, module: torch.nn.Module) -> Callable[[], None]:
        """Begin to change the outputs of ``module``; the function returned ends it."""
        return module.register_forward_hook(self._hook, with_kwargs=True).remove

    def _hook(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        states = args[0] if args else next(iter(kwargs.values()))
        total = output
        for number, (change, weight) in enumerate(self.changes):
            if _device_of(change) not in (None, states.device):
                change = change.to(module, states.device, states.dtype)
                self.changes[number] = (change, weight)
            total = total + change.outputs(module, states, output, weight)
        return total.to(output.dtype)


def _device_of(change: Change) -> torch.device | None:
    if change.bias is not None:
        return change.bias.device
    if change.difference is None:
        return None
    return change.difference.device
