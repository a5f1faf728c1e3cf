"""One channel of several, for whatever listens to a sound."""

import numpy as np

CANCELLED = 1e-3
"""Of the loudest channel's power: below that the mean of the channels is what is left of their cancelling out. One
channel of sixteen alone has 0.004."""


def one_channel(block: np.ndarray) -> np.ndarray:
    """The mean of the channels of ``block``, of the shape (frames, channels); the loudest of them where they cancel
    each other out, as those of opposite phase do, which are no silence to anybody."""
    mean: np.ndarray = block.mean(axis=1)
    if block.shape[1] == 1:
        return mean
    powers = np.einsum("ij,ij->j", block, block)
    loudest = int(powers.argmax())
    if np.dot(mean, mean) < CANCELLED * powers[loudest]:
        return block[:, loudest].copy()  # blocks are filled anew
    return mean
