"""Making sheets: pages into the library, pages and what engines open into a folder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.derivations.run import OperationContext, OperationResult, Task, make, write_result
from audobon_cli.derivations.sources import Source, distinct_names
from audobon_cli.domain.events import Warned
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import Relation, RelationKind
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.sheets.formats import sheet_files, sheet_limits
from audobon_cli.sprites.sheets.formats.target import Target, page_names
from audobon_cli.sprites.sheets.record import SheetRecord
from audobon_cli.sprites.sheets.sheet import Sheet, refuse_too_many
from audobon_cli.storage.durable_files import output_exists
from audobon_cli.storage.file_names import safe_file_name


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """A sheet called ``name`` of ``operation``, with the files of ``formats`` beside its pages."""

    name: str
    operation: Sheet
    formats: tuple[str, ...] = ()
    resource_folder: str = "res://"
    preview_scale: int = 1


@dataclass(frozen=True, slots=True)
class SheetReport:
    """The pages, the files written (or, in a dry run, planned), the sheet's record, and what the files do not say."""

    pages: tuple[OperationResult, ...]
    files: tuple[Path, ...]
    record: SheetRecord
    notes: tuple[str, ...] = ()


def make_sheet(sources: Sequence[Source], request: SheetRequest, context: OperationContext) -> SheetReport:
    """Pack ``sources``, file the pages when they are assets, and write all files when ``context`` names a
    folder. What is in the way is refused before anything is written.

    Raises InvalidInput, OutputExists, PictureUnusable and what make raises.
    """
    reader = PictureReader(context.library)
    measured = [reader.frames_and_pixels(source) for source in sources]
    refuse_too_many(sum(frames for frames, _ in measured), sum(pixels for _, pixels in measured))
    # Held in memory from here on, so that every page is cut from one packing.
    held = [replace(source, content=reader.picture(source)) for source in sources]
    operation = replace(request.operation.settled(), names=tuple(_names(sources)))
    packed = operation.pack([reader.picture(source) for source in held])
    stem = safe_file_name(request.name)
    names = page_names(stem, len(packed.pages))
    target = Target(stem, names, request.resource_folder, request.preview_scale)
    extra = sheet_files(packed, request.formats, target)
    notes = sheet_limits(packed, request.formats, target)
    paths = [context.out / name for name in (*names, *extra)] if context.out is not None else []
    for path in paths:
        if not context.overwrite and not context.dry_run and path.exists():
            raise output_exists(path)
    tasks = [
        Task(replace(operation, page=page), tuple(held), name.removesuffix(".png"), named=True)
        for page, name in enumerate(names)
    ]
    pages = make(tasks, replace(context, into_folder=True))
    if context.library is not None and not context.dry_run:
        owners = [source for source in held for _ in reader.picture(source).frames]
        _relate(context.library, pages, owners, packed.record)
    if context.out is not None and not context.dry_run:
        for name, content in extra.items():
            write_result(context.out / name, content, context.overwrite)
    for note in notes:
        context.listen(Warned(note))
    return SheetReport(tuple(pages), tuple(paths), packed.record, notes)


def _names(sources: Sequence[Source]) -> list[str]:
    """What the frames are called; assets of one name in several categories after their categories too."""
    names = [source.name for source in sources]
    if any(source.asset is None for source in sources):
        return names
    return distinct_names(
        names, [tuple(source.asset.category.split("/")) if source.asset else () for source in sources]
    )


def _relate(
    library: Library, pages: Sequence[OperationResult], owners: Sequence[Source], record: SheetRecord
) -> None:
    """Record each asset that gave a frame as a part of the page that the frame is on."""
    related = {
        Relation(owner.asset.id, RelationKind.PART_OF_SHEET, page.id): None
        for owner, frame in zip(owners, record.frames, strict=True)
        if owner.asset is not None and (page := pages[frame.page].asset) is not None
    }
    with library.change() as changes:
        for relation in related:
            changes.link(relation)
