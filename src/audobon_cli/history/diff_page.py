"""A difference between two states as one HTML page."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from audobon_cli.history.image_diff import ImageDifference, picture_of, picture_pair
from audobon_cli.history.model.records import Record
from audobon_cli.history.worktree import AssetChange
from audobon_cli.library.store.library import Library
from audobon_cli.pages.render import render_page


class _Figure(NamedTuple):
    """A picture file of the format ``form``."""

    image: bytes
    form: str
    caption: str


def diff_page(library: Library, changes: Sequence[AssetChange], title: str) -> str:
    """The page: each changed asset with both pictures, what differs laid over them, and its fields."""
    counts = Counter(change.change.value for change in changes)
    verdict = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "nothing differs"
    sections = [_section(library, change) for change in changes]
    return render_page("history_diff.html", title=title, verdict=verdict, sections=sections)


def _section(library: Library, change: AssetChange) -> dict[str, Any]:
    pair = picture_pair(library, change)
    if pair is None:
        only = change.after or change.before
        figures = [_figure(picture_of(library, only), only, "")]
    else:
        figures = [
            _figure(pair.before, change.before, "before"),
            _figure(pair.after, change.after, "after"),
            _figure(pair.difference_image, None, "what changed"),
        ]
    return {
        "kind": change.change.value,
        "name": change.name,
        "asset": change.asset,
        "figures": [figure for figure in figures if figure is not None],
        "numbers": [] if pair is None else _numbers(pair.difference),
        "rows": [
            (field, *_values(field, change))
            for field in change.fields
            if not field.startswith(("blob", "content"))
        ],
    }


def _figure(image: bytes | None, record: Record | None, caption: str) -> _Figure | None:
    if image is None:
        return None
    form = "png" if record is None else str(record.get("content", {}).get("format", "png"))
    return _Figure(image, form, caption)


def _numbers(difference: ImageDifference) -> list[tuple[str, list[str]]]:
    """What differs in words, with the colours that they are about."""
    numbers: list[tuple[str, list[str]]] = []
    if difference.bits is not None:
        numbers.append((f"perceptual distance {difference.bits} of 64 bits", []))
    if difference.pixels is not None:
        numbers.append((f"{difference.pixels:.1%} of the pixels changed", []))
    for words, colours in (("new", difference.colours_added), ("gone", difference.colours_removed)):
        if colours:
            codes = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in colours]
            numbers.append((f"{words} colours", codes))
    return numbers


def _values(field: str, change: AssetChange) -> list[str]:
    """The field before and after, "" where there is none."""
    values = [(record or {}).get(field) for record in (change.before, change.after)]
    return ["" if value is None else str(value) for value in values]
