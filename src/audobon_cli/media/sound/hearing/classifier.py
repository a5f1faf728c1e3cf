"""Which kind of sound something is: linear discriminants of its features, fitted to recordings (``training/``)."""

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

WEIGHTS = Path(__file__).parents[3] / "builtin" / "hearing"

LARGEST = 4.0
"""Deviations from the mean that count; what is farther out is unlike all that was heard in training."""


class _Discriminants(NamedTuple):
    """``middle`` and ``scale`` of the features; ``weights`` of the shape (features, classes)."""

    middle: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray


@lru_cache(maxsize=1)
def classes() -> tuple[str, ...]:
    """The names of the classes."""
    return tuple(json.loads((WEIGHTS / "classes.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _fitted() -> _Discriminants:
    with np.load(WEIGHTS / "classifier.npz") as arrays:
        return _Discriminants(*(arrays[name].astype(np.float64) for name in _Discriminants._fields))


def scaled(numbers: np.ndarray) -> np.ndarray:
    """``numbers`` in deviations from what recordings have in the mean, each of LARGEST at most."""
    fitted = _fitted()
    return np.asarray(np.clip((numbers - fitted.middle) / fitted.scale, -LARGEST, LARGEST))


def class_chances(numbers: np.ndarray) -> list[tuple[str, float]]:
    """Each class with how likely the sound of these ``numbers`` (see features) is one of it, likeliest first."""
    fitted = _fitted()
    scores = scaled(numbers) @ fitted.weights + fitted.bias
    odds = np.exp(scores - scores.max())
    chances = odds / odds.sum()
    return sorted(zip(classes(), (float(one) for one in chances), strict=True), key=lambda item: -item[1])
