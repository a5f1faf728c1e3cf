"""``audobon sprite slice``: taking sheets apart."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.derivations.options import DryRun, Overwrite
from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, Out, SpriteOutput, size_option
from audobon_cli.cli.sprite.views import show_made
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import decode_lenient


@dataclass(frozen=True, slots=True)
class GridOptions:
    """A sheet of equal cells."""

    grid: Annotated[
        str | None, typer.Option("--grid", metavar="COLUMNSxROWS", help="Cut into this many cells: 4x2.")
    ] = None
    cell: Annotated[
        str | None, typer.Option("--cell", metavar="SIZE", help="Cut into cells of this size: 32 or 32x48.")
    ] = None
    margin: Annotated[int, typer.Option("--margin", min=0, help="Pixels around the cells.")] = 0
    spacing: Annotated[int, typer.Option("--spacing", min=0, help="Pixels between the cells.")] = 0


@dataclass(frozen=True, slots=True)
class IslandOptions:
    """A sheet without a grid: what counts as one piece."""

    join: Annotated[
        int, typer.Option("--join", min=1, help="Without a grid: join parts that are this near.")
    ] = 1
    smallest: Annotated[
        int, typer.Option("--smallest", min=1, help="Without a grid: fewest pixels of a piece.")
    ] = 4


@command(
    "slice",
    examples=[
        "audobon sprite slice sheet.png --cell 32 --out frames/",
        "audobon sprite slice hero.png --data hero.atlas --out frames/",
        "audobon sprite slice hero_sheet",
    ],
)
def slice_(
    session: Session,
    inputs: Inputs,
    grid: GridOptions,
    islands: IslandOptions,
    keep_empty: Annotated[bool, typer.Option("--keep-empty", help="Keep empty cells.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Cut by this data: JSON, .atlas, XML, .tsx, .tres, .tpsheet or .css.",
        ),
    ] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Cut a sheet or an animation into its frames.

    By its own data, by a grid, or by separate islands of pixels. Frames keep the times that an animation, or the data,
    shows them for; `audobon sprite sheet` plays them so.
    """
    from audobon_cli.derivations.run import make
    from audobon_cli.derivations.sources import read_file
    from audobon_cli.sprites.sheets.readers.frames import MAX_DATA_BYTES
    from audobon_cli.sprites.sheets.slice import Slice
    from audobon_cli.sprites.tasks import slice_tasks

    columns, rows = size_option(grid.grid, "--grid")
    width, height = size_option(grid.cell, "--cell")
    text = decode_lenient(read_file(data, MAX_DATA_BYTES)) if data else ""
    if data and not text.strip():
        raise InvalidInput(f"{data} is empty.", hint="give the data of the sheet, such as its .json")
    method = "data" if data else "auto"
    operation = Slice(
        0, method, columns, rows, width, height, grid.margin, grid.spacing,
        islands.join, islands.smallest, keep_empty, text, True, 0, True,
    )  # fmt: skip
    output = SpriteOutput("", out, overwrite, dry_run)
    with operation_context(session, inputs, output) as (context, sources):
        made = make(slice_tasks(sources, operation, context), context)
    show_made(session, made, dry_run)
