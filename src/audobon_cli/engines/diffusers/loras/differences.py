"""What LoRAs add to weights, as the algorithms of the field compute it.

LoRA is up x down (Hu et al., arXiv:2106.09685), LoHa the product, element by element, of two such products (FedPara,
arXiv:2108.06098), LoKr the Kronecker product of two matrices (LyCORIS, arXiv:2309.14859); with a core between the
factors (Tucker decomposition) for convolutions. Shapes are (out, in) and (out, in, height, width).
"""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional


class Difference(Protocol):
    """A change of a weight, unscaled."""

    @property
    def sides(self) -> tuple[int, int]:
        """How many outputs it has, and how many values of the weight each of them."""

    @property
    def device(self) -> torch.device:
        """Where its factors are."""

    def matrix(self, shape: torch.Size) -> Tensor:
        """The whole change in the weight's ``shape``, float32."""

    def rows(self, start: int, stop: int) -> "Difference":
        """The change of these outputs alone."""

    def to(self, device: torch.device | str, dtype: torch.dtype | None) -> "Difference":
        """The same on ``device``; ``dtype`` is that in which states are, for changes that are applied to them."""


@dataclass(frozen=True, slots=True)
class LowRank:
    """``up`` (out, rank …) x ``down`` (rank, in …), with ``mid`` (rank, rank, height, width) between, if any."""

    up: Tensor
    down: Tensor
    mid: Tensor | None = None

    @property
    def sides(self) -> tuple[int, int]:
        """See Difference."""
        core = self.mid.shape[2:].numel() if self.mid is not None else 1
        return self.up.shape[0], self.down.shape[1:].numel() * core

    @property
    def device(self) -> torch.device:
        """See Difference."""
        return self.up.device

    def matrix(self, shape: torch.Size) -> Tensor:
        """See Difference. Summed in the order of PEFT, whose DoRA measures this matrix."""
        up, down = self.up.float().flatten(1), self.down.float().flatten(1)
        if self.mid is None and self.down.dim() == 2:
            return functional.linear(down.T.contiguous(), up).T.reshape(shape)
        if self.mid is None:
            return (up @ down).reshape(shape)
        return _tucker(self.mid.float(), up.T, down).reshape(shape)

    def rows(self, start: int, stop: int) -> "LowRank":
        """See Difference."""
        return replace(self, up=self.up[start:stop])

    def to(self, device: torch.device | str, dtype: torch.dtype | None) -> "LowRank":
        """See Difference."""
        mid = self.mid.to(device, dtype) if self.mid is not None else None
        return LowRank(self.up.to(device, dtype), self.down.to(device, dtype), mid)


@dataclass(frozen=True, slots=True)
class Hadamard:
    """(``a`` x ``b``) * (``c`` x ``d``): each of (out, rank) x (rank, in); with cores ``first`` and ``second``, if
    any, whose left factors are (rank, out)."""

    a: Tensor
    b: Tensor
    c: Tensor
    d: Tensor
    first: Tensor | None = None
    second: Tensor | None = None

    @property
    def sides(self) -> tuple[int, int]:
        """See Difference."""
        if self.first is None:
            return self.a.shape[0], self.b.shape[1]
        return self.a.shape[1], self.b.shape[1] * self.first.shape[2:].numel()

    @property
    def device(self) -> torch.device:
        """See Difference."""
        return self.a.device

    def matrix(self, shape: torch.Size) -> Tensor:
        """See Difference."""
        left = _product(self.a, self.b, self.first)
        return (left * _product(self.c, self.d, self.second)).reshape(shape)

    def rows(self, start: int, stop: int) -> "Hadamard":
        """See Difference."""
        if self.first is not None:
            return replace(self, a=self.a[:, start:stop], c=self.c[:, start:stop])
        return replace(self, a=self.a[start:stop], c=self.c[start:stop])

    def to(self, device: torch.device | str, dtype: torch.dtype | None) -> "Hadamard":
        """See Difference."""
        tensors = (self.a, self.b, self.c, self.d, self.first, self.second)
        return Hadamard(*(None if tensor is None else tensor.to(device) for tensor in tensors))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Kronecker:
    """The Kronecker product of ``left`` and ``right``, whose sides may be (height, width) besides; of its outputs
    those from ``start`` to ``stop``, where ``stop`` is not 0."""

    left: Tensor
    right: Tensor
    start: int = 0
    stop: int = 0

    @property
    def sides(self) -> tuple[int, int]:
        """See Difference."""
        outputs = self.left.shape[0] * self.right.shape[0]
        inputs = self.left.shape[1:].numel() * self.right.shape[1:].numel()
        return self.stop - self.start if self.stop else outputs, inputs

    @property
    def device(self) -> torch.device:
        """See Difference."""
        return self.left.device

    def matrix(self, shape: torch.Size) -> Tensor:
        """See Difference."""
        right = self.right.float().contiguous()
        left = self.left.float().reshape(*self.left.shape[:2], *(1,) * (right.dim() - 2))
        whole = torch.kron(left, right)
        return (whole[self.start : self.stop] if self.stop else whole).reshape(shape)

    def rows(self, start: int, stop: int) -> "Kronecker":
        """See Difference."""
        return replace(self, start=self.start + start, stop=self.start + stop)

    def to(self, device: torch.device | str, dtype: torch.dtype | None) -> "Kronecker":
        """See Difference."""
        return replace(self, left=self.left.to(device), right=self.right.to(device))


@dataclass(frozen=True, slots=True)
class Whole:
    """The change itself, in the shape of the weight."""

    change: Tensor

    @property
    def sides(self) -> tuple[int, int]:
        """See Difference."""
        return self.change.shape[0], self.change.shape[1:].numel()

    @property
    def device(self) -> torch.device:
        """See Difference."""
        return self.change.device

    def matrix(self, shape: torch.Size) -> Tensor:
        """See Difference."""
        return self.change.float().reshape(shape)

    def rows(self, start: int, stop: int) -> "Whole":
        """See Difference."""
        return Whole(self.change[start:stop])

    def to(self, device: torch.device | str, dtype: torch.dtype | None) -> "Whole":
        """See Difference."""
        return Whole(self.change.to(device))


def swap_halves(difference: Difference) -> Difference:
    """The difference with the upper half of its outputs below the lower."""
    if isinstance(difference, LowRank):
        return replace(difference, up=_swapped(difference.up))
    if isinstance(difference, Hadamard) and difference.first is None:
        return replace(difference, a=_swapped(difference.a), c=_swapped(difference.c))
    if isinstance(difference, Whole):
        return Whole(_swapped(difference.change))
    if isinstance(difference, Kronecker):
        left = difference.left
        if left.shape[0] % 2 == 0 and not difference.stop:
            return replace(difference, left=_swapped(left))
    raise ValueError(f"the halves of a {type(difference).__name__} cannot be exchanged")


def _swapped(tensor: Tensor) -> Tensor:
    upper, lower = tensor.chunk(2, dim=0)
    return torch.cat([lower, upper])


def kronecker_factor(whole: Tensor | None, a: Tensor | None, b: Tensor | None, core: Tensor | None) -> Tensor:
    """One factor of a LoKr: ``whole``, or ``a`` x ``b`` around ``core``, if any; then ``a`` is (rank, out)."""
    if whole is not None:
        return whole
    assert a is not None
    assert b is not None
    return _product(a, b, core)


def _product(a: Tensor, b: Tensor, core: Tensor | None) -> Tensor:
    if core is None:
        return a.float() @ b.float()
    return _tucker(core.float(), a.float(), b.float())


def _tucker(core: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """(out, in, height, width) of ``left`` (rank, out), ``core`` (rank, rank, height, width) and ``right``
    (rank, in)."""
    return torch.einsum("i j k l, i p, j r -> p r k l", core, left, right)


def apply_kronecker(difference: Kronecker, states: Tensor) -> Tensor:
    """The product's outputs for ``states`` (…, in), without building the matrix: a state is a matrix of (left's in,
    right's in) values, multiplied from both sides."""
    left, right = difference.left.to(states.dtype), difference.right.to(states.dtype)
    grid = states.reshape(*states.shape[:-1], left.shape[1], right.shape[1])
    outputs = torch.matmul(left, functional.linear(grid, right)).flatten(-2)
    return outputs[..., difference.start : difference.stop] if difference.stop else outputs
