"""Where rectangles go on pages: rectpack's MaxRects and Skyline, or a fixed grid."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from audobon_cli.domain.errors import InvalidInput

TIGHT = 200
"""Up to so many rectangles MaxRects is used, which packs tighter; its time grows with the square of their
number (1.3 s for 500 and one page size, where Skyline takes 0.04 s)."""

OFFERED = 1.15
"""Times a page's area: as much is offered to it in rectangles at once, of those that do not fit one page."""


MISSES = 4
"""Groups that do not fit a page any more before it counts as full: each try packs the page again."""


class Corner(NamedTuple):
    """Where one rectangle's corner goes."""

    page: int
    x: int
    y: int


class Packed(NamedTuple):
    """A place for each rectangle, in their order, and the pages' sizes (width, height)."""

    places: tuple[Corner, ...]
    pages: tuple[tuple[int, int], ...]


def pack(
    sizes: Sequence[tuple[int, int]],
    largest: int,
    power_of_two: bool = False,
    groups: Sequence[Sequence[int]] = (),
) -> Packed:
    """Rectangles (width, height) on as few and small pages of at most ``largest`` a side as can be found. Each of
    ``groups``, which are places in ``sizes``, stays together if it fits a page. With ``power_of_two`` sides are rounded
    up to one, beyond ``largest`` if that is none.

    The same sizes give the same places. Raises InvalidInput when one is larger than a page.
    """
    if not sizes:
        return Packed((), ())
    biggest = max(max(size) for size in sizes)
    if biggest > largest:
        raise InvalidInput(
            f"A frame needs {biggest} pixels, padding included,"
            f" and a page has {largest}{_said(largest, power_of_two)}.",
            hint="raise --max-size, or scale the pictures down",
        )
    packed = _pages(sizes, largest, power_of_two, [])
    if all(len({packed.places[index].page for index in group}) <= 1 for group in groups):
        return packed
    return _pages(sizes, largest, power_of_two, _joined(groups))


def _pages(
    sizes: Sequence[tuple[int, int]], largest: int, power_of_two: bool, groups: Sequence[Sequence[int]]
) -> Packed:
    """Page after page, each with as many whole groups as fit it and then what is of none."""
    order = sorted(range(len(sizes)), key=lambda i: (-max(sizes[i]), -min(sizes[i]), i))
    rank = {index: place for place, index in enumerate(order)}
    waiting = [sorted(group, key=rank.__getitem__) for group in groups]
    waiting = [group for group in waiting if _fits(group, sizes, largest)]
    waiting.sort(key=lambda group: -sum(sizes[i][0] * sizes[i][1] for i in group))
    places: dict[int, Corner] = {}
    pages: list[tuple[int, int]] = []
    while order:
        held = {index for group in waiting for index in group}
        first = _next_groups(waiting, sizes, largest)
        put, size = _one_page([*first, *(i for i in order if i not in held)], sizes, largest, power_of_two)
        if not put.keys() >= set(first):  # many more rectangles are packed by another algorithm
            put, size = _one_page(first, sizes, largest, power_of_two)
        places.update({index: Corner(len(pages), x, y) for index, (x, y) in put.items()})
        pages.append(size)
        order = [index for index in order if index not in put]
    return Packed(tuple(places[index] for index in range(len(sizes))), tuple(pages))


def _next_groups(waiting: list[list[int]], sizes: Sequence[tuple[int, int]], largest: int) -> list[int]:
    """The members of groups that fit one page together, which are waiting no more."""
    first: list[int] = []
    misses = 0
    for group in list(waiting):
        if _fits([*first, *group], sizes, largest):
            first += group
            waiting.remove(group)
        elif (misses := misses + 1) == MISSES:
            break
    return first


def _fits(group: Sequence[int], sizes: Sequence[tuple[int, int]], largest: int) -> bool:
    """Whether all of ``group`` goes on one page."""
    area = sum(sizes[index][0] * sizes[index][1] for index in group)
    return area <= largest * largest and len(_put(group, sizes, largest, largest)) == len(group)


def _joined(groups: Sequence[Sequence[int]]) -> list[list[int]]:
    """``groups`` that share members as one."""
    joined: list[set[int]] = []
    for group in groups:
        members = set(group)
        for other in [each for each in joined if each & members]:
            members |= other
            joined.remove(other)
        joined.append(members)
    return [sorted(members) for members in joined]


def grid(
    sizes: Sequence[tuple[int, int]], cell: tuple[int, int], columns: int, largest: int, power_of_two: bool
) -> Packed:
    """Rectangles in equal cells, line by line; ``columns`` 0 makes the page about square."""
    width, height = cell
    if max(cell) > largest or columns * width > largest:
        raise InvalidInput(
            f"A line of cells of {width}x{height} does not fit {largest} pixels{_said(largest, power_of_two)}.",
            hint="raise --max-size, or lower --columns",
        )
    side = math.ceil(math.sqrt(len(sizes) * width * height) / width)
    across = columns or max(1, min(side, largest // width, len(sizes)))
    down = largest // height
    each = across * down
    places = tuple(
        Corner(i // each, i % each % across * width, i % each // across * height) for i in range(len(sizes))
    )
    lines = [
        min(down, math.ceil((len(sizes) - page * each) / across))
        for page in range(math.ceil(len(sizes) / each))
    ]
    pages = [(across * width, count * height) for count in lines]
    return Packed(places, tuple((_two(w), _two(h)) if power_of_two else (w, h) for w, h in pages))


def _one_page(
    order: Sequence[int], sizes: Sequence[tuple[int, int]], largest: int, power_of_two: bool
) -> tuple[dict[int, tuple[int, int]], tuple[int, int]]:
    """The smallest page that takes all, else a full page with what it takes."""
    area = sum(sizes[i][0] * sizes[i][1] for i in order)
    if area <= largest * largest:
        found = []
        for width, height in _candidates(order, sizes, area, largest, power_of_two):
            put = _put(order, sizes, width, height)
            if len(put) == len(order):
                used = (width, height) if power_of_two else _used(put, sizes)
                found.append((used[0] * used[1], max(used), used, put))
                if power_of_two:
                    break  # they come smallest first
        if found:
            _, _, used, put = min(found, key=lambda each: each[:3])
            return put, used
    offered = [
        index
        for index, before in zip(order, _areas_before(order, sizes), strict=True)
        if before <= OFFERED * largest * largest
    ]
    put = _put(offered, sizes, largest, largest)
    used = _used(put, sizes)
    return put, (_two(used[0]), _two(used[1])) if power_of_two else used


def _areas_before(order: Sequence[int], sizes: Sequence[tuple[int, int]]) -> list[int]:
    """For each of ``order`` the area of those before it together."""
    return [0, *accumulate(sizes[index][0] * sizes[index][1] for index in order)][:-1]


def _candidates(
    order: Sequence[int], sizes: Sequence[tuple[int, int]], area: int, largest: int, power_of_two: bool
) -> list[tuple[int, int]]:
    """Page sizes worth trying."""
    wide, high = max(sizes[i][0] for i in order), max(sizes[i][1] for i in order)
    if power_of_two:
        powers = [2**n for n in range(15) if 2**n <= largest]
        pairs = [(w, h) for w in powers for h in powers if w >= wide and h >= high and w * h >= area]
        # Long thin pages are of no use: at most twice as long as wide, unless a frame needs it.
        pairs = [p for p in pairs if max(p) <= 2 * min(p)] or pairs
        return sorted(pairs, key=lambda p: (p[0] * p[1], max(p), -p[0]))[:8]
    side = math.sqrt(area)
    steps = (1.0, 1.03, 1.06, 1.1, 1.15, 1.2, 1.3, 1.41)
    widths = {min(largest, max(wide, math.ceil(side * step))) for step in steps}
    pairs = [(w, min(largest, max(high, math.ceil(area / w * 1.6) + high))) for w in widths]
    return sorted({*pairs, (largest, largest)}, key=lambda p: (p[0] * p[1], p))


def _put(
    order: Sequence[int], sizes: Sequence[tuple[int, int]], width: int, height: int
) -> dict[int, tuple[int, int]]:
    """Those of ``order`` that fit a page of this size, with their corners."""
    import rectpack

    tight = len(order) <= TIGHT
    packer = rectpack.newPacker(
        mode=rectpack.PackingMode.Offline,
        bin_algo=rectpack.PackingBin.BFF,
        pack_algo=rectpack.MaxRectsBl if tight else rectpack.SkylineBl,
        sort_algo=rectpack.SORT_NONE,
        rotation=False,
    )
    for index in order:
        packer.add_rect(*sizes[index], rid=index)
    packer.add_bin(width, height)
    packer.pack()
    return {index: (x, y) for _, x, y, _, _, index in packer.rect_list()}


def _used(put: dict[int, tuple[int, int]], sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return (
        max(x + sizes[i][0] for i, (x, _) in put.items()),
        max(y + sizes[i][1] for i, (_, y) in put.items()),
    )


def largest_power(side: int) -> int:
    """The largest power of two that is at most ``side``."""
    return 1 << (side.bit_length() - 1)


def _said(largest: int, power_of_two: bool) -> str:
    return ", a power of two" if power_of_two and largest == largest_power(largest) else ""


def _two(value: int) -> int:
    return 1 << (value - 1).bit_length()
