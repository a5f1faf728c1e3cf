"""How a picture is drawn, and what it shows, as the shipped scorer's network sees it: by its first layers, and by all.

Means and deviations of the channels of a convolutional network say how something is drawn and not what (Huang and
Belongie 2017, "Arbitrary style transfer in real-time with adaptive instance normalization"). The first layers are
small enough for numpy alone; so is the network, for the few pictures of a search.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audobon_cli.media.image.pixels import Pixels, as_image

WEIGHTS = Path(__file__).parents[1] / "builtin" / "scorer" / "scorer.safetensors"
SIDE = 64
BATCH = 32
EPSILON = 1e-5
"""That of torch.nn.BatchNorm2d."""

Values = NDArray[np.float32]


class _Layer(NamedTuple):
    """A convolution of 3 x 3 with its normalisation: ``matrix`` is (9 * channels in, channels out)."""

    matrix: Values
    bias: Values
    stride: int


@cache
def network() -> str:
    """What names the network: the beginning of the SHA-256 of its weights. Vectors of another are not comparable."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:16]


def drawings(pictures: Sequence[Pixels]) -> Values:
    """For each picture the means and deviations of 40 channels after two layers: shape (n, 160). About 1 ms each."""
    rows = [_statistics(pictures[start : start + BATCH]) for start in range(0, len(pictures), BATCH)]
    return np.concatenate(rows) if rows else np.zeros((0, 160), dtype=np.float32)


def _statistics(pictures: Sequence[Pixels]) -> Values:
    values = np.stack([_seen(one) for one in pictures])
    found = []
    for layer in _layers():
        values = _step(values, layer)
        found += [values.mean(axis=(1, 2)), values.std(axis=(1, 2))]
    return np.concatenate(found, axis=1)


def points(pictures: Sequence[Pixels]) -> Values:
    """What each picture shows as a point of the scorer's space, of length 1: shape (n, 384). Those of two pictures of
    one thing are near to each other, however they are drawn, as far as the scorer can tell. About 3 ms each."""
    rows = [_points(pictures[start : start + BATCH]) for start in range(0, len(pictures), BATCH)]
    return np.concatenate(rows) if rows else np.zeros((0, 384), dtype=np.float32)


def _points(pictures: Sequence[Pixels]) -> Values:
    values = np.stack([_seen(one) for one in pictures])
    for first, *residual in _stages():
        values = _step(values, first)
        inner = values
        for layer in residual:
            inner = _step(inner, layer)
        values = values + inner
    weights = _weights()
    made = values.mean(axis=(1, 2)) @ weights["layers.9.weight"].T + weights["layers.9.bias"]
    unit: Values = made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12)
    return unit


def _seen(pixels: Pixels) -> Values:
    """What the network sees of a picture: (32, 32, 4) in 0..1, colour multiplied by alpha."""
    from PIL import Image

    small = as_image(pixels).convert("RGBa")
    if small.size != (SIDE, SIDE):
        small = small.resize((SIDE, SIDE), Image.Resampling.BOX)
    levels = np.asarray(small, dtype=np.float32) / 255
    means: Values = levels.reshape(SIDE // 2, 2, SIDE // 2, 2, 4).mean(axis=(1, 3))
    return means


def _step(values: Values, layer: _Layer) -> Values:
    """A layer on (n, height, width, channels), with the rectifier behind it."""
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    taken = windows[:, :: layer.stride, :: layer.stride].transpose(0, 1, 2, 4, 5, 3)
    shape = taken.shape[:3]
    made: Values = taken.reshape(-1, layer.matrix.shape[0]) @ layer.matrix + layer.bias
    return np.maximum(made, 0).reshape(*shape, -1)


@cache
def _weights() -> dict[str, Values]:
    from safetensors.numpy import load_file

    return {name: value.astype(np.float32) for name, value in load_file(WEIGHTS).items()}


@cache
def _layers() -> tuple[_Layer, _Layer]:
    """The two that drawings are told by."""
    first, second, _ = _stages()[0]
    return first, second


@cache
def _stages() -> tuple[tuple[_Layer, _Layer, _Layer], ...]:
    """Three times a layer that halves the sides, and two whose result is added to its; see engines.scoring."""
    weights = _weights()
    return tuple(
        (
            _layer(weights, f"layers.{place}.0", f"layers.{place}.1", 2),
            _layer(weights, f"layers.{place + 1}.layers.0.0", f"layers.{place + 1}.layers.0.1", 1),
            _layer(weights, f"layers.{place + 1}.layers.1.0", f"layers.{place + 1}.layers.1.1", 1),
        )
        for place in (1, 3, 5)
    )


def _layer(weights: dict[str, Values], convolution: str, norm: str, stride: int) -> _Layer:
    factor = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    kernel = weights[f"{convolution}.weight"] * factor[:, None, None, None]
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * factor
    return _Layer(np.ascontiguousarray(kernel.transpose(2, 3, 1, 0).reshape(-1, len(factor))), bias, stride)
