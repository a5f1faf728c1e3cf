"""``audobon sprite slice`` and ``sheet``: taking sheets apart and putting them together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.views import (
    DryRun,
    Inputs,
    Out,
    OutputPlace,
    Overwrite,
    made_data,
    operation_context,
    show_made,
    size_option,
)
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.sprites.make_sheet import SheetReport


Trim = Annotated[
    bool | None,
    typer.Option(
        "--trim/--no-trim",
        help="Leave transparent margins out, or store them, as is done for aseprite when nothing else wants them out.",
    ),
]


def slice_(
    session: Session,
    inputs: Inputs,
    grid: Annotated[
        str | None, typer.Option("--grid", metavar="COLUMNSxROWS", help="Cut into so many cells: 4x2.")
    ] = None,
    cell: Annotated[
        str | None, typer.Option("--cell", metavar="SIZE", help="Cut into cells of this size: 32 or 32x48.")
    ] = None,
    margin: Annotated[int, typer.Option("--margin", min=0, help="Pixels around the cells.")] = 0,
    spacing: Annotated[int, typer.Option("--spacing", min=0, help="Pixels between the cells.")] = 0,
    join: Annotated[
        int, typer.Option("--join", min=1, help="Without a grid: parts this near are one piece.")
    ] = 1,
    smallest: Annotated[
        int, typer.Option("--smallest", min=1, help="Without a grid: pixels a piece has at least.")
    ] = 4,
    keep_empty: Annotated[
        bool, typer.Option("--keep-empty", help="Keep cells with nothing in them.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FILE", help="Cut as this TexturePacker or Aseprite JSON says."),
    ] = None,
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Take a sheet or an animation apart: by its own data, by a grid, or by islands of pixels."""
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.sheets.read_data import MAX_DATA_BYTES
    from audobon_cli.sprites.sheets.slice import Slice
    from audobon_cli.sprites.sources import read_file
    from audobon_cli.sprites.tasks import slice_tasks

    columns, rows = size_option(grid, "--grid")
    width, height = size_option(cell, "--cell")
    text = read_file(data, MAX_DATA_BYTES).decode("utf-8", "replace") if data else ""
    method = "data" if data else "auto"
    operation = Slice(
        0, method, columns, rows, width, height, margin, spacing, join, smallest, keep_empty, text
    )  # fmt: skip
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(slice_tasks(sources, operation, context), context)
    show_made(session, made, dry_run)


def sheet(
    session: Session,
    inputs: Inputs,
    name: Annotated[str, typer.Option("--name", help="What to call the sheet and its files.")] = "sheet",
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write the pages and formats here.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Of json, json-array, phaser, aseprite, godot, unity, tiled, css, gif, apng, webp; repeat it.",
        ),
    ] = None,
    padding: Annotated[int, typer.Option("--padding", min=0, help="Pixels between frames.")] = 1,
    extrude: Annotated[
        int, typer.Option("--extrude", min=0, max=32, help="Repeat each frame's rim so often around it.")
    ] = 0,
    trim: Trim = None,
    power_of_two: Annotated[bool, typer.Option("--power-of-two", help="Pages of 256, 512, 1024 ...")] = False,
    max_size: Annotated[int, typer.Option("--max-size", min=1, help="A page's largest side.")] = 2048,
    cells: Annotated[bool, typer.Option("--cells", help="Lay frames on a grid of equal cells.")] = False,
    columns: Annotated[int, typer.Option("--columns", min=0, help="Cells a line; 0: about square.")] = 0,
    fps: Annotated[
        float, typer.Option("--fps", min=0.1, max=1000, help="Of animations without durations.")
    ] = 10,
    animations: Annotated[
        Path | None,
        typer.Option(
            "--animations",
            metavar="FILE",
            help="A TOML of animations and Tiled's wang sets (docs/sheets.md).",
        ),
    ] = None,
    resource_folder: Annotated[
        str, typer.Option("--godot-folder", metavar="RES", help="Where Godot finds the pages.")
    ] = "res://",
    preview_scale: Annotated[
        int, typer.Option("--preview-scale", min=1, max=32, help="Enlarge previews.")
    ] = 1,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Pack pictures into sheets, with the data files that engines open."""
    from audobon_cli.sprites.make_sheet import SheetRequest, make_sheet
    from audobon_cli.sprites.sheets.animations import MAX_SPEC_BYTES
    from audobon_cli.sprites.sheets.formats import trims_by_default
    from audobon_cli.sprites.sheets.sheet import Sheet
    from audobon_cli.sprites.sources import read_file

    if formats and out is None:
        raise InvalidInput("The data files need a folder.", hint="add --out FOLDER/")
    spec = read_file(animations, MAX_SPEC_BYTES).decode("utf-8", "replace") if animations else ""
    trimmed = trims_by_default(formats or ()) if trim is None else trim
    operation = Sheet(
        (),
        0,
        padding,
        extrude,
        trimmed,
        power_of_two,
        max_size,
        cells or columns > 0,
        columns,
        fps,
        spec,
        True,
    )
    request = SheetRequest(
        name, operation, tuple(dict.fromkeys(formats or ())), resource_folder, preview_scale
    )
    with operation_context(
        session, inputs, OutputPlace(None if out is None else f"{out}/", overwrite, dry_run)
    ) as opened:
        context, sources = opened
        report = make_sheet(sources, request, context)
    _show_sheet(session, report, dry_run)


def _show_sheet(session: Session, report: "SheetReport", dry_run: bool) -> None:
    """The files written, a path a line; or the pages filed."""
    record = report.record
    data: dict[str, Any] = {
        "results": [made_data(page) for page in report.pages],
        "files": [str(path) for path in report.files],
        "frames": len(record.frames),
        "stored": len({(f.page, f.x, f.y) for f in record.frames}),
        "animations": [{"name": a.name, "frames": len(a.frames)} for a in record.animations],
        "notes": list(report.notes),
        "dry_run": dry_run,
    }

    def view() -> None:
        for path in report.files:
            session.out.line(str(path))
        if not report.files:
            session.out.table(
                ("id", "name", "size"),
                [(p.asset.id if p.asset else "", p.task.name, f"{p.width}x{p.height}") for p in report.pages],
            )

    session.out.result(data, view)
    moving = ", ".join(f"{each['name']} ({each['frames']})" for each in data["animations"])
    session.out.note(
        f"frames: {data['frames']}, stored: {data['stored']}, pages: {len(report.pages)}"
        + (f"; animations: {moving}" if moving else "")
    )


def register(app: typer.Typer) -> None:
    """Add the commands to ``audobon sprite``."""
    command(
        app,
        "slice",
        examples=[
            "audobon sprite slice sheet.png --cell 32 --out frames/",
            "audobon sprite slice hero_sheet",
        ],
    )(slice_)
    command(
        app,
        "sheet",
        examples=[
            "audobon sprite sheet walk_00 walk_01 walk_02 --name hero --format godot --out art/",
            "audobon sprite sheet frames/a.png frames/b.png --format json --format gif --out art/",
        ],
    )(sheet)
