"""``audobon sprite sheet``: putting sheets together."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.derivations.options import DryRun, Overwrite
from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import made_data, made_size
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import decode_lenient

if TYPE_CHECKING:
    from audobon_cli.sprites.make_sheet import SheetReport


@dataclass(frozen=True, slots=True)
class SheetFiles:
    """What is written, and where."""

    PANEL: ClassVar[str] = "Output"

    name: Annotated[str, typer.Option("--name", help="Name of the sheet and its files.")] = "sheet"
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Write pages and data files to this folder."),
    ] = None
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="Of json, json-array, phaser, aseprite, godot, godot-tileset, unity, tiled, css, gif, apng, webp;"
            " repeat it.",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class PackingOptions:
    """How frames are laid on pages."""

    PANEL: ClassVar[str] = "Packing"

    padding: Annotated[int, typer.Option("--padding", min=0, help="Pixels between frames.")] = 1
    extrude: Annotated[
        int, typer.Option("--extrude", min=0, max=32, help="Repeat each frame's edge pixels this many times.")
    ] = 0
    trim: Annotated[
        bool | None,
        typer.Option(
            "--trim/--no-trim",
            help="Leave transparent margins out, or store them, as is done for aseprite when nothing else wants them"
            " out.",
        ),
    ] = None
    power_of_two: Annotated[
        bool, typer.Option("--power-of-two", help="Make pages 256, 512, 1024 … pixels wide and high.")
    ] = False
    max_size: Annotated[int, typer.Option("--max-size", min=1, help="Largest side of a page, in pixels.")] = (
        2048
    )
    cells: Annotated[bool, typer.Option("--cells", help="Place frames on a grid of equal cells.")] = False
    columns: Annotated[int, typer.Option("--columns", min=0, help="Cells per row; 0: about square.")] = 0


@dataclass(frozen=True, slots=True)
class AnimationOptions:
    """Which frames make an animation, and how fast it plays."""

    PANEL: ClassVar[str] = "Animation"

    fps: Annotated[
        float | None,
        typer.Option(
            "--fps",
            min=0.1,
            max=1000,
            help="Frames per second, also of frames with times of their own; without it theirs, or 10.",
        ),
    ] = None
    animations: Annotated[
        Path | None,
        typer.Option(
            "--animations",
            metavar="FILE",
            help="A TOML file of animations and Tiled's wang sets.",
        ),
    ] = None

    def read(self) -> str:
        """The text of the TOML file; empty without one. Raises InvalidInput."""
        from audobon_cli.derivations.sources import read_file
        from audobon_cli.sprites.sheets.animations import MAX_SPEC_BYTES

        if not self.animations:
            return ""
        return decode_lenient(read_file(self.animations, MAX_SPEC_BYTES))


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the files for engines and viewers say."""

    PANEL: ClassVar[str] = "Engines"

    resource_folder: Annotated[
        str, typer.Option("--godot-folder", metavar="RES", help="Folder where Godot finds the pages.")
    ] = "res://"
    preview_scale: Annotated[
        int, typer.Option("--preview-scale", min=1, max=32, help="Enlarge previews this many times.")
    ] = 1


@command(
    "sheet",
    examples=[
        "audobon sprite sheet walk_00 walk_01 walk_02 --name hero --format godot --out art/",
        "audobon sprite sheet frames/a.png frames/b.png --format json --format gif --out art/",
    ],
)
def sheet(
    session: Session,
    inputs: Inputs,
    files: SheetFiles,
    packing: PackingOptions,
    playing: AnimationOptions,
    engines: EngineOptions,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Pack pictures into sheets that game engines open."""
    from audobon_cli.sprites.make_sheet import SheetRequest, make_sheet
    from audobon_cli.sprites.sheets.formats import trims_by_default
    from audobon_cli.sprites.sheets.sheet import USUAL_FPS, Sheet

    if files.formats and files.out is None:
        raise InvalidInput("The data files need a folder.", hint="add --out FOLDER/")
    trimmed = trims_by_default(files.formats or ()) if packing.trim is None else packing.trim
    operation = Sheet(
        (), 0, packing.padding, packing.extrude, trimmed, packing.power_of_two, packing.max_size,
        packing.cells or packing.columns > 0, packing.columns, playing.fps or USUAL_FPS, playing.read(), True,
        playing.fps is not None,
    )  # fmt: skip
    formats = tuple(dict.fromkeys(files.formats or ()))
    request = SheetRequest(files.name, operation, formats, engines.resource_folder, engines.preview_scale)
    folder = None if files.out is None else f"{files.out}/"
    output = SpriteOutput(files.name, folder, overwrite, dry_run)
    with operation_context(session, inputs, output) as (context, sources):
        report = make_sheet(sources, request, context)
    show_sheet(session, report, dry_run)


def show_sheet(session: Session, report: "SheetReport", dry_run: bool) -> None:
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
                (Column("id"), Column("name", Kind.NAME), Column("size")),
                [(p.asset.id if p.asset else "", p.task.name, made_size(p)) for p in report.pages],
            )

    session.out.result(data, view)
    moving = ", ".join(f"{each['name']} ({each['frames']})" for each in data["animations"])
    session.out.note(
        f"frames: {data['frames']}, stored: {data['stored']}, pages: {len(report.pages)}"
        + (f"; animations: {moving}" if moving else "")
    )
