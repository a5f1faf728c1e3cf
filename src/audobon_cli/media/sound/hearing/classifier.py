"""Which kind of sound something is: by how near its features are to those of sessions of recordings (``training/``)."""

import json
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

WEIGHTS = Path(__file__).parents[3] / "builtin" / "hearing"

LARGEST = 4.0
"""Deviations from the mean that count; what is farther out is unlike all that was heard in training."""


class _Centres(NamedTuple):
    """``middle`` and ``scale`` of the features; ``weights`` of the shape (features, sessions), and of each session its
    ``bias`` and its class in ``kinds``."""

    middle: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    kinds: np.ndarray


@lru_cache(maxsize=1)
def classes() -> tuple[str, ...]:
    """The names of the classes."""
    return tuple(json.loads((WEIGHTS / "classes.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _fitted() -> _Centres:
    with np.load(WEIGHTS / "classifier.npz") as arrays:
        middle, scale, weights, bias, kinds = (arrays[name] for name in _Centres._fields)
        middle, scale, weights, bias = (one.astype(np.float64) for one in (middle, scale, weights, bias))
        return _Centres(middle, scale, weights, bias, kinds)


def class_chances(numbers: np.ndarray) -> list[tuple[str, float]]:
    """Each class with how likely the sound of these ``numbers`` (see features) is one of it, likeliest first."""
    fitted = _fitted()
    scores = standardised(numbers) @ fitted.weights + fitted.bias
    odds = np.bincount(fitted.kinds, np.exp(scores - scores.max()), len(classes()))
    chances = odds / odds.sum()
    return sorted(zip(classes(), (float(one) for one in chances), strict=True), key=lambda item: -item[1])


def standardised(numbers: np.ndarray) -> np.ndarray:
    """``numbers`` (see features) as deviations from what recordings have, kept within LARGEST."""
    fitted = _fitted()
    return np.asarray(np.clip((numbers - fitted.middle) / fitted.scale, -LARGEST, LARGEST))


def number_count() -> int:
    """How many numbers a sound has."""
    return len(_fitted().middle)


def standard_checksum() -> int:
    """Another number wherever ``standardised`` gives others."""
    fitted = _fitted()
    return zlib.crc32(fitted.middle.tobytes() + fitted.scale.tobytes())
