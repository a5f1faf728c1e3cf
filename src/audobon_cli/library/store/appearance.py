"""What the pixels of a picture say about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Appearance:
    """``dhash`` is a 64-bit hash in which alike pictures differ by few bits (0: nothing to hash);
    ``colors`` are the chief colours as (red, green, blue), the most frequent first."""

    dhash: int
    colors: tuple[tuple[int, int, int], ...]
