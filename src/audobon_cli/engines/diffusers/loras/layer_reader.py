"""One layer of a LoRA's file as changes of the layers that it stands for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.engines.diffusers.loras.changes import Change, Magnitude, changed_weight
from audobon_cli.engines.diffusers.loras.differences import (
    Difference,
    Hadamard,
    Kronecker,
    LowRank,
    Whole,
    kronecker_factor,
    swap_halves,
)
from audobon_cli.engines.diffusers.loras.layers import outputs_of, plain_weight, weight_shape
from audobon_cli.models.loras.scaling import PeftScale
from audobon_cli.models.loras.targets import Place
from audobon_cli.models.loras.tensors import FACTORS, Algorithm, Role

_BESIDE = {Role.ALPHA, Role.MAGNITUDE, Role.OUTPUT_MAGNITUDE, Role.DIFF_BIAS, Role.SET_BIAS}
USED: Mapping[Algorithm | None, set[Role]] = {
    Algorithm.LORA: {Role.DOWN, Role.UP, Role.MID, Role.UP_BIAS, *_BESIDE},
    Algorithm.LOHA: {*FACTORS, *_BESIDE},
    Algorithm.LOKR: {*FACTORS, *_BESIDE},
    Algorithm.FULL: {Role.DIFF, *_BESIDE},
    Algorithm.WHOLE: {Role.SET, *_BESIDE},
}
"""The tensors that each algorithm reads: others would be a second change of the layer."""


@dataclass(frozen=True, slots=True)
class LayerReader:
    """What is known of the layer that the LoRA ``lora`` calls ``layer``: its tensors, how they are computed, the
    ``modules`` of its place, in order, and the scale that PEFT ``noted`` elsewhere, if any.

    ``measured``: a LoKr of two whole factors is scaled by alpha / the longer side of the second, as musubi-tuner
    does; for all others such a LoKr has no rank, and its alpha means nothing.
    """

    lora: str
    layer: str
    tensors: Mapping[Role, Tensor]
    algorithm: Algorithm | None
    place: Place
    modules: Sequence[torch.nn.Module]
    noted: PeftScale | None = None
    measured: bool = False

    def changes(self) -> list[Change]:
        """The change of each module. Raises AdapterUnfit for tensors that contradict each other or the modules."""
        rows = [outputs_of(module) for module in self.modules]
        unused = self.tensors.keys() - USED.get(self.algorithm, set(Role))
        if unused:
            raise self._unfit(f"besides a {self.algorithm} it has a {', '.join(sorted(unused))}")
        difference, scale = self._difference(), self._scale()
        bias = self._bias(scale, sum(rows))
        if difference is not None:
            self._check(difference, sum(rows))
        if self.place.swapped:
            difference = swap_halves(difference) if difference is not None else None
            bias = torch.cat(bias.chunk(2)[::-1]) if bias is not None else None
        found, start = [], 0
        for count in rows:
            part = difference
            if difference is not None and len(rows) > 1:
                part = difference.rows(start, start + count)
            found.append(Change(part, scale, bias[start : start + count] if bias is not None else None))
            start += count
        return self._decomposed(found, rows)

    def _difference(self) -> Difference | None:
        """The change of the weights of all modules together; None where only biases change."""
        get = self.tensors.get
        if self.algorithm is Algorithm.LORA:
            return LowRank(self.tensors[Role.UP], self.tensors[Role.DOWN], get(Role.MID))
        if self.algorithm is Algorithm.LOHA:
            a, b, c, d = (self.tensors[role] for role in (Role.W1_A, Role.W1_B, Role.W2_A, Role.W2_B))
            return Hadamard(a, b, c, d, get(Role.T1), get(Role.T2))
        if self.algorithm is Algorithm.LOKR:
            left = kronecker_factor(get(Role.W1), get(Role.W1_A), get(Role.W1_B), get(Role.T1))
            return Kronecker(
                left, kronecker_factor(get(Role.W2), get(Role.W2_A), get(Role.W2_B), get(Role.T2))
            )
        if self.algorithm is Algorithm.FULL:
            return Whole(self.tensors[Role.DIFF]) if Role.DIFF in self.tensors else None
        if self.algorithm is Algorithm.WHOLE:
            return self._replacement()
        raise self._unfit(f"of its change there is only the {', '.join(sorted(self.tensors))}")

    def _replacement(self) -> Difference | None:
        """The difference from the modules' own weights to those in the file."""
        wanted = self.tensors.get(Role.SET)
        if wanted is None:
            return None
        own = torch.cat([plain_weight(module).cpu() for module in self.modules])
        if wanted.shape != own.shape:
            raise self._unfit(f"its weight is {list(wanted.shape)}, and the model's {list(own.shape)}")
        return Whole(wanted.float() - own)

    def _scale(self) -> float:
        """alpha / rank, or what PEFT noted; 1 for changes without a rank."""
        rank = self._rank()
        alpha = self.tensors.get(Role.ALPHA)
        if rank and alpha is not None:
            if alpha.numel() != 1 or not math.isfinite(float(alpha)):
                raise self._unfit("its alpha is no number")
            return float(alpha) / rank
        ranked = self.algorithm in (Algorithm.LORA, Algorithm.LOHA, Algorithm.LOKR)
        if ranked and alpha is None and self.noted is not None:
            return self.noted.of(self.place.layers[0])
        return 1.0

    def _rank(self) -> int:
        """0 for changes without one."""
        tensors = self.tensors
        if self.algorithm is Algorithm.LORA:
            return tensors[Role.DOWN].shape[0]
        if self.algorithm is Algorithm.LOHA:
            return tensors[Role.W1_B].shape[0]
        if self.algorithm is not Algorithm.LOKR:
            return 0
        for right in (Role.W2_B, Role.W1_B):
            if right in tensors:
                return tensors[right].shape[0]
        return max(tensors[Role.W2].shape) if self.measured else 0

    def _bias(self, scale: float, outputs: int) -> Tensor | None:
        """What is added to the biases of all modules together."""
        bias = self.tensors.get(Role.DIFF_BIAS)
        if Role.UP_BIAS in self.tensors:
            bias = self.tensors[Role.UP_BIAS].float() * scale
        if Role.SET_BIAS in self.tensors:
            owns = [getattr(module, "bias", None) for module in self.modules]
            rows = [outputs_of(module) for module in self.modules]
            own = torch.cat(
                [
                    torch.zeros(count) if one is None else one.detach().float().cpu()
                    for one, count in zip(owns, rows, strict=True)
                ]
            )
            wanted = self.tensors[Role.SET_BIAS].float().reshape(-1)
            bias = wanted - own if wanted.shape == own.shape else wanted
        if bias is not None and bias.numel() != outputs:
            raise self._unfit(f"its bias has {bias.numel()} values, and the model's layer {outputs}")
        return None if bias is None else bias.reshape(-1)

    def _check(self, difference: Difference, outputs: int) -> None:
        """Raise AdapterUnfit unless the difference has the shape of the modules' weights together."""
        inputs = weight_shape(self.modules[0])[1:].numel()
        if difference.sides != (outputs, inputs):
            theirs = " x ".join(map(str, difference.sides))
            if difference.sides == (outputs, 2 * inputs) and self.place.layers[0] in (
                "x_embedder",
                "conv_in",
            ):
                raise self._unfit(
                    "it reads a picture beside the noise: a Control LoRA, which --lora cannot give one"
                )
            raise self._unfit(
                f"it changes a weight of {theirs} values, and the model's has {outputs} x {inputs}"
            )
        # On the meta device: whether the factors go together, without computing them.
        difference.to("meta", None).matrix(torch.Size((outputs, *weight_shape(self.modules[0])[1:])))

    def _decomposed(self, parts: list[Change], rows: Sequence[int]) -> list[Change]:
        """``parts`` with what DoRA's magnitudes make of them, if there are any."""
        always = Role.OUTPUT_MAGNITUDE in self.tensors
        lengths = self.tensors.get(Role.OUTPUT_MAGNITUDE if always else Role.MAGNITUDE)
        if lengths is None or parts[0].difference is None:
            return parts
        if weight_shape(self.modules[0])[1:].numel() == 1:
            raise self._unfit("it has magnitudes for a layer that is no matrix")
        by_output = always or lengths.dim() == 1 or lengths.shape[0] == sum(rows)
        expected = sum(rows) if by_output else weight_shape(self.modules[0])[1]
        if lengths.numel() != expected:
            raise self._unfit(f"it has {lengths.numel()} magnitudes, and the model's layer {expected}")
        lengths = lengths.reshape(-1)
        if by_output and self.place.swapped:
            lengths = torch.cat(lengths.chunk(2)[::-1])
        weights = [changed_weight(module, part) for module, part in zip(self.modules, parts, strict=True)]
        found, start = [], 0
        if not by_output:
            total = torch.stack([Magnitude(lengths, False).measure(weight) for weight in weights]).norm(dim=0)
            factors = Magnitude(lengths, False).factors(weights[0], total)
            return [replace(part, factors=factors, by_input=True) for part in parts]
        for part, weight, count in zip(parts, weights, rows, strict=True):
            magnitude = Magnitude(lengths[start : start + count], True)
            found.append(replace(part, factors=magnitude.factors(weight)))
            start += count
        return found

    def _unfit(self, fact: str) -> AdapterUnfit:
        return AdapterUnfit(
            f"The layer {self.layer} of the LoRA {self.lora} does not fit this model: {fact}.",
            hint="`audobon models show` tells what it was made for",
            adapter=self.lora,
            layer=self.layer,
        )
