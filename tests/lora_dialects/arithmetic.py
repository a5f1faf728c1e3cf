"""Changes of weights: the tensors that a trainer writes for one layer, and what they make of its weight.

The formulas are those of the papers and of the trainers' own merging scripts, written for reading, not for speed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Named = dict[str, Tensor]
NOISE = 0.3


@dataclass
class Layer:
    """A layer whose weight is ``weight`` (out, in) or (out, in, height, width); of stacked layers all rows.
    ``noise`` makes its numbers, ``strength`` times as large as usual."""

    weight: Tensor
    noise: torch.Generator
    number: int = 0
    bias: Tensor | None = None
    strength: float = 1.0

    def random(self, *shape: int, size: float = NOISE) -> Tensor:
        return torch.randn(*shape, generator=self.noise) * size * self.strength

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.weight.shape)


@dataclass(frozen=True)
class Made:
    """The tensors of a layer by their endings, and the layer's ``weight`` and ``bias`` (None: unchanged) with them."""

    tensors: Named
    weight: Tensor | None = None
    bias: Tensor | None = None


Algorithm = Callable[[Layer], Made]


def low_rank(
    down: str = ".lora_down.weight",
    up: str = ".lora_up.weight",
    alpha: str | None = ".alpha",
    ranks: tuple[int, ...] = (2, 4, 3),
    alphas: tuple[float | None, ...] = (None, 1.0, 6.0),
    scale: Callable[[int, int], float] | None = None,
) -> Algorithm:
    """W + up x down x alpha / rank: ranks and alphas go round through the layers; an alpha of None is the rank.
    ``scale`` (number, rank) says it where it stands elsewhere."""

    def make(layer: Layer) -> Made:
        out, into, *kernel = layer.shape
        rank = ranks[layer.number % len(ranks)]
        chosen = alphas[layer.number % len(alphas)]
        a, b = layer.random(rank, into, *kernel), layer.random(out, rank, *(1 for _ in kernel))
        tensors = {down: a, up: b}
        factor = 1.0
        if alpha is not None:
            chosen = float(rank) if chosen is None else chosen
            tensors[alpha] = torch.tensor(chosen)
            factor = chosen / rank
        elif scale is not None:
            factor = scale(layer.number, rank)
        return Made(tensors, layer.weight + (b.flatten(1) @ a.flatten(1)).reshape(layer.shape) * factor)

    return make


def tucker(layer: Layer) -> Made:
    """LyCORIS' LoCon with a core: a 1x1 convolution, one of the layer's size, a 1x1 convolution."""
    out, into, *kernel = layer.shape
    if not kernel or kernel == [1, 1]:
        return low_rank()(layer)
    a, core, b = layer.random(4, into, 1, 1), layer.random(4, 4, *kernel), layer.random(out, 4, 1, 1)
    change = torch.zeros(layer.shape)
    for row in range(kernel[0]):
        for column in range(kernel[1]):
            change[:, :, row, column] = b[:, :, 0, 0] @ core[:, :, row, column] @ a[:, :, 0, 0]
    tensors = {
        ".lora_down.weight": a,
        ".lora_mid.weight": core,
        ".lora_up.weight": b,
        ".alpha": torch.tensor(2.0),
    }
    return Made(tensors, layer.weight + change * 2.0 / 4)


def hadamard(alpha: bool = True, scale: float = 1.0) -> Algorithm:
    """LoHa: the product, element by element, of two low-rank matrices, x alpha / rank."""

    def make(layer: Layer) -> Made:
        out, rest = layer.shape[0], math.prod(layer.shape[1:])
        a, c = layer.random(out, 4, size=0.5), layer.random(out, 4, size=0.5)
        b, d = layer.random(4, rest, size=0.5), layer.random(4, rest, size=0.5)
        tensors = {".hada_w1_a": a, ".hada_w1_b": b, ".hada_w2_a": c, ".hada_w2_b": d}
        factor = scale
        if alpha:
            tensors[".alpha"], factor = torch.tensor(3.0), 3.0 / 4
        return Made(tensors, layer.weight + ((a @ b) * (c @ d)).reshape(layer.shape) * factor)

    return make


def hadamard_tucker(layer: Layer) -> Made:
    """LoHa of convolutions with a core in each factor."""
    out, into, *kernel = layer.shape
    if not kernel or kernel == [1, 1]:
        return hadamard()(layer)
    names = (".hada_w1_a", ".hada_w1_b", ".hada_t1", ".hada_w2_a", ".hada_w2_b", ".hada_t2")
    tensors: Named = {}
    halves = []
    for left, right, core in (names[:3], names[3:]):
        tensors[left], tensors[right] = layer.random(4, out, size=0.6), layer.random(4, into, size=0.6)
        tensors[core] = layer.random(4, 4, *kernel, size=0.6)
        half = torch.zeros(layer.shape)
        for row in range(kernel[0]):
            for column in range(kernel[1]):
                half[:, :, row, column] = tensors[left].T @ tensors[core][:, :, row, column] @ tensors[right]
        halves.append(half)
    tensors[".alpha"] = torch.tensor(2.0)
    return Made(tensors, layer.weight + halves[0] * halves[1] * 2.0 / 4)


def kronecker(
    pairs: tuple[bool, bool],
    alpha: float | None = 2.0,
    scale: float = 1.0,
    core: bool = False,
    measured: bool = False,
) -> Algorithm:
    """LoKr: the Kronecker product of two matrices; ``pairs``: whether the first and the second are low-rank
    themselves. Only then is there a rank, and alpha / rank; or (``measured``) musubi-tuner's, the longer side of
    the second. ``scale`` is what else multiplies it."""

    def make(layer: Layer) -> Made:
        out, into, *kernel = layer.shape
        sides = ((_divisor(out), _divisor(into)), (out // _divisor(out), into // _divisor(into)))
        tensors: Named = {}
        factors = []
        for number, (rows, columns) in enumerate(sides, 1):
            inner = tuple(kernel) if number == 2 else ()
            name = f".lokr_w{number}"
            if core and inner:
                tensors[f"{name}_a"], tensors[f"{name}_b"] = layer.random(4, rows), layer.random(4, columns)
                tensors[".lokr_t2"] = layer.random(4, 4, *inner)
                factor = torch.zeros(rows, columns, *inner)
                for row in range(inner[0]):
                    for column in range(inner[1]):
                        middle = tensors[".lokr_t2"][:, :, row, column]
                        factor[:, :, row, column] = tensors[f"{name}_a"].T @ middle @ tensors[f"{name}_b"]
            elif pairs[number - 1]:
                wide = columns * math.prod(inner)
                tensors[f"{name}_a"], tensors[f"{name}_b"] = layer.random(rows, 2), layer.random(2, wide)
                factor = (tensors[f"{name}_a"] @ tensors[f"{name}_b"]).reshape(rows, columns, *inner)
            else:
                factor = tensors[name] = layer.random(rows, columns, *inner)
            factors.append(factor)
        left, right = factors
        change = torch.zeros(layer.shape)
        rows, columns = right.shape[:2]
        for i in range(left.shape[0]):
            for j in range(left.shape[1]):
                change[i * rows : (i + 1) * rows, j * columns : (j + 1) * columns] = left[i, j] * right
        factor_ = scale
        if alpha is not None:
            tensors[".alpha"] = torch.tensor(alpha)
            rank = 4 if ".lokr_t2" in tensors else 2 if any(pairs) else 0
            rank = max(right.shape) if measured else rank
            factor_ = alpha / rank if rank else 1.0
        return Made(tensors, layer.weight + change * factor_)

    return make


def decomposed(
    algorithm: Algorithm, by_output: bool, name: str = ".dora_scale", peft: bool = False
) -> Algorithm:
    """DoRA: what ``algorithm`` makes of the weight is brought to other lengths, by output or by input."""

    def make(layer: Layer) -> Made:
        made = algorithm(layer)
        weight = made.weight
        assert weight is not None
        ones = (1,) * (weight.dim() - 2)
        if by_output:
            lengths = weight.flatten(1).norm(dim=1) * (1 + layer.random(weight.shape[0]))
            scaled = (
                weight / weight.flatten(1).norm(dim=1).reshape(-1, 1, *ones) * lengths.reshape(-1, 1, *ones)
            )
            shape = (-1,) if peft and not ones else (1, -1, *ones) if peft else (-1, 1, *ones)
        else:
            across = weight.transpose(0, 1).flatten(1).norm(dim=1)
            lengths = across * (1 + layer.random(weight.shape[1]))
            scaled = weight / across.reshape(1, -1, *ones) * lengths.reshape(1, -1, *ones)
            shape = (1, -1, *ones)
        return Made({**made.tensors, name: lengths.reshape(shape)}, scaled)

    return make


def whole(layer: Layer) -> Made:
    """The difference itself, of weight and bias; for norms as LyCORIS calls it."""
    change = layer.random(*layer.shape, size=0.1)
    norm = layer.weight.dim() == 1
    tensors = {".w_norm" if norm else ".diff": change}
    bias = None
    if layer.bias is not None:
        moved = layer.random(*layer.bias.shape, size=0.1)
        tensors[".b_norm" if norm else ".diff_b"], bias = moved, layer.bias + moved
    return Made(tensors, layer.weight + change, bias)


def replaced(ending: str = ".scale") -> Algorithm:
    """The weight itself, as Black Forest Labs' own LoRAs hold norms."""

    def make(layer: Layer) -> Made:
        weight = 1 + layer.random(*layer.shape, size=0.2)
        return Made({ending: weight}, weight)

    return make


def with_bias(algorithm: Algorithm, ending: str = ".lora_B.bias") -> Algorithm:
    """A low-rank change whose second factor has a bias (scaled as the factors are; here by 1)."""

    def make(layer: Layer) -> Made:
        made = algorithm(layer)
        bias = layer.random(layer.shape[0], size=0.2)
        own = torch.zeros(layer.shape[0]) if layer.bias is None else layer.bias
        return Made(
            {**made.tensors, ending: bias}, made.weight, own + bias if layer.bias is not None else None
        )

    return make


def _divisor(number: int) -> int:
    """The largest divisor of ``number`` up to its root, at least 2 where there is one."""
    return max(n for n in range(1, math.isqrt(number) + 1) if number % n == 0)
