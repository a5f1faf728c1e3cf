"""Functions that give the same bits on every processor: of sums, products and whole numbers alone.

numpy's own sine, exponential, sums and products of matrices choose their code by the processor, and round differently.
Sums, products, quotients, square roots and roundings of numbers are exact by IEEE 754, whatever computes them, and
``cumsum`` adds in order.
"""

import hashlib
from collections.abc import Callable

import numpy as np

Array = np.ndarray

_SINE_TERMS = (
    6.283185307179586,
    -41.341702240399755,
    81.60524927607504,
    -76.70585975306136,
    42.058693944897655,
    -15.094642576822984,
    3.8199525848482803,
)
"""Taylor's series of sin(2 pi x): (2 pi)^k / k!. On a quarter turn the next term is below 7e-10."""

_POWER_TERMS = (
    1.0,
    0.6931471805599453,
    0.24022650695910072,
    0.05550410866482158,
    0.009618129107628477,
    0.0013333558146428443,
    0.00015403530393381608,
    1.525273380405984e-05,
)
"""Taylor's series of 2^x: ln(2)^k / k!. Between -1/2 and 1/2 the next term is below 6e-9."""

LOG2_E = 1.4426950408889634
TURN = 6.283185307179586
LOG2_1000 = 9.965784284662087
"""What falls by 60 dB falls by a factor of 1000."""

_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""Constants of SplitMix64 (Steele, Lea and Flood, 2014)."""


BLOCK = 8_192
"""Samples that are worked on together: of 64 KiB, so that they and what is made of them stay in a cache."""


def in_blocks(work: Callable[[Array], Array], values: Array) -> Array:
    """``work`` of ``values``, block by block, where it makes of each number one that depends on nothing else."""
    if values.ndim != 1 or len(values) <= BLOCK:
        return work(values)
    out = np.empty(len(values))
    for start in range(0, len(values), BLOCK):
        out[start : start + BLOCK] = work(values[start : start + BLOCK])
    return out


def sine(turns: Array) -> Array:
    """sin(2 pi ``turns``)."""
    return in_blocks(_sine, turns)


def _sine(turns: Array) -> Array:
    rest = turns - np.rint(turns)
    folded = np.abs(rest)
    np.minimum(folded, 0.5 - folded, out=folded)
    square = folded * folded
    total = square * _SINE_TERMS[6]
    for factor in _SINE_TERMS[5:0:-1]:
        total += factor
        total *= square
    total += _SINE_TERMS[0]
    total *= folded
    return np.asarray(np.copysign(total, rest))


def power2(exponents: Array | float) -> Array:
    """2 to the power of ``exponents``, which are kept between -1000 and 1000."""
    return in_blocks(_power2, np.asarray(exponents, dtype=np.float64))


def _power2(exponents: Array) -> Array:
    values = np.minimum(np.maximum(exponents, -1000.0), 1000.0)
    whole = np.rint(values)
    rest = values - whole
    total = rest * _POWER_TERMS[7]
    for factor in _POWER_TERMS[6:0:-1]:
        total += factor
        total *= rest
    total += _POWER_TERMS[0]
    bits = (whole.astype(np.int64) + 1023) << 52
    return np.asarray(total * bits.view(np.float64))


def power2_of(exponent: float) -> float:
    """2 to the power of one number."""
    return float(power2(np.array([exponent]))[0])


def log2_of(value: float) -> float:
    """The logarithm of ``value`` to base 2 to nine places: its exponent, and by squaring the rest."""
    value = max(value, 1e-12)
    whole = 0
    while value >= 2:
        value, whole = value / 2, whole + 1
    while value < 1:
        value, whole = value * 2, whole - 1
    part, bit = 0.0, 0.5
    for _ in range(30):
        value *= value
        if value >= 2:
            value, part = value / 2, part + bit
        bit /= 2
    return whole + part


def decibels(level: float) -> float:
    """The factor that ``level`` dB are."""
    return power2_of(level * 0.16609640474436813)  # log2(10) / 20


def semitones(steps: Array) -> Array:
    """The factor that ``steps`` semitones are."""
    return power2(steps / 12)


def decay_factor(seconds: float, rate: float) -> float:
    """The factor from sample to sample of what falls by 60 dB in ``seconds``."""
    return power2_of(-LOG2_1000 / max(seconds * rate, 1.0))


def falling(length: int, seconds: float, rate: int) -> Array:
    """``length`` samples from 1 on that fall by 60 dB in ``seconds``."""
    return power2(np.arange(length) * (-LOG2_1000 / max(seconds * rate, 1.0)))


def uniform(length: int, seed: int) -> Array:
    """``length`` numbers from 0 up to 1, each as likely, that ``seed`` alone decides on."""
    if length <= BLOCK:
        return _uniform(1, length + 1, seed)
    out = np.empty(length)
    for start in range(0, length, BLOCK):
        end = min(start + BLOCK, length)
        out[start:end] = _uniform(start + 1, end + 1, seed)
    return out


def _uniform(start: int, end: int, seed: int) -> Array:
    mixed = np.arange(start, end, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(seed & (2**64 - 1))
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(_FIRST)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def noise(length: int, seed: int) -> Array:
    """White noise between -1 and 1."""
    return uniform(length, seed) * 2 - 1


def child_seed(seed: int, name: str) -> int:
    """A seed of its own for the part ``name`` of what ``seed`` decides on."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def drawn(seed: int, name: str) -> float:
    """A number from 0 up to 1 that ``seed`` gives to the part ``name``."""
    return (child_seed(seed, name) >> 11) * 2.0**-53
