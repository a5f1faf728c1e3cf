"""Pictures that look alike, by a perceptual hash; and equal ones."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError, DiskFull, LibraryReadOnly
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.overview import Colours
from audobon_cli.media.types import FLAT_HASH, NO_APPEARANCE, Appearance
from audobon_cli.media.untrusted.decoding import fingerprint

NEAR_BITS = 10
"""Two pictures are alike when at most so many of the hash's 64 bits differ (by trial; chance gives 32)."""
DUPLICATE_BITS = 2
BATCH = 200
SAME_COLOUR = 8
"""Levels of 255 in each channel: a copy in a lossy format keeps to fewer."""
MAX_COMPARED = 2000
"""Of flat pictures so many are looked at for their colours."""
FLAT_NEIGHBOURS = 8


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
    own = library.survey.look_of(number)
    wary = (dhash ^ FLAT_HASH).bit_count() <= bits
    found = library.survey.near_hashes(dhash, bits, MAX_COMPARED if wary else limit + 1)
    alike = (
        (other, distance)
        for other, distance in found
        if other != number and not (wary and _differ_in_colour(own, library.survey.look_of(other)))
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
        flat = library.survey.colours_by_hash(FLAT_HASH)
        known = {number for number, _ in flat}
        pairs = [pair for pair in library.survey.hash_pairs(bits) if known.isdisjoint(pair)]
        for numbers in _clusters([*pairs, *_flat_pairs(flat)]):
            assets = library.survey.by_numbers(sorted(numbers))
            if len({asset.blob for asset in assets}) > 1 or assets[0].blob not in blobs:
                groups.append(Duplicates(assets, False))
    return groups


def _differ_in_colour(one: Appearance, other: Appearance) -> bool:
    """Whether the colours tell apart two looks of which one has the hash that says little."""
    return FLAT_HASH in (one.dhash, other.dhash) and not _same_colours(one.colors, other.colors)


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
