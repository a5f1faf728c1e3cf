"""The noise of a seed, as ``torch.randn`` draws it with a CPU generator of that seed."""

import math
import random

import numpy as np
from numpy.typing import NDArray

WORDS = 624
"""Of 32 bits in the state of MT19937."""

VECTOR = 8
"""Uniform numbers are paired over this distance: the width of the vectors that torch fills by
(aten/src/ATen/native/cpu/DistributionTemplates.h, ``normal_fill``)."""

MANTISSA = 24


def seed_noise(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal numbers, float32 of ``shape``, whose size must be a multiple of 16: those of
    ``torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))`` but for the last two bits.

    Torch's own differ by as much between processors, since it takes its logarithms and cosines from the widest
    instructions there are. Here they are computed in double precision and rounded: alike everywhere.
    """
    count = math.prod(shape)
    if count % (2 * VECTOR):
        raise ValueError(f"{shape} holds {count} numbers, no multiple of {2 * VECTOR}")
    words = np.frombuffer(_generator(seed).getrandbits(32 * count).to_bytes(4 * count, "little"), dtype="<u4")
    uniform = (words & (2**MANTISSA - 1)).astype(np.float32) * np.float32(2.0**-MANTISSA)
    first, second = uniform.reshape(-1, 2, VECTOR).swapaxes(0, 1)
    # Box and Muller 1958; torch takes the logarithm of 1 - u, which is never 0.
    logarithm = np.log((np.float32(1) - first).astype(np.float64)).astype(np.float32)
    radius = np.sqrt(np.float32(-2) * logarithm)
    angle = (np.float32(2 * math.pi) * second).astype(np.float64)
    pairs = [radius * function(angle).astype(np.float32) for function in (np.cos, np.sin)]
    noise: NDArray[np.float32] = np.stack(pairs, axis=1).reshape(shape)
    return noise


def _generator(seed: int) -> random.Random:
    """MT19937 as ``manual_seed`` leaves it: of the seed only the lower 32 bits count.

    Python's own way of seeding is another (init_by_array); numpy.random takes 15 ms to import.
    """
    state = [seed & 0xFFFFFFFF]
    for place in range(1, WORDS):
        before = state[-1]
        # init_genrand of Matsumoto and Nishimura's mt19937ar.c.
        state.append((1812433253 * (before ^ (before >> 30)) + place) & 0xFFFFFFFF)
    generator = random.Random()
    generator.setstate((3, (*state, WORDS), None))
    return generator
