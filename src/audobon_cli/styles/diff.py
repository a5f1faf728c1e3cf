"""What tells two styles apart."""

import math
from dataclasses import dataclass

import numpy as np

from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import DRAWING_FLOOR, MOST, palette_of
from audobon_cli.styles.measures import DRAWING, GROUPS, MEASURES


@dataclass(frozen=True, slots=True)
class MeasureDiff:
    """A measure of two cards, and how many deviations (of both, and the measure's floor) lie between their medians."""

    measure: str
    one: float
    other: float
    deviations: float


@dataclass(frozen=True, slots=True)
class StyleDiff:
    """``total`` as in StyleDistance; ``palette`` the mean OKLab distance of each colour of either card from the nearest
    of the other, by their shares; ``measures`` the furthest apart first."""

    total: float
    palette: float
    groups: dict[str, float]
    measures: tuple[MeasureDiff, ...]


def diff(one: StyleCard, other: StyleCard) -> StyleDiff:
    """What tells ``other`` from ``one``. The same the other way round, but for who is who."""
    found = [_apart(name, one, other) for name in MEASURES if name in one.spreads and name in other.spreads]
    groups = {}
    for group in GROUPS:
        own = [min(each.deviations, MOST) for each in found if MEASURES[each.measure].group == group]
        if own:
            groups[group] = math.sqrt(sum(value**2 for value in own) / len(own))
    if one.network == other.network and one.drawing:
        spread = np.sqrt(np.square(one.drawing_spread) + np.square(other.drawing_spread) + DRAWING_FLOOR**2)
        apart = np.minimum(np.abs(np.subtract(one.drawing, other.drawing)) / spread, MOST)
        groups[DRAWING] = float(np.sqrt((apart**2).mean()))
    weight = sum(GROUPS[group] for group in groups)
    total = math.sqrt(sum(GROUPS[group] * value**2 for group, value in groups.items()) / weight)
    return StyleDiff(
        total, _palettes_apart(one, other), groups, tuple(sorted(found, key=lambda each: -each.deviations))
    )


def _apart(name: str, one: StyleCard, other: StyleCard) -> MeasureDiff:
    mine, theirs = one.spreads[name], other.spreads[name]
    spread = math.hypot(mine.deviation, theirs.deviation, MEASURES[name].floor)
    return MeasureDiff(name, one.value(name), other.value(name), abs(mine.middle - theirs.middle) / spread)


def _palettes_apart(one: StyleCard, other: StyleCard) -> float:
    apart = np.sqrt(((palette_of(one)[:, None] - palette_of(other)) ** 2).sum(axis=-1))
    shares = [[colour.share for colour in card.palette] for card in (one, other)]
    both = [
        np.average(apart.min(axis=axis), weights=share) for axis, share in zip((1, 0), shares, strict=True)
    ]
    return float(sum(both) / 2)
