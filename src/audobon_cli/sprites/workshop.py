"""Operations tried out on assets: what would come of them, moving and held against the contract, and then kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.derivations.registry import REGISTRY, operation_class
from audobon_cli.derivations.run import OperationContext, OperationResult, Task, make
from audobon_cli.derivations.sources import Source
from audobon_cli.derivations.tasks import one_each, result_name
from audobon_cli.domain.errors import InvalidInput, PluginUnusable
from audobon_cli.domain.events import ignore
from audobon_cli.domain.media import IMAGE, ImageInfo
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import encode_png
from audobon_cli.sprites.check import CheckReport, Rules, check
from audobon_cli.sprites.make_sheet import SheetRequest, make_sheet
from audobon_cli.sprites.motion.animate import Animate
from audobon_cli.sprites.motion.tasks import animate_tasks
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.sheets.animations import by_names
from audobon_cli.sprites.sheets.readers.own_text import frames_in_texts
from audobon_cli.sprites.sheets.record import SheetRecord
from audobon_cli.sprites.sheets.sheet import Sheet
from audobon_cli.sprites.sheets.slice import Slice
from audobon_cli.sprites.tasks import slice_tasks

MOST_TRIED = 64
"""Results of one trial that are made: of more their number is told, and keeping makes them all."""
MOST_PIXELS = 4096 * 4096
"""Of all inputs together: a trial is to take a moment."""


@dataclass(frozen=True, slots=True)
class AskedOperation:
    """An operation (None: only a look) on ``sources``, ``beside`` the second input where it takes one. With
    ``together`` they are treated alike. ``name`` is what the result is called ("": after its source)."""

    operation: AssetOperation | None
    sources: tuple[Source, ...]
    beside: Source | None = None
    together: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Playing:
    """Frames on pages (PNG files) that can be played; empty where nothing moves."""

    record: SheetRecord
    pages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Tryout:
    """What would come of an operation: ``results`` with their files, of ``total``; how they move, and their gates."""

    results: tuple[OperationResult, ...]
    total: int
    playing: Playing | None
    report: CheckReport
    notes: tuple[str, ...] = ()


def picture_operations() -> dict[str, type[AssetOperation]]:
    """The operations on pictures that a form can ask for, by their names, also those of plugins; a plugin that cannot
    be used has none. Imports all of them: half a second."""
    known = {name: found for name in REGISTRY.names() if (found := _usable(name)) is not None}
    return {name: one for name, one in known.items() if one.medium == IMAGE and one.by_parameters}


def _usable(name: str) -> type[AssetOperation] | None:
    try:
        found = operation_class(name)
    except PluginUnusable:
        return None
    return found if isinstance(found, type) and issubclass(found, AssetOperation) else None


def try_out(library: Library, asked: AskedOperation, rules: Callable[[], Rules]) -> Tryout:
    """Work everything out and file nothing. ``rules`` are what results are held to.

    Raises InvalidInput for too much at once, PictureUnusable, BlobMissing and BlobCorrupt.
    """
    refuse_much(asked)
    reader = PictureReader(library)
    if asked.operation is None:
        playing = _playing(asked.sources, reader)
        return Tryout((), 0, playing, check(asked.sources, rules(), library, ignore))
    context = OperationContext(library, ignore, dry_run=True)
    record: SheetRecord | None = None
    if isinstance(asked.operation, Sheet):
        sheet = make_sheet(asked.sources, _sheet_request(asked, asked.operation), context)
        results, total, record, notes = sheet.pages[:MOST_TRIED], len(sheet.pages), sheet.record, sheet.notes
    else:
        tasks = tasks_of(asked, context)
        results, total, notes = tuple(make(tasks[:MOST_TRIED], context)), len(tasks), ()
    sources = [made.source for made in results]
    if record is not None:
        playing = Playing(record, tuple(made.data for made in results)) if len(results) == total else None
    else:
        playing = _playing(sources, reader)
    return Tryout(tuple(results), total, playing, check(sources, rules(), library, ignore), notes)


def keep(library: Library, asked: AskedOperation) -> list[OperationResult]:
    """File what ``try_out`` showed: operations are pure, so it is made once more. Raises as it, and as filing."""
    assert asked.operation is not None, "a look has nothing to keep"
    refuse_much(asked)
    context = OperationContext(library, ignore)
    if isinstance(asked.operation, Sheet):
        return list(make_sheet(asked.sources, _sheet_request(asked, asked.operation), context).pages)
    return make(tasks_of(asked, context), context)


def tasks_of(asked: AskedOperation, context: OperationContext) -> list[Task]:
    """Which tasks ``asked`` comes down to, as the command of the operation does. Raises InvalidInput for a second input
    where there is none, or the lack of one, and PictureUnusable."""
    operation, sources, name = asked.operation, asked.sources, asked.name
    assert operation is not None, "a look has no tasks"
    if operation.needs_beside and asked.beside is None:
        raise InvalidInput(f"{operation.name} needs a second picture.", hint=operation.beside)
    if asked.beside is not None and not operation.needs_beside:
        raise InvalidInput(f"{operation.name} takes no second picture as it is.", hint="leave out beside")
    if isinstance(operation, Slice):
        return slice_tasks(sources, operation, context)
    if isinstance(operation, Animate):
        return animate_tasks(sources, [operation], context, name)
    if operation.gathers:
        called = name or f"{sources[0].name}_{operation.verb}"
        return [Task(operation, sources, called, named=bool(name))]
    if asked.beside is not None:
        return [
            Task(
                operation,
                (one, asked.beside),
                result_name(one, operation.verb, context, name),
                named=bool(name),
            )
            for one in sources
        ]
    together = asked.together and operation.together
    tasks = one_each(operation, sources, context, name, together)
    return [replace(task, variant=operation.variant) for task in tasks]


def refuse_much(asked: AskedOperation) -> None:
    """Raise InvalidInput for no picture, for what is none, and for more than a moment's work."""
    if not asked.sources:
        raise InvalidInput("Nothing was named to work on.", hint="name assets by ids")
    pixels = 0
    for source in (*asked.sources, *([asked.beside] if asked.beside else ())):
        asset = source.asset
        if asset is None or not isinstance(asset.media, ImageInfo):
            raise InvalidInput(f"{source.name} is no picture.", hint="choose sprites, images or animations")
        pixels += asset.width * asset.height * asset.frames
    if pixels > MOST_PIXELS:
        raise InvalidInput(
            f"The pictures have {pixels} pixels, and {MOST_PIXELS} can be worked on here.",
            hint="choose fewer, or use the command: `audobon sprite --help`",
        )


def _sheet_request(asked: AskedOperation, operation: Sheet) -> SheetRequest:
    return SheetRequest(asked.name or "sheet", operation)


def _playing(sources: Sequence[Source], reader: PictureReader) -> Playing | None:
    """The frames of ``sources``, in order: of a sheet those that it names, of moving pictures their own."""
    pictures = [reader.picture(source) for source in sources]
    if len(pictures) == 1:
        (picture,) = pictures
        frames = frames_in_texts(picture.texts, picture.width, picture.height)
        if frames:
            size = (picture.width, picture.height)
            record = SheetRecord((size,), frames, by_names([frame.name for frame in frames]))
            return Playing(record, (encode_png(picture.frames[0]),))
    if sum(len(picture.frames) for picture in pictures) < 2:
        return None
    names = tuple(source.name for source in sources)
    try:
        packed = Sheet(names).pack(pictures)
    except InvalidInput:  # what is too large for one sheet, or has two frames of one name, is not played
        return None
    return Playing(packed.record, tuple(encode_png(page) for page in packed.pages))
