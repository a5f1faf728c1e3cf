"""Which tasks a sprite command comes down to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from audobon_cli.derivations.run import OperationContext, Task
from audobon_cli.derivations.sources import Source, read_file
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_toml
from audobon_cli.sprites.operations.colors import parse_colour
from audobon_cli.sprites.operations.recolor import Recolor
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.sheets.animations import MAX_SPEC_BYTES
from audobon_cli.sprites.sheets.names import unlike
from audobon_cli.sprites.sheets.slice import Slice

_FILE = re.compile(
    r"(?<=.)\.(?:png|apng|ase|aseprite|gif|webp|jpe?g|bmp|tga|tiff?|psd|kra|xcf)\Z", re.IGNORECASE
)
"""The end of a frame's name that is of the file it came from: Aseprite calls frames ``hero 0.aseprite``."""


def recolor_tasks(sources: Sequence[Source], variants: Mapping[str, Recolor], name: str = "") -> list[Task]:
    """Every variant of every source, each called after both."""
    return [
        Task(operation, (source,), name or f"{source.name}_{variant}", variant=True, named=bool(name))
        for source in sources
        for variant, operation in variants.items()
    ]


def color_map(pairs: Sequence[str], tolerance: float) -> Recolor:
    """The swap that pairs such as ``#aa0000=#0000aa`` describe. Raises InvalidInput for others."""
    split = [pair.partition("=") for pair in pairs]
    wrong = next((pair for pair, (_, mark, _) in zip(pairs, split, strict=True) if not mark), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong!r} maps nothing.", hint="write --map '#aa0000=#0000aa'")
    sources, targets = zip(*((parse_colour(a), parse_colour(b)) for a, _, b in split), strict=True)
    return Recolor(sources, targets, tolerance)


def variants_in(path: Path, tolerance: float) -> dict[str, Recolor]:
    """The variants in a TOML file: a table each, of colours to colours. Raises InvalidInput."""
    try:
        data = parse_toml(read_file(path, MAX_SPEC_BYTES))
        found = {
            name: color_map([f"{key}={value}" for key, value in table.items()], tolerance)
            for name, table in data.items()
        }
    except (AttributeError, ValueError) as error:
        raise InvalidInput(
            f"{path} does not hold variants: {error}.", hint='write [ice] and under it "#aa0000" = "#0000aa"'
        ) from error
    if not found:
        raise InvalidInput(f"{path} holds no variants.", hint="write [ice] and under it colours to colours")
    return found


def slice_tasks(sources: Sequence[Source], operation: Slice, context: OperationContext) -> list[Task]:
    """Every piece of every source; what has no name of its own is numbered, and no two are called alike."""
    reader = PictureReader(context.library)
    tasks = []
    taken: set[str] = set()
    for source in sources:
        picture = reader.picture(source)
        held = Source(source.name, asset=source.asset, path=source.path, content=picture)
        cut = operation.on_page_of(picture, source.path.stem if source.path else source.name)
        pieces = cut.pieces(picture)
        digits = max(2, len(str(len(pieces) - 1)))
        tasks += [
            Task(
                replace(cut, piece=number),
                (held,),
                unlike(_FILE.sub("", piece.name) or f"{source.name}_{number:0{digits}}", taken),
            )
            for number, piece in enumerate(pieces)
        ]
    return tasks
