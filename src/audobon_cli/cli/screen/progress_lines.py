"""A line of progress: a bar between words, in the width that there is, and never in two lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

GAP = 2
LEAST_BAR = 8
MOST_BAR = 40
FULL, HALF, EMPTY = "━", "╸", "─"  # told apart without colours, too


DOING = {
    "backing up": "Backing up",
    "check": "Checking",
    "compare": "Comparing",
    "copying": "Copying",
    "export": "Exporting",
    "fit": "Fitting",
    "gc": "Looking for unused files",
    "hear": "Hearing",
    "import": "Importing",
    "look": "Looking at pictures",
    "looking": "Looking through the library",
    "measuring": "Measuring",
    "replay": "Making again",
    "reproduce": "Drawing again",
    "restoring": "Restoring",
    "thumbnails": "Making thumbnails",
    "verify": "Verifying",
    "verifying": "Verifying",
}
"""Tasks in words; others, such as files, are named as they are."""


@dataclass(frozen=True, slots=True)
class LinePart:
    """Words of a line. Where it does not fit, parts are left out, those with the highest ``drop`` first; 0 is never
    left out. A ``name`` is cut instead, and is cut before anything is left out."""

    text: str
    drop: int = 0
    name: bool = False
    style: str = ""


def progress_line(parts: Sequence[LinePart], share: float | None, width: int, bar_at: int) -> "Text":
    """``parts`` in ``width`` cells, with the bar of ``share`` (0 to 1; None: no bar) before the part ``bar_at``."""
    from rich.cells import cell_len
    from rich.text import Text

    shown = [(place, part) for place, part in enumerate(parts) if part.text]
    bar = LEAST_BAR + GAP if share is not None else 0

    def free() -> int:
        least = [min(cell_len(p.text), 12) if p.name else cell_len(p.text) for _, p in shown]
        return width - sum(least) - GAP * (len(least) - 1) - bar

    while free() < 0 and (droppable := [one for one in shown if one[1].drop]):
        shown.remove(max(droppable, key=lambda one: one[1].drop))
    spare = free()
    pieces: list[tuple[int, Text]] = []
    for place, part in shown:
        text = Text(part.text, style=part.style)
        if part.name:
            room = min(12, text.cell_len) + max(spare, 0)
            spare -= max(min(text.cell_len, room) - 12, 0)
            text.truncate(room, overflow="ellipsis")
        pieces.append((place, text))
    if share is not None:
        filled = _bar(share, min(MOST_BAR, LEAST_BAR + max(spare, 0)))
        pieces.insert(sum(place < bar_at for place, _ in pieces), (bar_at, filled))
    line = Text("  ").join(text for _, text in pieces)
    line.truncate(width, overflow="crop")
    return line


def _bar(share: float, cells: int) -> "Text":
    from rich.text import Text

    halves = round(min(max(share, 0.0), 1.0) * cells * 2)
    full, half = divmod(halves, 2)
    return Text.assemble((FULL * full + HALF * half, "cyan"), (EMPTY * (cells - full - half), "bright_black"))
