"""Style cards and checks as HTML pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.units import plural
from audobon_cli.media.image.oklab import from_oklab
from audobon_cli.media.image.pixels import Pixels, encode_png, resized
from audobon_cli.pages.render import render_page
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.style_cards import FoundCard, StyleReport
from audobon_cli.styles.distance import palette_of
from audobon_cli.styles.measures import MEASURES
from audobon_cli.styles.pictures import SWATCHES

SIDE = 96
"""Pixels a side of a picture on a page, at most."""


@dataclass(frozen=True, slots=True)
class _Swatch:
    colour: str
    share: float


@dataclass(frozen=True, slots=True)
class _Row:
    group: str
    title: str
    value: str
    deviation: str


@dataclass(frozen=True, slots=True)
class _Checked:
    name: str
    image: bytes
    distance: float
    outlier: bool
    why: Sequence[str]


def card_page(found: FoundCard, reader: PictureReader) -> str:
    """The page of one card. ``reader`` gives its picture."""
    card = found.card
    return render_page(
        "style_card.html",
        title="Style card",
        verdict=found.name,
        card=card,
        pictures=plural(card.pictures, "picture"),
        picture=encode_png(reader.picture(found.source).frames[0][SWATCHES:]) if found.source else None,
        swatches=_swatches(found),
        rows=[
            _Row(
                MEASURES[name].group,
                MEASURES[name].title,
                MEASURES[name].said(card.value(name)),
                f"{one.deviation:.3f}",
            )
            for name, one in card.spreads.items()
        ],
        light=_light(found),
    )


def check_page(report: StyleReport, reader: PictureReader) -> str:
    """The page of a check, the furthest first. ``reader`` gives the pictures once more."""
    outliers = len(report.outliers)
    return render_page(
        "style_check.html",
        title="Style check",
        verdict=f"{outliers} of {len(report.pictures)} are not in the style"
        if outliers
        else "all are in the style",
        against=report.against.name,
        limit=report.limit,
        swatches=_swatches(report.against),
        pictures=[
            _Checked(
                one.source.name,
                thumbnail(reader.picture(one.source).frames[(one.frame or 1) - 1]),
                one.distance.total,
                one.outlier,
                one.why[:4],
            )
            for one in report.pictures
        ],
    )


def _swatches(found: FoundCard) -> list[_Swatch]:
    colours = from_oklab(palette_of(found.card)).tolist()
    return [
        _Swatch("#" + bytes(colour).hex(), one.share)
        for colour, one in zip(colours, found.card.palette, strict=True)
    ]


def _light(found: FoundCard) -> str:
    """Where the light comes from, in words: a slope of less than 0.05 of OKLab's lightness is none."""
    x, y = found.card.value("light_x"), found.card.value("light_y")
    words = [
        ("right" if x > 0 else "left") if abs(x) >= 0.05 else "",
        ("below" if y > 0 else "above") if abs(y) >= 0.05 else "",
    ]
    return " and ".join(word for word in words if word) or "no side"


def thumbnail(pixels: Pixels) -> bytes:
    """A PNG of ``pixels`` with at most SIDE pixels a side, small pictures repeated whole times."""
    height, width = pixels.shape[:2]
    share = SIDE / max(height, width)
    if share < 1:
        return encode_png(resized(pixels, max(1, round(width * share)), max(1, round(height * share))))
    return encode_png(pixels.repeat(math.floor(share), axis=0).repeat(math.floor(share), axis=1))
