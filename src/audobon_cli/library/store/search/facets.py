"""Facets: what an asset is, as short names that the text index holds beside its words.

A facet is written into the index as one character of Unicode's private use areas (two from the 131,069th
on), which no word can contain. docs: migrations/m002_search.py.
"""

import math
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.media import NO_PIXELS, MediaInfo, pixels_of
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.quality_record import kept_score

LIVING = "all"
"""The facet of every asset, for queries that only exclude."""
YES, NO = "yes", "no"
"""Values of fields that hold or do not; only the first is a facet."""

FIRST_PLANE, SECOND_PLANE, PLANE_SIZE = 0xF0000, 0x100000, 65_534
CELL_BITS = 4
"""Colours are found by cells of 4 bits a channel, 17 steps of 256 apart."""


class NumberField(NamedTuple):
    """How a number is written as a facet: ``scale`` steps to a unit above ``-below``, at most ``most`` of them, in
    ``digits``; the first ``coarse`` digits are a facet, too, for ranges that hold it wholly."""

    digits: int
    coarse: int
    scale: int = 1
    below: int = 0

    @property
    def most(self) -> int:
        """The largest step that is told from those above it."""
        return int(10**self.digits) - 1

    def steps(self, value: float) -> str:
        """``value`` as facets have it."""
        step = math.floor(value * self.scale + 1e-6) + self.below
        return f"{min(max(step, 0), self.most):0{self.digits}}"

    def facets(self, field: str, value: float) -> list[str]:
        """The facets of ``field`` for ``value``."""
        whole = self.steps(value)
        return list(dict.fromkeys((f"{field}:{whole}", f"{field}:{whole[: self.coarse]}")))


NUMBERS = {
    "size": NumberField(5, 3),
    "rating": NumberField(1, 1),
    "length": NumberField(7, 5, scale=100),
    "loud": NumberField(3, 3, below=100),
    "pitch": NumberField(5, 3),
    "score": NumberField(4, 2, scale=1000),
}
"""Pixels; stars; seconds in hundredths; LUFS; Hz; technical quality from 0 to 1, in thousandths."""


def token(number: int) -> str:
    """How the facet with this number is written in the index."""
    high, low = divmod(number, 2 * PLANE_SIZE)
    plane = FIRST_PLANE if low < PLANE_SIZE else SECOND_PLANE - PLANE_SIZE
    return (token(high - 1) if high else "") + chr(plane + low)


def plain_value(value: str) -> str:
    """A value as facets hold it: without case, and without what no database text can hold."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").casefold()


def facets_of(asset: Asset, colors: Iterable[str] = ()) -> tuple[str, ...]:
    """The facets of a living asset; ``colors`` are the cells of its palette (see `cell`)."""
    score = kept_score(asset.metadata, asset.blob)
    found = _facets(
        asset.kind.value,
        asset.format,
        asset.media,
        asset.created.date(),
        (asset.model, asset.style, asset.quality),
        (asset.rating, asset.tags, asset.category, asset.protected),
        tuple(colors),
    )
    return found if score is None else (*found, *NUMBERS["score"].facets("score", score))


@lru_cache(maxsize=1024)
def _facets(
    kind: str,
    form: str,
    media: MediaInfo,
    created: date,
    made: tuple[str, str, str],
    arranged: tuple[int | None, tuple[str, ...], str, bool],
    colors: tuple[str, ...],
) -> tuple[str, ...]:
    """Remembered, as most files that are taken in together have the same."""
    rating, tags, category, protected = arranged
    day = created.strftime("%Y-%m-%d")
    found = [
        LIVING,
        f"kind:{kind}",
        f"format:{form}",
        *_sides(media),
        *_heard(media),
        f"created:{day[:4]}",
        f"created:{day[:7]}",
        f"created:{day}",
    ]
    for field, value in zip(("model", "style", "quality"), made, strict=True):
        if value:
            found.append(f"{field}:{plain_value(value)}")
    if rating is not None:
        found.append(f"rating:{rating}")
    found += [f"tag:{plain_value(tag)}" for tag in tags]
    if protected:
        found.append(f"protected:{YES}")
    if category:
        category = plain_value(category)
        parts = category.split("/")
        found.append(f"category:{category}")
        found += [f"in:{'/'.join(parts[:depth])}" for depth in range(1, len(parts) + 1)]
    found += [f"palette:{color}" for color in colors]
    return tuple(dict.fromkeys(found))


def _sides(media: MediaInfo) -> list[str]:
    """The facets of an image's sides; none for what is no image."""
    image = pixels_of(media)
    if image is NO_PIXELS:
        return []
    side = max(image.width, image.height)
    return [f"dimensions:{image.width}x{image.height}", *NUMBERS["size"].facets("size", side)]


def _heard(sound: MediaInfo) -> list[str]:
    """The facets of a sound; none for what is none."""
    if not isinstance(sound, SoundInfo):
        return []
    values = {"length": sound.seconds, "loud": sound.loudness} | (
        {"pitch": sound.pitch} if sound.pitch else {}
    )
    return [facet for field, value in values.items() for facet in NUMBERS[field].facets(field, value)]


def cell(red: int, green: int, blue: int) -> str:
    """The cell of a colour (0 to 255 each), as three hex digits."""
    shift = 8 - CELL_BITS
    return f"{red >> shift:x}{green >> shift:x}{blue >> shift:x}"
