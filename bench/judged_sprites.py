"""Sprites whose look is known, because a script made them: of the shipped permissive drawings, a family a hand.

A family is a hand (or the tiles) under one rule: its members differ in what they show, in pose and in colours alone.
"""

import random
from dataclasses import dataclass
from functools import cache

import numpy as np

from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.scene import Placed, Pose, Scene
from audobon_cli.exemplars.store import TILES, ExemplarStore
from audobon_cli.media.image.pixels import Pixels


@dataclass(frozen=True, slots=True)
class Family:
    """How all of a family are drawn; ``side`` in pixels."""

    hand: str
    style: str = ""
    outline: float = 0.0
    finish: str = ""
    grid: int = 0
    colours: int = 0
    side: int = 64


FAMILIES = {
    "plain": Family("noto"),
    "inked": Family("noto", outline=44.0),
    "glossy": Family("fxemoji", style="glossy"),
    "line art": Family("noto", style="outline"),
    "silhouettes": Family("fluent", style="silhouette"),
    "pixels 16": Family("noto", style="pixel", grid=16, colours=8),
    "pixels 32": Family("fluent", style="pixel", grid=32, colours=16),
    "tiles": Family(TILES, style="pixel", grid=32, colours=16),
}
"""Families that people tell apart at a glance: the judged set."""

NEAR = {
    "plain, fluent": Family("fluent"),
    "plain, round": Family("noto-round"),
    "plain, soft": Family("fxemoji", style="soft"),
    "clip art": Family("noto-round", style="clipart"),
}
"""Families that are near to one of those: other hands of flat emoji, and a thinner line."""

ALL_FAMILIES = FAMILIES | NEAR


@cache
def store() -> ExemplarStore:
    """The shipped drawings."""
    return ExemplarStore()


@cache
def members(name: str, count: int, seed: int) -> tuple[tuple[str, Pixels], ...]:
    """``count`` pictures of the family ``name``, each with what it shows; another ``seed``, other things.

    Drawn once: whoever changes a picture changes a copy, since arrays cannot be written to.
    """
    family = ALL_FAMILIES[name]
    chance = random.Random(f"{name} {seed}")
    found = []
    for thing in chance.sample(_things(family.hand), count):
        pixels = drawn(family, thing, chance)
        pixels.flags.writeable = False
        found.append((thing, pixels))
    return tuple(found)


def drawn(family: Family, thing: str, chance: random.Random) -> Pixels:
    """``thing`` as ``family`` draws it."""
    place = chance.choice(store().tiles[thing]) if family.hand == TILES else 0
    pose = Pose(mirror=chance.random() < 0.5, turn=round(chance.uniform(-8, 8), 1))
    placed = Placed(thing, family.hand, store().exemplar_digest(family.hand, thing, place), place, pose=pose)
    scene = Scene((placed,), family.style, family.outline, family.finish, 0, family.grid, family.colours)
    return np.array(draw_scene(scene, store(), family.side).convert("RGBA"), dtype=np.uint8)


def _things(hand: str) -> list[str]:
    if hand == TILES:
        return sorted(store().tiles)
    return sorted(name for name, thing in store().things.items() if hand in thing.hands)
