"""A style card: what the looks of a set have in common, and how far its members are apart."""

import json
from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.serialization import from_plain, to_plain
from audobon_cli.styles.measures import LOGARITHMIC, MEASURES

CARD_SCHEMA = "audobon-style/1"
LARGEST = 1000.0
"""No number of a card is larger: the largest are logarithms of sides."""

LEAST_LIMIT, BEYOND = 1.1, 1.2
"""A limit is so many times what nine of ten members keep within, and no less than LEAST_LIMIT: bench/style.py tells
how many of a judged set are on the right side of it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The measure ``name`` over a set: its median, and its deviation (the robust one: 1.4826 times the median
    distance from the median). Of measures in LOGARITHMIC both are base-2 logarithms."""

    name: str
    middle: float
    deviation: float

    @property
    def value(self) -> float:
        """The median in the measure's own unit."""
        return 2**self.middle if self.name in LOGARITHMIC else self.middle


@dataclass(frozen=True, slots=True)
class PaletteColour:
    """A colour in OKLab, and the share of the set's visible pixels that it stands for."""

    lab: tuple[float, float, float]
    share: float


@dataclass(frozen=True, slots=True)
class StyleCard:
    """The style of ``pictures`` pictures. ``drawing`` and ``drawing_spread`` are the mean and the deviation of what
    the network ``network`` says of them (drawing.py); ``usual`` and ``far`` the distance from the card that half of
    the members and that nine of ten keep within."""

    pictures: int
    measures: tuple[Spread, ...]
    palette: tuple[PaletteColour, ...]
    network: str
    drawing: tuple[float, ...]
    drawing_spread: tuple[float, ...]
    usual: float = 0.0
    far: float = 0.0

    @property
    def limit(self) -> float:
        """The distance from which a picture is not of the set, where nobody says another."""
        return round(max(LEAST_LIMIT, BEYOND * self.far), 2)

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces."""
        return json.dumps({"schema": CARD_SCHEMA, **to_plain(self)}, sort_keys=True, separators=(",", ":"))

    @property
    def spreads(self) -> dict[str, Spread]:
        """``measures`` by their names; those that this version does not know are left out."""
        return {one.name: one for one in self.measures if one.name in MEASURES}

    def value(self, name: str) -> float:
        """The median of a measure, in its own unit."""
        return self.spreads[name].value


def card_from_json(text: str) -> StyleCard:
    """The card that ``to_json`` wrote. Raises ValueError for what is none of this schema."""
    data: Any = parse_json(text)
    if not isinstance(data, dict) or data.pop("schema", None) != CARD_SCHEMA:
        raise ValueError(f"not a style card of schema {CARD_SCHEMA}")
    card = from_plain(StyleCard, data)
    numbers = [value for one in card.measures for value in (one.middle, one.deviation)]
    numbers += [value for one in card.palette for value in (*one.lab, one.share)]
    numbers += [*card.drawing, *card.drawing_spread, card.usual, card.far]
    if not card.palette or len(card.drawing) != len(card.drawing_spread):
        raise ValueError("a style card without a palette, or with half a drawing")
    if not all(abs(value) <= LARGEST for value in numbers):
        raise ValueError(f"a style card with a number beyond {LARGEST:g}")
    return card
