"""The options of ``audobon generate`` that say what is drawn, and how well."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.scaling import UpscaleMethod


@dataclass(frozen=True, slots=True)
class DrawingOptions:
    """The options as they were typed, None for those that were not given."""

    PANEL: ClassVar[str] = "Picture"

    quality: Annotated[
        str | None, typer.Option("--quality", help="How good: draft, optimized, high, ultra, or your own.")
    ] = None
    style: Annotated[
        str | None, typer.Option("--style", help="A style of `audobon presets list`; none for no style.")
    ] = None
    style_of: Annotated[
        str | None,
        typer.Option(
            "--style-of", metavar="CARD", help="In the style of a card, an asset, a query or a folder."
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option("--model", help="A model's name, a diffusers folder, or a .safetensors file."),
    ] = None
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="64|WxH|NAME", help="Pixels (64, 512x768), or a named size."),
    ] = None
    count: Annotated[
        int, typer.Option("--count", "-n", help="Pictures per prompt, with consecutive seeds.")
    ] = 1
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Seed of the first picture; reuse it to get the same picture."),
    ] = None
    negative: Annotated[str, typer.Option("--negative", help="What to leave out.")] = ""
    steps: Annotated[int | None, typer.Option("--steps", help="Denoising steps.")] = None
    guidance: Annotated[
        float | None, typer.Option("--guidance", help="How closely to follow the prompt (guidance scale).")
    ] = None
    candidates: Annotated[
        int | None, typer.Option("--candidates", help="Draw this many for each picture, and keep the best.")
    ] = None
    upscale: Annotated[
        UpscaleMethod | None,
        typer.Option("--upscale", help="How to enlarge sprites beyond the size they are drawn at."),
    ] = None
