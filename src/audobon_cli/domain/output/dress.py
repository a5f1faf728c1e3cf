"""The dress of a picture: how it is made to fit a style card."""

from dataclasses import replace
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.serialization import from_plain, to_plain


@dataclass(frozen=True, slots=True)
class Dress:
    """How a picture is made to fit a card, all of it plain numbers: the card itself is not needed to do it again.

    ``lightness``, ``contrast`` and ``chroma`` are from and to what the mean lightness of the figure in OKLab, its
    deviation, and the mean chroma are moved, by ``strength`` (0 to 1). ``palette`` are colours as #rrggbb, to which
    every colour goes by ``pull`` (1: it becomes the nearest of them); with a ``reach`` above 0 the less the further the
    palette is from it in OKLab, so that what the palette has no colour for keeps its own. ``cell`` is the side of the
    squares that the picture consists of afterwards, in pixels; ``hard`` makes each pixel opaque or clear; ``outline``
    is the weight of a line of ``outline_colour`` around the figure, in cells. ``card`` is the SHA-256 of the card's
    JSON, ``asset`` and ``blob`` the asset that it is, if it is one.
    """

    card: str
    asset: str = ""
    blob: str = ""
    lightness: tuple[float, float] = (0.0, 1.0)
    contrast: tuple[float, float] = (0.0, 1.0)
    chroma: tuple[float, float] = (0.0, 1.0)
    strength: float = 1.0
    palette: tuple[str, ...] = ()
    pull: float = 1.0
    reach: float = 0.0
    cell: int = 1
    hard: bool = False
    outline: int = 0
    outline_colour: str = "#000000"
    start: bool = False
    """Whether a composition that a network goes on from is brought to it first, its line too: what a network is to keep
    must be there."""

    @property
    def finishing(self) -> "Dress":
        """What is done to the finished picture: a line that it began with is not drawn again."""
        return replace(self, outline=0) if self.start else self

    def facts(self) -> dict[str, Any]:
        """What a recipe keeps: what is as usual is left out."""
        facts: dict[str, Any] = to_plain(self)
        return facts


def dress_from(facts: dict[str, Any]) -> Dress | None:
    """The dress that ``facts`` were made of; None of no facts. Raises ValueError for what is none."""
    if not facts:
        return None
    dress = from_plain(Dress, facts)
    bounds = (*dress.lightness, *dress.contrast, *dress.chroma, dress.strength, dress.pull, dress.reach)
    if not (all(0 <= value <= 1 for value in bounds) and 1 <= dress.cell <= 256 and 0 <= dress.outline <= 64):
        raise ValueError("a dress with a number that is out of bounds")
    for colour in (*dress.palette, dress.outline_colour):
        if len(colour) != 7 or colour[0] != "#":
            raise ValueError(f"{colour[:20]!r} is no colour")
        int(colour[1:], 16)
    return dress
