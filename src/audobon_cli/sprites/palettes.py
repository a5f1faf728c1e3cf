"""Putting pictures into one palette: a given one, or one drawn up from all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.derivations.run import OperationContext, OperationResult, Task, make, write_result
from audobon_cli.derivations.sources import Source, is_file, read_file
from audobon_cli.derivations.tasks import result_name
from audobon_cli.library.select import select_one
from audobon_cli.sprites.operations.colors import Colour
from audobon_cli.sprites.operations.palette_files import (
    MAX_PICTURE_BYTES,
    SUFFIXES,
    read_palette,
    write_palette,
)
from audobon_cli.sprites.operations.palettes import ApplyPalette, ExtractPalette, palette_of_picture
from audobon_cli.sprites.pictures import PictureReader


@dataclass(frozen=True, slots=True)
class PaletteRequest:
    """``source`` is a palette's file or asset; None draws one up by ``extraction``.

    ``only_extract`` stops there. ``save`` writes the palette as a file. ``name`` is the drawn-up
    palette's.
    """

    extraction: ExtractPalette
    applying: ApplyPalette
    source: str | None = None
    only_extract: bool = False
    save: Path | None = None
    name: str = ""


def use_palette(
    sources: Sequence[Source], request: PaletteRequest, context: OperationContext
) -> list[OperationResult]:
    """The drawn-up palette, if one is, and each of ``sources`` in the palette.

    A palette that is an asset counts as a parent of the results: when it changes, they do. One from a
    file is written into their records. Raises InvalidInput, PictureUnusable and what make raises.
    """
    made: list[OperationResult] = []
    palette, colours = _given(request.source, context)
    if palette is None and not colours:
        # The palette itself goes to the library alone: --out is for the pictures, --palette-out for it.
        inner = context if request.only_extract else replace(context, out=None)
        name = request.name or f"{sources[0].name}_colors"
        made = make([Task(request.extraction, tuple(sources), name, named=bool(request.name))], inner)
        palette = made[0].source
    if request.save is not None and not context.dry_run:
        _save(request.save, colours or _colours(palette, context), context.overwrite)
    if request.only_extract:
        return made
    operation = replace(request.applying, palette=colours)
    held = () if palette is None else (palette,)
    tasks = [
        Task(operation, (source, *held), result_name(source, operation.name, context)) for source in sources
    ]
    results = make(tasks, context)
    return [*(each for each in made if each.asset is not None), *results]


def _given(text: str | None, context: OperationContext) -> tuple[Source | None, tuple[Colour, ...]]:
    """The palette that ``text`` names: as an asset, or the colours of a file."""
    if text is None:
        return None, ()
    path = Path(text).expanduser()
    if context.library is not None and not is_file(text) and path.suffix.lower() not in SUFFIXES:
        return Source(text, asset=select_one(context.library, text)), ()
    return None, read_palette(read_file(path, MAX_PICTURE_BYTES), path.name)


def _colours(palette: Source | None, context: OperationContext) -> tuple[Colour, ...]:
    if palette is None:
        return ()
    rows = palette_of_picture(PictureReader(context.library).picture(palette)).tolist()
    return tuple((r, g, b) for r, g, b in rows)


def _save(path: Path, colours: tuple[Colour, ...], overwrite: bool) -> None:
    write_result(path.expanduser(), write_palette(colours, path.name), overwrite)
