"""``audobon sprite``: the workshop's operations on single pictures and sets."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite import checks, sheets
from audobon_cli.cli.sprite.views import (
    DryRun,
    Inputs,
    Name,
    Out,
    OutputPlace,
    Overwrite,
    Together,
    operation_context,
    show_made,
    size_option,
)
from audobon_cli.domain.errors import InvalidInput

app = typer.Typer(
    no_args_is_help=True,
    help="Make pictures into game art: clean alpha, one palette, one pixel grid, sheets that engines open.",
)


@command(app, "cut", examples=["audobon sprite cut dragon", "audobon sprite cut shot.png --out dragon.png"])
def cut(
    session: Session,
    inputs: Inputs,
    key: Annotated[
        str | None, typer.Option("--key", metavar="COLOUR", help="The background; else the border's colour.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=1, help="How far from it still counts (OKLab).")
    ] = 0.06,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Cut holes too that the border does not reach.")
    ] = False,
    edges: Annotated[
        str, typer.Option("--edges", help="soft, hard (pixel art), or auto by what is there.")
    ] = "auto",
    matting: Annotated[
        bool, typer.Option("--matting", help="Cut out by a model instead of a colour.")
    ] = False,
    matting_model: Annotated[
        str, typer.Option("--matting-model", metavar="FILE", help="The ONNX file of that model.")
    ] = "",
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Make the background transparent; soft edges get their alpha and their own colour back."""
    from audobon_cli.sprites.operations.colors import parse_colour
    from audobon_cli.sprites.operations.cut import Cut
    from audobon_cli.sprites.operations.matting import Matte
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import one_each

    colour = parse_colour(key) if key else None
    by_model = matting or bool(matting_model)
    weights = str(Path(matting_model).expanduser().absolute()) if matting_model else ""
    operation = Matte(weights) if by_model else Cut(colour, tolerance, everywhere, edges)
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(one_each(operation, sources, context, name), context)
    show_made(session, made, dry_run)


@command(
    app,
    "trim",
    examples=["audobon sprite trim dragon --padding 1", "audobon sprite trim walk_0 walk_1 --together"],
)
def trim(
    session: Session,
    inputs: Inputs,
    threshold: Annotated[
        int, typer.Option("--threshold", min=0, max=254, help="Alpha up to this counts as nothing.")
    ] = 0,
    padding: Annotated[int, typer.Option("--padding", min=0, help="Pixels to leave around.")] = 0,
    square: Annotated[bool, typer.Option("--square", help="Make width and height equal.")] = False,
    multiple: Annotated[int, typer.Option("--multiple", min=1, help="Make both a multiple of this.")] = 1,
    together: Together = False,
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Take off transparent margins; of frames --together the same ones, so that nothing jumps."""
    from audobon_cli.sprites.operations.trim import Trim
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import one_each

    operation = Trim(threshold, padding, square, multiple)
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(one_each(operation, sources, context, name, together), context)
    show_made(session, made, dry_run)


@command(
    app,
    "palette",
    examples=[
        "audobon sprite palette hero slime coin --colors 16",
        "audobon sprite palette hero --from pico-8.hex --dither bayer",
        "audobon sprite palette hero slime --extract --save game.gpl",
    ],
)
def palette(
    session: Session,
    inputs: Inputs,
    colors: Annotated[int, typer.Option("--colors", "-n", min=1, max=256, help="How many to draw up.")] = 16,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="PALETTE", help="A .gpl, .hex, .pal or .png file, or an asset."),
    ] = None,
    extract: Annotated[bool, typer.Option("--extract", help="Only draw the palette up.")] = False,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Write it as .gpl, .hex, .pal or .png.")
    ] = None,
    dither: Annotated[str, typer.Option("--dither", help="none, bayer or floyd-steinberg.")] = "none",
    strength: Annotated[float, typer.Option("--strength", min=0, max=1, help="How much of it.")] = 1.0,
    hard_alpha: Annotated[
        bool, typer.Option("--hard-alpha", help="Make every pixel opaque or transparent.")
    ] = False,
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Put pictures into one palette: drawn up from all of them, or a given one."""
    from audobon_cli.sprites.operations.palettes import ApplyPalette, ExtractPalette
    from audobon_cli.sprites.palettes import PaletteRequest, use_palette

    request = PaletteRequest(
        ExtractPalette(colors), ApplyPalette((), dither, strength, hard_alpha), source, extract, save, name
    )
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = use_palette(sources, request, context)
    show_made(session, made, dry_run)


@command(
    app,
    "pixelate",
    examples=[
        "audobon sprite pixelate fake_pixels",
        "audobon sprite pixelate painting.png --size 64 --out small.png",
    ],
)
def pixelate(
    session: Session,
    inputs: Inputs,
    scale: Annotated[
        float, typer.Option("--scale", min=0, help="Pixels a cell; 0 finds the grid.", show_default=False)
    ] = 0.0,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", help="Reduce to this size: 64 or 64x96.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="majority, contrast (keeps thin lines), or auto.")
    ] = "auto",
    together: Together = False,
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Bring pixel art onto its true grid, one pixel a cell; or reduce a picture to a size."""
    from audobon_cli.sprites.operations.pixelate import Pixelate
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import one_each

    operation = Pixelate(scale, *size_option(size, "--size"), method)
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(one_each(operation, sources, context, name, together), context)
    show_made(session, made, dry_run)


@command(app, "outline", examples=["audobon sprite outline dragon --color '#ffffff' --grow"])
def outline(
    session: Session,
    inputs: Inputs,
    color: Annotated[str, typer.Option("--color", metavar="COLOUR", help="Of the line.")] = "#000000",
    thickness: Annotated[int, typer.Option("--thickness", min=1, max=64, help="In pixels.")] = 1,
    inner: Annotated[bool, typer.Option("--inner", help="On the figure's own rim.")] = False,
    corners: Annotated[bool, typer.Option("--corners", help="Join over corners (8-connected).")] = False,
    grow: Annotated[bool, typer.Option("--grow", help="Widen the canvas so that the line fits.")] = False,
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Draw a line around the figure, or on its rim."""
    from audobon_cli.sprites.operations.colors import parse_colour
    from audobon_cli.sprites.operations.outline import Outline
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import one_each

    operation = Outline(parse_colour(color), thickness, inner, corners, grow)
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(one_each(operation, sources, context, name), context)
    show_made(session, made, dry_run)


@command(
    app,
    "recolor",
    examples=[
        "audobon sprite recolor knight --map '#c82828=#2850c8' --name blue_knight",
        "audobon sprite recolor knight --variants teams.toml",
    ],
)
def recolor(
    session: Session,
    inputs: Inputs,
    pairs: Annotated[
        list[str] | None, typer.Option("--map", metavar="FROM=TO", help="A colour and what becomes of it.")
    ] = None,
    variants: Annotated[
        Path | None,
        typer.Option("--variants", metavar="FILE", help="A TOML table of colours for each variant."),
    ] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=1, help="Shades this near (OKLab) move along.")
    ] = 0.0,
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Swap colours: the same sprite in other ones, as variants of it."""
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import color_map, recolor_tasks, variants_in

    if (pairs is None) == (variants is None):
        raise InvalidInput("Give either --map or --variants.", hint="write --map '#aa0000=#0000aa'")
    maps = variants_in(variants, tolerance) if variants else {"recolor": color_map(pairs or (), tolerance)}
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(recolor_tasks(sources, maps, name), context)
    show_made(session, made, dry_run)


@command(
    app,
    "upscale",
    examples=["audobon sprite upscale dragon --factor 4", "audobon sprite upscale dragon --method scale2x"],
)
def upscale(
    session: Session,
    inputs: Inputs,
    factor: Annotated[
        int, typer.Option("--factor", "-x", min=1, max=64, help="How many times as large.")
    ] = 2,
    method: Annotated[
        str,
        typer.Option("--method", help="nearest, scale2x (cuts the corners of stairs), or smooth (redraws)."),
    ] = "nearest",
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Enlarge a picture by a whole number."""
    from audobon_cli.sprites.operations.upscale import Upscale
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import one_each

    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(one_each(Upscale(factor, method), sources, context, name), context)
    show_made(session, made, dry_run)


@command(
    app,
    "tile",
    examples=["audobon sprite tile grass", "audobon sprite tile wall.png --only horizontal --out wall_x.png"],
)
def tile(
    session: Session,
    inputs: Inputs,
    blend: Annotated[
        float, typer.Option("--blend", min=0.02, max=0.5, help="Share of the side over which it blends.")
    ] = 0.25,
    only: Annotated[
        str | None, typer.Option("--only", help="horizontal or vertical: repeat in one direction alone.")
    ] = None,
    hard: Annotated[bool, typer.Option("--hard", help="Mix no colours: for pixel art.")] = False,
    name: Name = "",
    out: Out = None,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Make a texture repeat without a seam, at its size; `sprite check` measures the seam."""
    from audobon_cli.sprites.operations.tile import Tile
    from audobon_cli.sprites.run import make
    from audobon_cli.sprites.tasks import one_each

    if only not in (None, "horizontal", "vertical"):
        raise InvalidInput(f"--only {only!r} is no direction.", hint="write horizontal or vertical")
    operation = Tile(blend, only != "vertical", only != "horizontal", hard)
    with operation_context(session, inputs, OutputPlace(out, overwrite, dry_run)) as (context, sources):
        made = make(one_each(operation, sources, context, name), context)
    show_made(session, made, dry_run)


sheets.register(app)
checks.register(app)
