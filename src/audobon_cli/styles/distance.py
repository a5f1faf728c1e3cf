"""How far a look is from a card, and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audobon_cli.media.image.oklab import Floats
from audobon_cli.styles.card import Spread, StyleCard
from audobon_cli.styles.look import Look
from audobon_cli.styles.measures import DRAWING, GROUPS, LOGARITHMIC, MEASURES

MOST = 6.0
"""Deviations beyond which nothing is further away: one measure must not drown the others."""

DRAWING_FLOOR = 0.05
"""As Measure.floor, of each number of a drawing."""

LEAST = 1 / 128
"""The least value of a measure that is compared by its logarithm."""

NOTED = 2.0
"""Deviations from which a difference is worth words."""


@dataclass(frozen=True, slots=True)
class StyleDifference:
    """A measure in which a look is away from a card, by ``deviations`` of the card's."""

    measure: str
    value: float
    usual: float
    deviations: float

    @property
    def words(self) -> str:
        """Such as "outline 2.0 px, the set 0.9 px"."""
        measure = MEASURES[self.measure]
        return f"{measure.title} {measure.said(self.value)}, the set {measure.said(self.usual)}"


@dataclass(frozen=True, slots=True)
class StyleDistance:
    """``total`` is about 1 for what is of the set, and at most MOST; ``groups`` the same by group; ``differences`` of
    at least NOTED, the largest first."""

    total: float
    groups: dict[str, float]
    differences: tuple[StyleDifference, ...]


def distance(look: Look, card: StyleCard) -> StyleDistance:
    """How far ``look`` is from ``card``: for each measure how many of the card's deviations, root mean square in each
    group, and over the groups with their weights. Nothing visible is MOST away."""
    if look.is_blank:
        return StyleDistance(MOST, dict.fromkeys(GROUPS, MOST), ())
    values = {**look.values, "off_palette": off_palette(look, palette_of(card))}
    found = [_difference(values[name], spread) for name, spread in card.spreads.items()]
    groups = {}
    for group in GROUPS:
        own = [one.deviations for one in found if MEASURES[one.measure].group == group]
        if own:
            groups[group] = math.sqrt(sum(min(one, MOST) ** 2 for one in own) / len(own))
    if len(look.drawing) == len(card.drawing) and card.drawing:
        groups[DRAWING] = _drawn_apart(look, card)
    weight = sum(GROUPS[group] for group in groups)
    total = math.sqrt(sum(GROUPS[group] * apart**2 for group, apart in groups.items()) / weight)
    noted = sorted((one for one in found if one.deviations >= NOTED), key=lambda one: -one.deviations)
    return StyleDistance(total, groups, tuple(noted))


def furthest(looks: Sequence[Look], card: StyleCard) -> tuple[int, StyleDistance]:
    """Which of ``looks`` (from 0) is furthest from ``card``, and how far. Those of nothing count if all are such: an
    animation may end with an empty frame."""
    shown = [place for place, look in enumerate(looks) if not look.is_blank]
    apart = {place: distance(looks[place], card) for place in shown or range(len(looks))}
    place = max(apart, key=lambda number: apart[number].total)
    return place, apart[place]


def palette_of(card: StyleCard) -> Floats:
    """The card's colours in OKLab, shape (n, 3)."""
    return np.array([colour.lab for colour in card.palette]).reshape(-1, 3)


def off_palette(look: Look, palette: Floats) -> float:
    """The mean OKLab distance of the visible colours from the nearest of ``palette``."""
    apart = np.sqrt(((look.colours[:, None] - palette) ** 2).sum(axis=-1)).min(axis=1)
    return float((apart * look.shares).sum())


def _difference(value: float, spread: Spread) -> StyleDifference:
    name = spread.name
    compared = math.log2(max(value, LEAST)) if name in LOGARITHMIC else value
    apart = abs(compared - spread.middle) / math.hypot(spread.deviation, MEASURES[name].floor)
    return StyleDifference(name, value, spread.value, apart)


def _drawn_apart(look: Look, card: StyleCard) -> float:
    apart = np.abs(look.drawing - np.array(card.drawing)) / np.hypot(
        np.array(card.drawing_spread), DRAWING_FLOOR
    )
    return float(np.sqrt((np.minimum(apart, MOST) ** 2).mean()))
