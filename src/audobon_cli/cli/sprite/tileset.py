"""``audobon sprite tileset``: sets of ground tiles."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.options import Overwrite
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.run_limits import RunOptions
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import SpriteOutput
from audobon_cli.cli.sprite.sheet import show_sheet
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.generation.report import GenerationReport
    from audobon_cli.generation.tilesets import TilesetPlan


@dataclass(frozen=True, slots=True)
class TileOptions:
    """What the tiles are like."""

    PANEL: ClassVar[str] = "Tiles"

    layout: Annotated[
        str,
        typer.Option(
            "--layout", help="corner: 16 tiles; blob: 47, whose corners count too; edge: 16, for paths."
        ),
    ] = "corner"
    style: Annotated[
        str | None, typer.Option("--style", help="A style of `audobon presets list`; pixel for pixel art.")
    ] = None
    size: Annotated[str | None, typer.Option("--size", metavar="32", help="Sides of a tile in pixels.")] = (
        None
    )
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of the tiles.")] = None
    variants: Annotated[
        int, typer.Option("--variants", help="Further tiles of each ground alone, which fit all others.")
    ] = 0


@dataclass(frozen=True, slots=True)
class TilesetFiles:
    """What is written, and where."""

    PANEL: ClassVar[str] = "Output"

    name: Annotated[str, typer.Option("--name", help="Name of the sheet and its files.")] = ""
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Write the sheet and data files to this folder."),
    ] = None
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="Of tiled, godot-tileset, json, unity, css …; repeat it."
        ),
    ] = None
    resource_folder: Annotated[
        str, typer.Option("--godot-folder", metavar="RES", help="Folder where Godot finds the sheet.")
    ] = "res://"


@command(
    "tileset",
    examples=[
        "audobon sprite tileset grass water --style pixel --size 16 --format tiled --out art/",
        'audobon sprite tileset "purple grass" dirt --layout blob --format godot-tileset --out art/',
        "audobon sprite tileset stone lava --layout edge --variants 3",
    ],
)
def tileset(
    session: Session,
    ground: Annotated[
        str, typer.Argument(metavar="GROUND", help="The ground inside, as grass or blue brick.")
    ],
    around: Annotated[str, typer.Argument(metavar="AROUND", help="The ground around it.")],
    *,
    tiles: TileOptions,
    files: TilesetFiles,
    overwrite: Overwrite = False,
) -> None:
    """Draw the tiles that lead from one ground to another.

    Every tile is an asset with its recipe, and all of them are a sheet. They fit each other wherever their grounds do;
    the sheet's files say so to map editors (Tiled's terrains, Godot's terrain sets).
    """
    _check_files(files, ground, around, tiles.layout, overwrite)
    from audobon_cli.cli.generation_session import make_pictures, resolver
    from audobon_cli.domain.request import GenerationRequest
    from audobon_cli.generation.tilesets import TilesetChoices, plan_tileset, tile_requests

    asked = TilesetChoices(ground, around, tiles.layout, tiles.variants)
    prompt = plan_tileset(asked, 0).prompt
    whole = resolver(session, RunOptions())(
        GenerationRequest(prompt, model="sprite", style=tiles.style, size=tiles.size, seed=tiles.seed)
    )
    plan = plan_tileset(asked, whole.seed)
    requests = tile_requests(plan, whole)
    placed = [session.workspace.vram.selector.place(request, "") for request in requests]
    report = make_pictures(session, placed, None, False, None)
    if report.error() is not None or len(report.pictures) < len(requests):
        session.finish({"asked": report.asked}, lambda: None, report.error())
        return
    _sheet(session, plan, report, files, overwrite)


def _check_files(files: TilesetFiles, ground: str, around: str, layout: str, overwrite: bool) -> None:
    """Raise InvalidInput or OutputExists, before anything is drawn, for files that could not be written."""
    from audobon_cli.generation.outputs import probe_folder
    from audobon_cli.sprites.sheets.formats import check_formats
    from audobon_cli.storage.durable_files import output_exists
    from audobon_cli.storage.file_names import safe_file_name

    check_formats(files.formats or ())
    if files.out is None:
        if files.formats:
            raise InvalidInput("The data files need a folder.", hint="add --out FOLDER/")
        return
    folder = Path(files.out).expanduser()
    probe_folder(folder)
    page = folder / f"{safe_file_name(_name(files, ground, around, layout))}.png"
    if page.exists() and not overwrite:
        raise output_exists(page)


def _name(files: TilesetFiles, ground: str, around: str, layout: str) -> str:
    return files.name or "_".join(f"{ground} {around} {layout}".split())


def _sheet(
    session: Session, plan: "TilesetPlan", report: "GenerationReport", files: TilesetFiles, overwrite: bool
) -> None:
    """The sheet of the tiles that were made, filed and written."""
    from audobon_cli.cli.derivations.views import operation_context
    from audobon_cli.generation.tilesets import sheet_spec
    from audobon_cli.sprites.make_sheet import SheetRequest, make_sheet
    from audobon_cli.sprites.sheets.sheet import Sheet

    assets = [made.asset for made in report.pictures]
    operation = Sheet(
        padding=0,
        trim=False,
        cells=True,
        columns=plan.columns,
        spec=sheet_spec(plan, [asset.name for asset in assets]),
    )
    name = _name(files, plan.ground, plan.around, plan.layout)
    request = SheetRequest(name, operation, tuple(dict.fromkeys(files.formats or ())), files.resource_folder)
    output = SpriteOutput(name, None if files.out is None else f"{files.out}/", overwrite, False)
    with operation_context(session, [asset.id for asset in assets], output) as (context, sources):
        made = make_sheet(sources, request, context)
    show_sheet(session, made, False)
