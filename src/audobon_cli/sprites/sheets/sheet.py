"""Sheets: many pictures on few pages, each identical one once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, ClassVar, NamedTuple, Self

import numpy as np

from audobon_cli.derivations.operation import NOT_ASKED, Param
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput, PictureUnusable
from audobon_cli.domain.units import plural
from audobon_cli.media.image.compose import Milliseconds
from audobon_cli.media.image.pixels import (
    MAX_PIXELS,
    DecodedImage,
    Pixels,
    visible_box,
    without_hidden_colour,
)
from audobon_cli.sprites.operations.frame_times import own_time
from audobon_cli.sprites.operations.operation import Operation, Product
from audobon_cli.sprites.sheets.animations import MAX_SPEC_BYTES, AnimationSet, FrameSettings, choreography
from audobon_cli.sprites.sheets.names import unlike
from audobon_cli.sprites.sheets.pack import Packed, grid, largest_power, pack
from audobon_cli.sprites.sheets.readers.frames import MAX_FRAMES
from audobon_cli.sprites.sheets.record import MAX_PLAYS, SHEET_KEYWORD, FrameRecord, SheetRecord, sheet_text
from audobon_cli.sprites.sheets.timing import MAX_FPS, frame_time

MAX_PAGE = 16384
USUAL_FPS = 10.0
MAX_SHEET_PIXELS = 4 * MAX_PIXELS
"""Of all frames, and of all pages: 1 GiB decoded."""


class PackedSheet(NamedTuple):
    """A sheet's record and the pixels of its pages."""

    record: SheetRecord
    pages: tuple[Pixels, ...]


@dataclass(frozen=True, slots=True)
class Sheet(Operation):
    """Page ``page`` (from 0) of the sheet of all inputs, whose frames are called by ``names``.

    ``padding`` is left free around each frame; ``extrude`` repeats each frame's outermost pixels so
    often into it, against neighbours bleeding in. ``trim`` stores only what is visible of a frame. Cells
    instead of packing: ``cells``, all of the largest frame's size, ``columns`` to a line (0: about
    square). ``spec`` is TOML about animations, durations, pivots, nine-slice borders and wang sets; without
    it numbered names make animations, at ``fps``, which with ``retime`` also holds for frames that have times of their
    own. ``whole_animations`` keeps the frames of each animation on one page where they fit one.
    """

    name: ClassVar[str] = "sheet"
    about: ClassVar[str] = "Pack pictures into a sheet."
    kind: ClassVar[AssetKind] = AssetKind.SHEET
    gathers: ClassVar[bool] = True
    names: tuple[str, ...] = ()
    page: Annotated[int, NOT_ASKED] = 0
    padding: Annotated[int, Param("Pixels between frames.", 0, 1024)] = 1
    extrude: Annotated[int, Param("Repeat each frame's edge pixels this many times.", 0, 32)] = 0
    trim: Annotated[bool, Param("Leave transparent margins out.")] = True
    power_of_two: Annotated[bool, Param("Make pages 256, 512, 1024 ... pixels wide and high.")] = False
    max_size: Annotated[int, Param("Largest side of a page, in pixels.", 1, MAX_PAGE)] = 2048
    cells: Annotated[bool, Param("Place frames on a grid of equal cells.")] = False
    columns: Annotated[int, Param("Cells in a row; 0: about square.", 0, 8192)] = 0
    fps: Annotated[
        float, Param("Frames per second of animations without times of their own.", 0.1, MAX_FPS)
    ] = USUAL_FPS
    spec: Annotated[str, Param("Animations and wang sets as TOML.", longest=MAX_SPEC_BYTES)] = ""
    whole_animations: Annotated[bool, Param("Keep each animation on one page.")] = False
    retime: Annotated[bool, Param("Play at this rate also frames that have times of their own.")] = False

    def __post_init__(self) -> None:
        if not 1 <= self.max_size <= MAX_PAGE:
            raise InvalidInput(
                f"A page of {self.max_size} pixels cannot be made.", hint=f"give 1 to {MAX_PAGE}"
            )
        if min(self.padding, self.extrude, self.columns) < 0 or not 0 < self.fps <= MAX_FPS:
            raise InvalidInput(
                f"Padding, extrusion and columns cannot be negative, and a frame rate is at most {MAX_FPS}.",
                hint="see --help",
            )

    def settled(self) -> Self:
        """Pages of powers of two are no larger than asked, so that ``max_size`` is one."""
        return replace(self, max_size=largest_power(self.max_size)) if self.power_of_two else self

    def as_before(self) -> tuple[Self, ...]:
        """First pages of powers of two grew beyond another ``max_size``; then, for a while, they did not, and
        ``max_size`` was recorded as it was asked for. A record of either time looks alike."""
        settled = self.settled()
        return () if settled == self else (settled,)

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        packed = self.pack(inputs)
        if self.page >= len(packed.pages):
            raise PictureUnusable(
                f"The sheet has {len(packed.pages)} pages now and no number {self.page + 1}.",
                hint="make the sheet again with `audobon sprite sheet`, and trash what is left over",
            )
        return Product(packed.pages[self.page], {SHEET_KEYWORD: sheet_text(packed.record, self.page)})

    def pack(self, inputs: Sequence[DecodedImage]) -> PackedSheet:
        """All pages. Raises InvalidInput when a frame does not fit a page or ``spec`` is wrong."""
        return _packed(replace(self, page=0), tuple(inputs))


class _Frame(NamedTuple):
    """A frame under a name of its own; ``said`` is what its input is called, ``picture`` its number."""

    name: str
    said: str
    picture: int
    pixels: Pixels
    box: tuple[int, int, int, int]
    duration: Milliseconds


@lru_cache(maxsize=2)
def _packed(sheet: Sheet, inputs: tuple[DecodedImage, ...]) -> PackedSheet:
    frames = _frames(sheet, inputs)
    dance = _dance(sheet, frames, inputs)
    frames = [_whole(f) if dance.frames.get(i, FrameSettings()).borders else f for i, f in enumerate(frames)]
    parts = [f.pixels[f.box[1] : f.box[3], f.box[0] : f.box[2]] for f in frames]
    first_of: dict[tuple[tuple[int, ...], bytes], int] = {}
    # On a grid a frame is known by its cell, so that none may share another's.
    original = [
        i if sheet.cells else first_of.setdefault((part.shape, part.tobytes()), i)
        for i, part in enumerate(parts)
    ]
    stored = sorted(set(original))
    around = 2 * sheet.extrude + sheet.padding
    number = {i: place for place, i in enumerate(stored)}
    groups = [[number[original[place]] for place in each.frames] for each in dance.animations]
    placed, cell = _placed(sheet, [parts[i].shape[1::-1] for i in stored], around, groups)
    _refuse_huge(sum(width * height for width, height in placed.pages), "its pages")
    corner = {
        i: (place.page, place.x + sheet.extrude, place.y + sheet.extrude)
        for i, place in zip(stored, placed.places, strict=True)
    }
    pages = [np.zeros((h, w, 4), dtype=np.uint8) for w, h in placed.pages]
    for i in stored:
        page, x, y = corner[i]
        _put(pages[page], parts[i], x, y, sheet.extrude)
    records = tuple(
        _record(frame, corner[original[i]], dance.frames.get(i, FrameSettings()))
        for i, frame in enumerate(frames)
    )
    sizes = tuple((page.shape[1], page.shape[0]) for page in pages)
    record = SheetRecord(
        sizes, records, dance.animations, sheet.extrude, sheet.padding, cell, dance.wang_sets
    )
    return PackedSheet(record, tuple(pages))


def refuse_too_many(frames: int, pixels: int) -> None:
    """Raise InvalidInput for a sheet of more frames, or more pixels in all of them, than can be held."""
    if frames > MAX_FRAMES:
        raise InvalidInput(f"A sheet of {frames} frames cannot be made.", hint=f"take at most {MAX_FRAMES}")
    _refuse_huge(pixels, "its frames")


def _refuse_huge(pixels: int, what: str) -> None:
    if pixels > MAX_SHEET_PIXELS:
        raise InvalidInput(
            f"The sheet is too large: {what} have {pixels} pixels, and {MAX_SHEET_PIXELS} can be held.",
            hint="scale the pictures down, or make several sheets",
        )


def _frames(sheet: Sheet, inputs: Sequence[DecodedImage]) -> list[_Frame]:
    """Every frame of every input under a name of its own; those of animations are numbered."""
    if not inputs:
        raise InvalidInput("A sheet of nothing cannot be made.", hint="name the assets or files to put on it")
    names = sheet.names or tuple(picture.name for picture in inputs)
    if len(names) != len(inputs):
        raise InvalidInput(
            f"There are {plural(len(names), 'name')} for {plural(len(inputs), 'picture')}.",
            hint="give one each",
        )
    every = [frame for picture in inputs for frame in picture.frames]
    refuse_too_many(len(every), sum(frame.shape[0] * frame.shape[1] for frame in every))
    frames: list[_Frame] = []
    taken: set[str] = set()
    for place, (name, picture) in enumerate(zip(names, inputs, strict=True)):
        digits = len(str(len(picture.frames) - 1)) if len(picture.frames) > 1 else 0
        for number, raw in enumerate(picture.frames):
            pixels = without_hidden_colour(raw)
            said = f"{name}_{number:0{max(digits, 2)}}" if digits else name
            whole = (0, 0, pixels.shape[1], pixels.shape[0])
            # A frame of nothing keeps one transparent pixel: engines refuse rectangles without area.
            box = (visible_box(pixels) or (0, 0, 1, 1)) if sheet.trim and not sheet.cells else whole
            own = picture.durations_ms[number] if digits else own_time(picture)
            duration = frame_time(sheet.fps) if own is None or sheet.retime else own
            frames.append(_Frame(unlike(said, taken), said, place, pixels, box, duration))
    return frames


def _dance(sheet: Sheet, frames: Sequence[_Frame], inputs: Sequence[DecodedImage]) -> AnimationSet:
    """The animations: of the TOML, else of the names; an input that moves by itself then plays as often as it did."""
    times = [frame.duration for frame in frames]
    if sheet.spec.strip():
        dance = choreography([frame.name for frame in frames], sheet.spec, times)
        _check_borders(frames, dance)
        return dance
    dance = choreography([frame.said for frame in frames], "", times)
    found = []
    for animation in dance.animations:
        members = [frames[place] for place in animation.frames]
        twice = next((a.said for a, b in pairwise(members) if a.said == b.said), "")
        if twice and len({member.said for member in members}) > 1:
            raise InvalidInput(
                f"Two frames are called {twice!r}, so that the animation {animation.name!r} cannot be told by names.",
                hint="rename one, or write the animation into a TOML for --animations (docs/sheets.md)",
            )
        if twice:  # one picture several times: nothing that moves
            continue
        picture = inputs[members[0].picture]
        alone = len({member.picture for member in members}) == 1 and len(members) == len(picture.frames)
        ends = alone and 0 < picture.plays <= MAX_PLAYS
        found.append(replace(animation, loop=False, plays=picture.plays) if ends else animation)
    return replace(dance, animations=tuple(found))


def _whole(frame: _Frame) -> _Frame:
    """``frame`` with its margins: the borders of a nine-slice count from its edges, and engines count from those of
    what is stored."""
    return frame._replace(box=(0, 0, frame.pixels.shape[1], frame.pixels.shape[0]))


def _check_borders(frames: Sequence[_Frame], dance: AnimationSet) -> None:
    """Raise InvalidInput where the borders of a nine-slice leave nothing between them."""
    for place, settings in dance.frames.items():
        if settings.borders is not None:
            left, top, right, bottom = settings.borders
            height, width = frames[place].pixels.shape[:2]
            if left + right > width or top + bottom > height:
                raise InvalidInput(
                    f"The borders of {frames[place].name!r} are larger than its {width}x{height} pixels.",
                    hint="give left, top, right, bottom in pixels",
                )


def _placed(
    sheet: Sheet, sizes: Sequence[tuple[int, ...]], around: int, groups: Sequence[Sequence[int]]
) -> tuple[Packed, tuple[int, int] | None]:
    """Places for the frames with what is around them, and the cell without it on a grid."""
    if sheet.cells:
        cell = (max(w for w, _ in sizes), max(h for _, h in sizes))
        spaced = (cell[0] + around, cell[1] + around)
        return grid(sizes, spaced, sheet.columns, sheet.max_size, sheet.power_of_two), cell  # type: ignore[arg-type]
    spaced_sizes = [(w + around, h + around) for w, h in sizes]
    together = groups if sheet.whole_animations else ()
    return pack(spaced_sizes, sheet.max_size, sheet.power_of_two, together), None


def _put(page: Pixels, part: Pixels, x: int, y: int, extrude: int) -> None:
    edged = np.pad(part, ((extrude, extrude), (extrude, extrude), (0, 0)), mode="edge")
    top, left = y - extrude, x - extrude
    page[top : top + edged.shape[0], left : left + edged.shape[1]] = edged


def _record(frame: _Frame, corner: tuple[int, int, int], settings: FrameSettings) -> FrameRecord:
    page, x, y = corner
    left, top, right, bottom = frame.box
    return FrameRecord(
        frame.name,
        page,
        x,
        y,
        right - left,
        bottom - top,
        left,
        top,
        frame.pixels.shape[1],
        frame.pixels.shape[0],
        max(1, round(settings.duration or frame.duration)),
        settings.pivot,
        settings.borders,
    )
