"""Pictures that look alike, by a perceptual hash; and equal ones."""

import contextlib
import itertools
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError, DiskFull, LibraryReadOnly
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.overview import Colours
from audobon_cli.media.types import FLAT_HASH, NO_APPEARANCE, RISING_HASH, Appearance
from audobon_cli.media.untrusted.decoding import fingerprint, first_frame

NEAR_BITS = 10
"""Two pictures are alike when at most so many of the hash's 64 bits differ (by trial; chance gives 32)."""
DUPLICATE_BITS = 2
BATCH = 200
SAME_COLOUR = 8
"""Levels of 255 in each channel: a copy in a lossy format keeps to fewer."""
MAX_COMPARED = 2000
"""Of flat pictures so many are looked at for their colours."""
FLAT_NEIGHBOURS = 8
EMPTY_HASHES = (FLAT_HASH, RISING_HASH)
"""Hashes without structure."""
NOISE_BITS = 4
"""A lossy copy of a shade differs from them in so many bits at most (by trial). Where one of two pictures is as near to
them, its hash says nothing of it, and what colours are where decides."""
LAYOUT_CELLS = 4
"""The means of so many cells a side are compared: shades of the same colours differ in nothing else."""


@dataclass(frozen=True, slots=True)
class SimilarAsset:
    """An asset, and how far it is from the one asked for: 0 to 64 differing bits."""

    asset: Asset
    bits: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """A group of assets with the same bytes (``exact``), or that look the same, oldest first."""

    assets: tuple[Asset, ...]
    exact: bool


def index_appearances(library: Library, listen: Listener = ignore) -> int:
    """Look at every asset whose pixels were not looked at yet, in durable batches; how many there were.

    Where the library cannot be written they are noted in a copy of its database (see Library.work_on_copy)."""
    total = library.survey.count_without_appearance()
    done = 0
    while batch := library.survey.without_appearance(BATCH):
        looks: list[tuple[AssetId, Appearance]] = []
        for asset in batch:
            listen(Progress("look", done, total, "pictures"))
            looks.append((asset.id, _look(library, asset)))
            done += 1
        try:
            _note(library, looks)
        except (LibraryReadOnly, DiskFull):
            library.work_on_copy()
            _note(library, looks)
    if done:
        listen(Progress("look", done, total, "pictures"))
    return done


def _note(library: Library, looks: Sequence[tuple[AssetId, Appearance]]) -> None:
    with library.change() as changes:
        for identifier, look in looks:
            changes.look(identifier, look)


def _look(library: Library, asset: Asset) -> Appearance:
    try:
        return fingerprint(asset.media.medium, library.blobs.read(asset.blob), asset.is_from_outside)
    except AudobonError:  # damaged or missing: `verify` is there to say so
        return NO_APPEARANCE


def similar_assets(
    library: Library, asset: Asset, limit: int = 20, bits: int = NEAR_BITS
) -> tuple[SimilarAsset, ...]:
    """The assets that look like ``asset``, the nearest first; itself left out. Scans a million in 15 ms."""
    number, dhash = library.survey.hash_of(asset.id)
    if not dhash:
        return ()
    wary = not bits + NOISE_BITS < dhash.bit_count() < 64 - bits - NOISE_BITS
    layouts = _Layouts(library)
    found = library.survey.near_hashes(dhash, bits, MAX_COMPARED if wary else limit + 1)
    alike = (
        (other, distance)
        for other, distance in found
        if other != number and not (wary and layouts.tell_apart(number, other))
    )
    others = list(itertools.islice(alike, limit))
    assets = library.survey.by_numbers([other for other, _ in others])
    return tuple(SimilarAsset(one, distance) for one, (_, distance) in zip(assets, others, strict=True))


def look_alike(one: Appearance, other: Appearance, bits: int = DUPLICATE_BITS) -> bool:
    """Whether two pictures are near-duplicates: by their hashes, and where those say little by their colours."""
    if not (one.dhash and other.dhash) or (one.dhash ^ other.dhash).bit_count() > bits:
        return False
    return not _differ_in_colour(one, other)


def find_duplicates(library: Library, near: bool, bits: int = DUPLICATE_BITS) -> list[Duplicates]:
    """Groups of assets with the same bytes; with ``near`` also of those that look the same."""
    groups = [Duplicates(library.survey.by_numbers(numbers), True) for numbers in library.survey.same_blobs()]
    if near:
        blobs = {asset.blob for group in groups for asset in group.assets}
        layouts = _Layouts(library)
        empty = [library.survey.colours_by_hash(dhash) for dhash in EMPTY_HASHES]
        known = {number for some in empty for number, _ in some}
        pairs = [pair for pair in library.survey.hash_pairs(bits) if known.isdisjoint(pair)]
        pairs += [pair for some in empty for pair in _flat_pairs(some)]
        # One scan for all: the looks of a million pairs one by one would take a minute. FLAT_HASH has a bit itself.
        nearly = {
            number
            for dhash in EMPTY_HASHES
            for number, _ in library.survey.near_hashes(dhash, NOISE_BITS + 1, sys.maxsize)
        }
        alike = (pair for pair in pairs if nearly.isdisjoint(pair) or not layouts.tell_apart(*pair))
        for numbers in _clusters(alike):
            assets = library.survey.by_numbers(sorted(numbers))
            if len({asset.blob for asset in assets}) > 1 or assets[0].blob not in blobs:
                groups.append(Duplicates(assets, False))
    return groups


def _differ_in_colour(one: Appearance, other: Appearance) -> bool:
    """Whether the colours tell apart two looks of which one has the hash that says little."""
    return (_is_empty(one.dhash) or _is_empty(other.dhash)) and not _same_colours(one.colors, other.colors)


def _is_empty(dhash: int) -> bool:
    """Whether the hash is of noise alone."""
    return not NOISE_BITS < dhash.bit_count() < 64 - NOISE_BITS


class _Layouts:
    """Tells apart pictures of ``library`` whose hashes say little; each is decoded once, and only where its colours
    leave it open."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._looks: dict[int, Appearance] = {}
        self._means: dict[int, list[int] | None] = {}

    def tell_apart(self, one: int, other: int) -> bool:
        """Whether the assets with these row numbers look different, of whose hashes one may be empty."""
        looks = self._look(one), self._look(other)
        if not any(_is_empty(look.dhash) for look in looks):
            return False
        if _differ_in_colour(*looks):
            return True
        here, there = self._mean(one), self._mean(other)
        if here is None or there is None:
            return False
        return any(abs(a - b) > SAME_COLOUR for a, b in zip(here, there, strict=True))

    def _look(self, number: int) -> Appearance:
        if number not in self._looks:
            self._looks[number] = self._library.survey.look_of(number)
        return self._looks[number]

    def _mean(self, number: int) -> list[int] | None:
        """The mean levels of the cells, on grey where the picture is clear; None where it cannot be decoded."""
        if number not in self._means:
            self._means[number] = None
            with contextlib.suppress(AudobonError):
                self._means[number] = self._decoded(number)
        return self._means[number]

    def _decoded(self, number: int) -> list[int] | None:
        from PIL import Image

        assets = self._library.survey.by_numbers([number])
        if not assets:
            return None
        data = self._library.blobs.read(assets[0].blob)
        image = first_frame(data, assets[0].name, assets[0].is_from_outside).convert("RGBA")
        ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
        cells = Image.alpha_composite(ground, image).convert("RGB")
        return list(cells.resize((LAYOUT_CELLS, LAYOUT_CELLS), Image.Resampling.BOX).tobytes())


def _same_colours(ones: Colours, others: Colours) -> bool:
    """Whether each colour of either has one within SAME_COLOUR in the other."""

    def within(some: Colours, all_of: Colours) -> bool:
        return all(
            any(
                max(abs(a - b) for a, b in zip(colour, known, strict=True)) <= SAME_COLOUR for known in all_of
            )
            for colour in some
        )

    return within(ones, others) and within(others, ones)


def _flat_pairs(flat: Sequence[tuple[int, Colours]]) -> list[tuple[int, int]]:
    """Pairs of flat pictures of the same colours: neighbours, and theirs, in the order of their colours."""
    ordered = sorted(flat, key=lambda one: sorted(one[1]))
    return [
        (ordered[place][0], ordered[place + step][0])
        for step in range(1, FLAT_NEIGHBOURS)
        for place in range(len(ordered) - step)
        if _same_colours(ordered[place][1], ordered[place + step][1])
    ]


def _clusters(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The connected groups of a graph given by its edges."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        neighbours[one].add(other)
        neighbours[other].add(one)
    groups, seen = [], set()
    for start in sorted(neighbours):
        if start in seen:
            continue
        group, todo = set(), [start]
        while todo:
            number = todo.pop()
            if number not in group:
                group.add(number)
                todo += neighbours[number] - group
        seen |= group
        groups.append(group)
    return groups
