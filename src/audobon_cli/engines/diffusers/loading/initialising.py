"""Networks made to be loaded, without what only tensors with numbers need."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import init

RANDOM = (
    *("normal_", "uniform_", "trunc_normal_"),
    *("kaiming_normal_", "kaiming_uniform_", "xavier_normal_", "xavier_uniform_"),
)


@contextmanager
def plain_meta_tensors() -> Iterator[None]:
    """Within it tensors on the meta device, which hold no numbers, are not drawn at random, and tensors like them are
    made by their shape. Others are treated as ever.

    transformers makes its networks there and lets every layer draw its weights, before it reads them from the files.
    On that device torch computes such calls in Python, for which it imports sympy: half a second.
    """
    empty_like, known = torch.empty_like, {name: getattr(init, name) for name in RANDOM}
    for name, function in known.items():
        setattr(init, name, _unless_meta(function))
    torch.empty_like = _empty_like(empty_like)
    try:
        yield
    finally:
        torch.empty_like = empty_like
        for name, function in known.items():
            setattr(init, name, function)


def _unless_meta(function: Any) -> Any:
    @functools.wraps(function)
    def drawn(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        found: torch.Tensor = tensor if tensor.is_meta else function(tensor, *args, **kwargs)
        return found

    return drawn


def _empty_like(function: Any) -> Any:
    @functools.wraps(function)
    def empty_like(tensor: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        if tensor.is_meta and tensor.is_contiguous() and set(kwargs) <= {"device", "dtype"}:
            return torch.empty(tensor.shape, **{"device": tensor.device, "dtype": tensor.dtype, **kwargs})
        made: torch.Tensor = function(tensor, **kwargs)
        return made

    return empty_like
