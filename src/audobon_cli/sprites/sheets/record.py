"""A sheet in our own words, and reading it back from files of others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audobon_cli.domain.errors import InvalidInput

SHEET_KEYWORD = "audobon-sheet"
"""The text chunk of a sheet's PNG that holds the sheet."""

SHEET_SCHEMA = "audobon-sheet/1"
FORWARD, REVERSE, PING_PONG = "forward", "reverse", "pingpong"
DIRECTIONS = (FORWARD, REVERSE, PING_PONG)


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A frame: ``x``, ``y``, ``width``, ``height`` on page ``page``; that part lies at ``offset_x``,
    ``offset_y`` of a picture of ``source_width`` x ``source_height``, transparent elsewhere.

    ``pivot`` is a point in shares of the source size; ``borders`` are the left, top, right and bottom
    widths of a nine-slice.
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
    duration_ms: int = 100
    pivot: tuple[float, float] | None = None
    borders: tuple[int, int, int, int] | None = None

    @property
    def trimmed(self) -> bool:
        """Whether the part is smaller than the picture."""
        return (self.width, self.height) != (self.source_width, self.source_height)


@dataclass(frozen=True, slots=True)
class Animation:
    """Frames by their places in the sheet, in the order of playing forward."""

    name: str
    frames: tuple[int, ...]
    direction: str = FORWARD
    loop: bool = True

    def played(self) -> tuple[int, ...]:
        """The frames as one round shows them: ping-pong and reverse written out."""
        if self.direction == REVERSE:
            return self.frames[::-1]
        if self.direction == PING_PONG:
            return self.frames + self.frames[-2:0:-1]
        return self.frames


@dataclass(frozen=True, slots=True)
class WangSet:
    """Which ground lies where on tiles: ``kind`` is corner, edge or mixed, ``colors`` are the grounds' names
    and colours (#rrggbb); of each tile its place in the sheet, and clockwise from its top edge the numbers of
    eight grounds, from 1; 0 stands for none."""

    name: str
    kind: str
    colors: tuple[tuple[str, str], ...]
    tiles: tuple[tuple[int, tuple[int, ...]], ...]


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
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def frames_in_texts(texts: Mapping[str, str]) -> tuple[FrameRecord, ...]:
    """The frames that a sheet's PNG says it holds; none for others and for damaged ones."""
    try:
        data = json.loads(texts.get(SHEET_KEYWORD, "null"))
        if not isinstance(data, dict) or data.get("schema") != SHEET_SCHEMA:
            return ()
        return tuple(_own_frame(row) for row in data["frames"])
    except (ValueError, KeyError, TypeError):
        return ()


def _own_frame(row: Mapping[str, Any]) -> FrameRecord:
    rect, offset, source = row["rect"], row["offset"], row["source"]
    part = {"x": offset[0], "y": offset[1]}
    return _frame(
        row["name"],
        {
            "frame": dict(zip("xywh", rect, strict=True)),
            "spriteSourceSize": part,
            "sourceSize": {"w": source[0], "h": source[1]},
            "duration": row["duration_ms"],
        },
    )


def frames_in_json(data: Any) -> tuple[FrameRecord, ...]:
    """The frames of a TexturePacker or Aseprite JSON, hash or array, in its order.

    Raises InvalidInput for other JSON, for rotated frames, and for several pages.
    """
    try:
        found = data["frames"] if "frames" in data else data["textures"][0]["frames"]
        if len(data.get("textures", ())) > 1:
            raise InvalidInput("The data is of several pages.", hint="give the data of one page at a time")
        rows = [(row["filename"], row) for row in found] if isinstance(found, list) else list(found.items())
        return tuple(_frame(name, row) for name, row in rows)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise InvalidInput(
            f"The sheet's data is not TexturePacker's or Aseprite's JSON: {error!r}.",
            hint="export it as JSON hash or JSON array",
        ) from error


def _frame(name: str, row: Mapping[str, Any]) -> FrameRecord:
    if row.get("rotated"):
        raise InvalidInput(f"{name!r} lies rotated on the sheet.", hint="pack it without rotation")
    rect = row["frame"]
    source = row.get("sourceSize", rect)
    part = row.get("spriteSourceSize", {"x": 0, "y": 0})
    numbers = (rect["x"], rect["y"], rect["w"], rect["h"], part["x"], part["y"], source["w"], source["h"])
    x, y, width, height, offset_x, offset_y, wide, high = (int(value) for value in numbers)
    if (
        min(x, y, offset_x, offset_y) < 0
        or offset_x + width > wide
        or offset_y + height > high
        or width * height < 1
    ):
        raise ValueError(f"{name!r} has impossible sizes")
    if wide * high > 8192 * 8192:
        raise ValueError(f"{name!r} is too large")
    return FrameRecord(
        name, 0, x, y, width, height, offset_x, offset_y, wide, high, int(row.get("duration", 100))
    )
