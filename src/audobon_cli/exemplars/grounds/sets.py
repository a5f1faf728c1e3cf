"""Which tiles a set has, in the terms of the field: 16 by corners, 16 by edges, 47 of a blob."""

from collections.abc import Sequence
from itertools import product

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.grounds.shores import (
    BOTTOM,
    BOTTOM_LEFT,
    BOTTOM_RIGHT,
    CORNER,
    CORNERS,
    EDGE,
    LEFT,
    MIXED,
    RIGHT,
    SIDES,
    TOP,
    TOP_LEFT,
    TOP_RIGHT,
)

BLOB = "blob"
LAYOUTS = {CORNER: CORNER, EDGE: EDGE, BLOB: MIXED}
"""The sets by the names that they are asked for with, and their kinds."""

_LETTERS = {
    TOP: "n",
    TOP_RIGHT: "ne",
    RIGHT: "e",
    BOTTOM_RIGHT: "se",
    BOTTOM: "s",
    BOTTOM_LEFT: "sw",
    LEFT: "w",
    TOP_LEFT: "nw",
}


@dataclass(frozen=True, slots=True)
class SetTile:
    """A tile of a set: ``sides`` are the neighbours where the inner ground lies (see shores.py); ``name`` says which
    they are by compass: ``n_ne_e``, ``all``, ``none``."""

    sides: int
    name: str


def tiles_of(layout: str) -> tuple[SetTile, ...]:
    """The tiles of the set ``layout``, from none to all of the inner ground. Raises KeyError for another name."""
    kind = LAYOUTS[layout]
    if kind == MIXED:
        masks: Sequence[int] = sorted({_reduced(mask) for mask in range(256)})
    else:
        bits = CORNERS if kind == CORNER else SIDES
        masks = sorted(
            sum(bit for bit, there in zip(bits, chosen, strict=True) if there)
            for chosen in product((False, True), repeat=4)
        )
    full = max(masks)
    return tuple(SetTile(mask, _name(mask, full)) for mask in masks)


def _reduced(mask: int) -> int:
    """``mask`` without the corners that are not between two sides of it: they change nothing of a blob's tile."""
    for corner, first, second in (
        (TOP_RIGHT, TOP, RIGHT),
        (BOTTOM_RIGHT, BOTTOM, RIGHT),
        (BOTTOM_LEFT, BOTTOM, LEFT),
        (TOP_LEFT, TOP, LEFT),
    ):
        if not (mask & first and mask & second):
            mask &= ~corner
    return mask


def _name(mask: int, full: int) -> str:
    if mask in (0, full):
        return "all" if mask else "none"
    return "_".join(name for bit, name in _LETTERS.items() if mask & bit)
