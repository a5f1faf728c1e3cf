"""Taking sheets and animations apart: by a grid, by islands of pixels, by their own frames or data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, ClassVar, NamedTuple

import numpy as np

from audobon_cli.derivations.operation import NOT_ASKED, Param
from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.media.image.compose import Milliseconds
from audobon_cli.media.image.pixels import MAX_PIXELS, DecodedImage, Pixels
from audobon_cli.sprites.operations.frame_times import time_text
from audobon_cli.sprites.operations.operation import Operation, Product
from audobon_cli.sprites.sheets.readers import page_of, pages_in
from audobon_cli.sprites.sheets.readers.frames import MAX_FRAMES, DataPage
from audobon_cli.sprites.sheets.readers.own_text import frames_in_texts
from audobon_cli.sprites.sheets.record import FrameRecord

MAX_PIECES = MAX_FRAMES
MAX_CELLS = 1_000_000
"""Cells that are looked at; most may be empty."""

MAX_PIECE_PIXELS = 4 * MAX_PIXELS
"""Of all islands together: their rectangles may overlap."""

UNTIMED_MS = 100
"""What our sheets note of frames that have no time of their own: that of ten frames a second. A sheet on which all are
shown so long says nothing of them."""

METHODS = ("auto", "grid", "islands", "data", "frames")


class Piece(NamedTuple):
    """One piece: its name (empty: to be numbered) and pixels; ``duration`` is how long an animation shows it."""

    name: str
    pixels: Pixels
    duration: Milliseconds | None = None


@dataclass(frozen=True, slots=True)
class Slice(Operation):
    """Piece number ``piece`` (from 0) of the input.

    ``method``: grid cuts ``columns`` x ``rows`` cells, or cells of ``width`` x ``height``, with
    ``margin`` around and ``spacing`` between; islands takes connected visible parts of at least
    ``smallest`` pixels, those within ``join`` pixels of each other as one, in reading order; data
    takes the frames of page ``data_page`` (from 0) of ``data`` (a sheet's, in one of the forms in readers), or those
    that the file itself carries; frames takes an animation's. auto is whichever of frames, data, grid and islands
    applies first. ``keep_times`` lets a frame of an animation say how long it is shown, ``data_times`` one of a sheet
    for which the data says it.
    """

    name: ClassVar[str] = "slice"
    about: ClassVar[str] = "Cut a sheet or an animation into its frames."
    relation: ClassVar[RelationKind | None] = RelationKind.PART_OF_SHEET
    piece: Annotated[int, NOT_ASKED] = 0
    method: Annotated[
        str, Param("By a grid, islands of pixels, its own data or frames.", choices=METHODS)
    ] = "auto"
    columns: Annotated[int, Param("Cells in a row; 0: by their size.", 0, 8192)] = 0
    rows: Annotated[int, Param("Rows of cells.", 0, 8192)] = 0
    width: Annotated[int, Param("Width of a cell, in pixels; 0: by their number.", 0, 8192)] = 0
    height: Annotated[int, Param("Height of a cell, in pixels.", 0, 8192)] = 0
    margin: Annotated[int, Param("Pixels around the cells.", 0, 8192)] = 0
    spacing: Annotated[int, Param("Pixels between the cells.", 0, 8192)] = 0
    join: Annotated[int, Param("Without a grid: join parts that are this near, in pixels.", 1, 1024)] = 1
    smallest: Annotated[int, Param("Without a grid: fewest pixels of a piece.", 1, 2**20)] = 4
    keep_empty: Annotated[bool, Param("Keep empty cells.")] = False
    data: str = ""
    keep_times: Annotated[bool, Param("Let frames of an animation say how long they are shown.")] = False
    data_page: Annotated[int, NOT_ASKED] = 0
    data_times: Annotated[bool, Param("Let frames of a sheet say how long its data shows them.")] = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidInput(
                f"There is no method {self.method!r}.", hint=f"there are: {', '.join(METHODS)}"
            )

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        found = self.pieces(inputs[0])
        if self.piece >= len(found):
            raise PictureUnusable(
                f"{inputs[0].name} has {len(found)} pieces and no number {self.piece + 1} any more.",
                hint="slice it again, and trash what is left over",
            )
        duration = found[self.piece].duration
        return Product(found[self.piece].pixels, {} if duration is None else time_text(duration))

    def on_page_of(self, picture: DecodedImage, called: str) -> "Slice":
        """The same for ``picture``, whose file is ``called`` so (without its ending), and which is one of the pages
        that the data is of. Raises InvalidInput where it is none, or the data makes no sense."""
        if not self.data:
            return self
        place = page_of(pages_in(self.data), called, (picture.width, picture.height))
        return replace(self, data_page=place)

    def pieces(self, picture: DecodedImage) -> tuple[Piece, ...]:
        """All pieces. Raises PictureUnusable where there are none, or far too many."""
        found = _pieces(replace(self, piece=0), picture)
        if not 1 <= len(found) <= MAX_PIECES:
            raise _too_many(picture, len(found))
        return found


@lru_cache(maxsize=4)
def _pieces(operation: Slice, picture: DecodedImage) -> tuple[Piece, ...]:
    method = operation.method
    records = frames_in_texts(picture.texts, picture.width, picture.height)
    if method == "auto":
        gridded = operation.columns or operation.width
        given = "data" if operation.data or (records and not gridded) else ""
        method = "frames" if len(picture.frames) > 1 else given or ("grid" if gridded else "islands")
    if method == "frames":
        moving = len(picture.frames) > 1
        times = picture.durations_ms if moving and operation.keep_times else (None,) * len(picture.frames)
        return tuple(Piece("", frame, time) for frame, time in zip(picture.frames, times, strict=True))
    if method == "data":
        if operation.data:
            records = _page(operation).frames
        elif all(record.time == UNTIMED_MS for record in records):
            records = tuple(replace(record, time=None) for record in records)
        return _by_data(picture, records, operation)
    return _by_grid(picture, operation) if method == "grid" else _by_islands(picture, operation)


def _page(operation: Slice) -> DataPage:
    pages = pages_in(operation.data)
    if operation.data_page >= len(pages):
        raise InvalidInput(
            f"The data has {len(pages)} pages and no number {operation.data_page + 1}.",
            hint="slice the sheet again, with all of its data",
        )
    return pages[operation.data_page]


def _too_many(picture: DecodedImage, count: int) -> PictureUnusable:
    return PictureUnusable(
        f"{picture.name} falls into {count} pieces.",
        hint="another --grid, --cell, --join or --smallest will do better",
    )


def _by_data(picture: DecodedImage, records: Sequence[FrameRecord], wanted: Slice) -> tuple[Piece, ...]:
    pixels = picture.still
    pieces = []
    for record in records:
        across, down = record.area
        if record.x + across > picture.width or record.y + down > picture.height:
            raise PictureUnusable(
                f"The data has {record.name!r} outside of {picture.name}.",
                hint="give the data of this very sheet",
            )
        whole = np.zeros((record.source_height, record.source_width, 4), dtype=np.uint8)
        part = pixels[record.y : record.y + down, record.x : record.x + across]
        if not record.name and not wanted.keep_empty and not part[..., 3].any():
            continue  # a tile that nothing was drawn on
        part = np.rot90(part, record.turns)
        whole[record.offset_y :, record.offset_x :][: record.height, : record.width] = part
        pieces.append(Piece(record.name, whole, record.time if wanted.data_times else None))
    return tuple(pieces)


def _by_grid(picture: DecodedImage, wanted: Slice) -> tuple[Piece, ...]:
    pixels = picture.still
    width = wanted.width or _share(picture.width, wanted.columns, wanted)
    height = wanted.height or _share(picture.height, wanted.rows, wanted)
    if width < 1 or height < 1 or width > picture.width or height > picture.height:
        raise PictureUnusable(
            f"Cells of {width}x{height} do not fit {picture.name} of {picture.width}x{picture.height}.",
            hint="give --grid COLUMNSxROWS or --cell WIDTHxHEIGHT",
        )
    rows = range(wanted.margin, picture.height - height + 1, height + wanted.spacing)
    columns = range(wanted.margin, picture.width - width + 1, width + wanted.spacing)
    if len(rows) * len(columns) > MAX_CELLS:
        raise _too_many(picture, len(rows) * len(columns))
    pieces = []
    for y in rows:
        for x in columns:
            cell = pixels[y : y + height, x : x + width]
            if wanted.keep_empty or cell[..., 3].any():
                pieces.append(Piece("", cell))
    return tuple(pieces)


def _share(size: int, count: int, wanted: Slice) -> int:
    return (size - 2 * wanted.margin - (count - 1) * wanted.spacing) // count if count else 0


def _by_islands(picture: DecodedImage, wanted: Slice) -> tuple[Piece, ...]:
    from scipy import ndimage

    pixels = picture.still
    visible = pixels[..., 3] > 0
    if visible.all():
        raise PictureUnusable(
            f"{picture.name} has no transparency to tell pieces apart.",
            hint="cut its background first (`audobon sprite cut`), or give --grid or --cell",
        )
    near = (
        ndimage.binary_dilation(visible, np.ones((3, 3)), iterations=wanted.join // 2)
        if wanted.join > 1
        else visible
    )
    labels, count = ndimage.label(near, np.ones((3, 3)))
    labels = np.where(visible, labels, 0)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    boxes = [
        (index + 1, box)
        for index, box in enumerate(ndimage.find_objects(labels))
        if box is not None and sizes[index + 1] >= wanted.smallest
    ]
    areas = sum((box[0].stop - box[0].start) * (box[1].stop - box[1].start) for _, box in boxes)
    if len(boxes) > MAX_PIECES or areas > MAX_PIECE_PIXELS:
        raise _too_many(picture, len(boxes))
    ordered = reading_order([(box[0].start, box[0].stop, box[1].start) for _, box in boxes])
    pieces = []
    for place in ordered:
        label, box = boxes[place]
        pieces.append(Piece("", np.where((labels[box] == label)[..., None], pixels[box], np.uint8(0))))
    return tuple(pieces)


def reading_order(boxes: Sequence[tuple[int, int, int]]) -> list[int]:
    """The places of boxes (top, bottom, left) as one reads: line by line, a line being boxes that overlap
    in height by more than half of the lower one."""
    lines: list[tuple[int, int, list[int]]] = []
    for place in sorted(range(len(boxes)), key=lambda i: boxes[i]):
        top, bottom, _ = boxes[place]
        if lines:
            line_top, line_bottom, members = lines[-1]
            overlap = min(bottom, line_bottom) - max(top, line_top)
            if overlap > min(bottom - top, line_bottom - line_top) / 2:
                members.append(place)
                continue
        lines.append((top, bottom, [place]))
    return [place for _, _, members in lines for place in sorted(members, key=lambda i: boxes[i][2])]
