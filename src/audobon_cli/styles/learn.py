"""A card learnt of looks: medians, deviations and a palette."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.oklab import Floats
from audobon_cli.styles.card import PaletteColour, Spread, StyleCard
from audobon_cli.styles.distance import LEAST, distance, off_palette
from audobon_cli.styles.drawing import network
from audobon_cli.styles.look import Look
from audobon_cli.styles.measures import LOGARITHMIC, MEASURES

PALETTE_COLOURS = 24
ROUNDS = 8
DEVIATION = 1.4826
"""What makes the median distance from the median of a normal distribution its standard deviation."""


def learn(looks: Sequence[Look]) -> StyleCard:
    """The card of ``looks``; blank ones are passed over. Raises InvalidInput when nothing is visible in any."""
    shown = [look for look in looks if not look.is_blank]
    if not shown:
        raise InvalidInput(
            "Nothing is visible to learn a style from.", hint="name pictures that are not empty"
        )
    colours, shares = _palette(shown)
    own = [{**look.values, "off_palette": off_palette(look, colours)} for look in shown]
    measures = tuple(_spread(name, [values[name] for values in own]) for name in MEASURES)
    drawing = np.stack([look.drawing for look in shown]).astype(np.float64)
    card = StyleCard(
        len(shown),
        measures,
        tuple(
            PaletteColour(_lab(lab), round(float(share), 5))
            for lab, share in zip(colours, shares, strict=True)
        ),
        network(),
        _rounded(np.median(drawing, axis=0)),
        _rounded(DEVIATION * np.median(np.abs(drawing - np.median(drawing, axis=0)), axis=0)),
    )
    far = [distance(look, card).total for look in shown]
    return replace(card, usual=round(float(np.median(far)), 4), far=round(float(np.percentile(far, 90)), 4))


def _spread(name: str, values: Sequence[float]) -> Spread:
    numbers = np.array(values)
    if name in LOGARITHMIC:
        numbers = np.log2(np.maximum(numbers, LEAST))
    middle = float(np.median(numbers))
    return Spread(name, round(middle, 5), round(DEVIATION * float(np.median(np.abs(numbers - middle))), 5))


def _palette(looks: Sequence[Look]) -> tuple[Floats, Floats]:
    """At most PALETTE_COLOURS colours for the colours of all ``looks``, each of which counts the same, the commonest
    first: k-means in OKLab that begins with the commonest colour and adds whichever is worst served."""
    lab = np.concatenate([look.colours for look in looks])
    weights = np.concatenate([look.shares for look in looks]) / len(looks)
    chosen = [int(weights.argmax())]
    near = ((lab - lab[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < PALETTE_COLOURS and (near * weights).max() > 1e-9:
        chosen.append(int((near * weights).argmax()))
        near = np.minimum(near, ((lab - lab[chosen[-1]]) ** 2).sum(axis=1))
    centres = lab[chosen]
    for _ in range(ROUNDS):
        group = ((lab[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)
        total = np.bincount(group, weights=weights, minlength=len(centres))
        sums = [np.bincount(group, weights=weights * lab[:, k], minlength=len(centres)) for k in range(3)]
        moved = np.stack(sums, axis=1) / np.maximum(total, 1e-12)[:, None]
        centres = np.where(total[:, None] > 0, moved, centres)
    order = np.argsort(-total, kind="stable")
    order = order[total[order] > 0]
    colours: Floats = centres[order]
    return colours, np.asarray(total[order], dtype=np.float64)


def _lab(colour: Floats) -> tuple[float, float, float]:
    light, a, b = _rounded(colour)
    return light, a, b


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)
