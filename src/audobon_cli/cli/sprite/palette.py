"""``audobon sprite palette``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.derivations.views import operation_context
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sprite.options import Inputs, SpriteOutput
from audobon_cli.cli.sprite.views import show_made

if TYPE_CHECKING:
    from audobon_cli.sprites.operations.palettes import ApplyPalette


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How pictures are put into the palette."""

    PANEL: ClassVar[str] = "Options"

    dither: Annotated[str, typer.Option("--dither", help="none, bayer or floyd-steinberg.")] = "none"
    strength: Annotated[
        float, typer.Option("--strength", min=0, max=1, help="Strength of the dithering, from 0 to 1.")
    ] = 1.0
    hard_alpha: Annotated[
        bool, typer.Option("--hard-alpha", help="Make every pixel opaque or transparent.")
    ] = False

    def operation(self) -> "ApplyPalette":
        """The operation, of no palette yet."""
        from audobon_cli.sprites.operations.palettes import ApplyPalette

        return ApplyPalette((), self.dither, self.strength, self.hard_alpha)


@command(
    "palette",
    examples=[
        "audobon sprite palette hero slime coin --colors 16",
        "audobon sprite palette hero --palette pico-8.hex --dither bayer",
        "audobon sprite palette hero slime --extract --palette-out game.gpl",
    ],
)
def palette(
    session: Session,
    inputs: Inputs,
    colors: Annotated[
        int, typer.Option("--colors", min=1, max=256, help="Number of colours to extract.")
    ] = 16,
    source: Annotated[
        str | None,
        typer.Option(
            "--palette", metavar="PALETTE", help="A .gpl, .hex, .pal, .ase, .act or .png file, or an asset."
        ),
    ] = None,
    extract: Annotated[
        bool, typer.Option("--extract", help="Only extract the palette; change no picture.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option("--palette-out", metavar="FILE", help="Write the palette as .gpl, .hex, .pal or .png."),
    ] = None,
    *,
    applying: ApplyOptions,
    output: SpriteOutput,
) -> None:
    """Reduce pictures to one palette.

    The palette is extracted from all of them, or given with --palette.
    """
    from audobon_cli.sprites.operations.palettes import ExtractPalette
    from audobon_cli.sprites.palettes import PaletteRequest, use_palette

    request = PaletteRequest(ExtractPalette(colors), applying.operation(), source, extract, save, output.name)
    with operation_context(session, inputs, output) as (context, sources):
        made = use_palette(sources, request, context)
    show_made(session, made, output.dry_run)
