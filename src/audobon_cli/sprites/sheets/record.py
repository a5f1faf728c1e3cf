"""A sheet in our own words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from audobon_cli.domain.serialization import canonical_json
from audobon_cli.media.image.compose import Milliseconds

SHEET_KEYWORD = "audobon-sheet"
"""The text chunk of a sheet's PNG that holds the sheet."""

SHEET_SCHEMA = "audobon-sheet/1"
FORWARD, REVERSE, PING_PONG, PING_PONG_REVERSE = "forward", "reverse", "pingpong", "pingpong_reverse"
DIRECTIONS = (FORWARD, REVERSE, PING_PONG, PING_PONG_REVERSE)
MAX_PLAYS = 1000
"""Plays that are counted; more are for ever."""


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A frame: ``x``, ``y``, ``width``, ``height`` on page ``page``; that part lies at ``offset_x``,
    ``offset_y`` of a picture of ``source_width`` x ``source_height``, transparent elsewhere.

    ``duration_ms`` is what the frame says of itself, rounded; animations have times of their own. ``pivot`` is a point
    in shares of the source size; ``borders`` are the left, top, right and bottom widths of a nine-slice.
    """

    name: str
    page: int
    x: int
    y: int
    width: int
    height: int
    offset_x: int
    offset_y: int
    source_width: int
    source_height: int
    duration_ms: float = 100
    pivot: tuple[float, float] | None = None
    borders: tuple[int, int, int, int] | None = None
    turns: int = 0
    """Of sheets of others: the quarters of a turn, clockwise, by which it lies there. With an odd number it takes
    ``height`` x ``width`` pixels."""
    time: Milliseconds | None = None
    """Of data that is read: for how long it says that the frame is shown, exactly; None where it does not say."""

    @property
    def area(self) -> tuple[int, int]:
        """The width and height that it takes on its page."""
        return (self.height, self.width) if self.turns % 2 else (self.width, self.height)

    @property
    def trimmed(self) -> bool:
        """Whether the part is smaller than the picture."""
        return (self.width, self.height) != (self.source_width, self.source_height)


class Step(NamedTuple):
    """The frame at ``place`` of the sheet, shown for ``duration`` milliseconds."""

    place: int
    duration: Milliseconds


@dataclass(frozen=True, slots=True)
class Animation:
    """Frames by their places in the sheet, in the order of playing forward, each for the time of ``durations`` at its
    place (none: for those that the frames say). Without ``loop`` it plays ``plays`` times and then stands still.
    """

    name: str
    frames: tuple[int, ...]
    direction: str = FORWARD
    loop: bool = True
    durations: tuple[Milliseconds, ...] = ()
    plays: int = 1

    @property
    def bounces(self) -> bool:
        """Whether it plays there and back."""
        return self.direction in (PING_PONG, PING_PONG_REVERSE)

    @property
    def rounds(self) -> int:
        """How often ``played`` is shown; 0 is for ever. One that bounces and ends has all its rounds written out."""
        return 0 if self.loop else 1 if self.bounces else self.plays

    def played(self) -> tuple[int, ...]:
        """The frames as one round shows them: ping-pong and reverse written out."""
        return tuple(self.frames[index] for index in self._order())

    def steps(self, frames: Sequence[FrameRecord]) -> tuple[Step, ...]:
        """One round with its times; ``frames`` are the sheet's."""
        times = self.durations or tuple(Fraction(frames[place].duration_ms) for place in self.frames)
        return tuple(Step(self.frames[index], times[index]) for index in self._order())

    def _order(self) -> list[int]:
        order = list(range(len(self.frames)))
        if self.direction in (REVERSE, PING_PONG_REVERSE):
            order.reverse()
        if not self.bounces or len(order) < 2:
            return order
        back = order + order[-2:0:-1]
        # What ends stands still where it began.
        return back if self.loop else back * self.plays + order[:1]


@dataclass(frozen=True, slots=True)
class WangSet:
    """Which ground lies where on tiles: ``kind`` is corner, edge or mixed, ``colors`` are the grounds' names
    and colours (#rrggbb); of each tile its place in the sheet, and clockwise from its top edge the numbers of
    eight grounds, from 1; 0 stands for none. ``middles`` are the grounds in the middle of tiles, by their places,
    where they are told; else it is the lowest number of the eight."""

    name: str
    kind: str
    colors: tuple[tuple[str, str], ...]
    tiles: tuple[tuple[int, tuple[int, ...]], ...]
    middles: tuple[tuple[int, int], ...] = ()

    def middle(self, place: int, values: Sequence[int]) -> int:
        """The ground in the middle of the tile at ``place``, whose eight are ``values``; 0 for none."""
        return dict(self.middles).get(place, min((value for value in values if value), default=0))


@dataclass(frozen=True, slots=True)
class SheetRecord:
    """All of a sheet but its pixels: pages by size (width, height), frames, animations."""

    pages: tuple[tuple[int, int], ...]
    frames: tuple[FrameRecord, ...]
    animations: tuple[Animation, ...] = field(default=())
    extrude: int = 0
    padding: int = 0
    cell: tuple[int, int] | None = None
    """The size of a cell when the frames lie on a fixed grid."""
    wang_sets: tuple[WangSet, ...] = ()

    def on_page(self, page: int) -> tuple[FrameRecord, ...]:
        """The frames of one page."""
        return tuple(frame for frame in self.frames if frame.page == page)


def sheet_text(sheet: SheetRecord, page: int) -> str:
    """What the PNG of ``page`` carries: its frames, with names, as canonical JSON."""
    rows = [
        {
            "name": f.name,
            "rect": [f.x, f.y, f.width, f.height],
            "offset": [f.offset_x, f.offset_y],
            "source": [f.source_width, f.source_height],
            "duration_ms": f.duration_ms,
        }
        for f in sheet.on_page(page)
    ]
    data = {"schema": SHEET_SCHEMA, "page": page, "pages": len(sheet.pages), "frames": rows}
    return canonical_json(data)
