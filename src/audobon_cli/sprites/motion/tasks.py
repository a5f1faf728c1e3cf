"""Which results ``audobon sprite animate`` makes, and the previews that go beside them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audobon_cli.derivations.run import OperationContext, OperationResult, Task, write_result
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.motion.animate import Animate
from audobon_cli.sprites.motion.deform import Room
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.sheets.formats import sheet_files
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.sheet import Sheet
from audobon_cli.storage.durable_files import output_exists
from audobon_cli.storage.file_names import safe_file_name

PREVIEWS = ("gif", "apng", "webp")


def animate_tasks(
    sources: Sequence[Source], actions: Sequence[Animate], context: OperationContext, name: str = ""
) -> list[Task]:
    """Every one of ``actions`` on every source, those of a source on one canvas. Called after the source (or
    ``name``) and the action. Raises what ``Animate.motion`` raises."""
    reader = PictureReader(context.library)
    tasks = []
    for source in sources:
        picture = reader.picture(source)
        held = replace(source, content=picture)
        room = Room()
        if len(actions) > 1:
            for action in actions:
                room = room.with_(action.motion(picture).room)
        for action in actions:
            whole = replace(action, side=max(action.side, room.side), top=max(action.top, room.top))
            tasks.append(Task(whole, (held,), f"{name or source.name}_{action.action}", named=bool(name)))
    return tasks


def refuse_previews_in_the_way(
    tasks: Sequence[Task], formats: Sequence[str], context: OperationContext
) -> None:
    """Raise InvalidInput for formats that are none or have no folder, OutputExists for a file in the way."""
    unknown = next((form for form in formats if form not in PREVIEWS), None)
    if unknown is not None:
        raise InvalidInput(f"There is no preview {unknown!r}.", hint=f"there are: {', '.join(PREVIEWS)}")
    if formats and (context.out is None or not context.into_folder):
        raise InvalidInput("Previews need a folder.", hint="add --out FOLDER/")
    for task in tasks:
        for form in formats:
            path = _path(task, form, context)
            if path.exists() and not context.overwrite and not context.dry_run:
                raise output_exists(path)


def write_previews(
    results: Sequence[OperationResult], formats: Sequence[str], scale: int, context: OperationContext
) -> list[Path]:
    """Each of ``results`` in ``formats``, ``scale`` times as large, into the folder of ``context``; in a dry run
    their names only. Raises InvalidInput for what a format cannot hold."""
    reader = PictureReader(context.library)
    written = []
    for made in results:
        packed = Sheet((made.task.name,)).pack([reader.picture(made.source)]) if not context.dry_run else None
        for form in formats:
            path = _path(made.task, form, context)
            if packed is not None:
                (data,) = sheet_files(packed, (form,), Target(path.stem, (), preview_scale=scale)).values()
                write_result(path, data, context.overwrite)
            written.append(path)
    return written


def _path(task: Task, form: str, context: OperationContext) -> Path:
    assert context.out is not None, "refused before"
    return context.out / safe_file_name(task.name, f".{form}")
