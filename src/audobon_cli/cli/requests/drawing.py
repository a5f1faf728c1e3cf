"""The options of ``audobon generate`` that say what is drawn, and how well."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audobon_cli.domain.scaling import UpscaleMethod


@dataclass(frozen=True, slots=True)
class DrawingOptions:
    """The options as they were typed, None for those that were not given."""

    quality: Annotated[
        str | None, typer.Option("--quality", help="draft, optimized, high, ultra, or one of your own.")
    ] = None
    style: Annotated[
        str | None, typer.Option("--style", help="A style of `audobon presets list`, or none.")
    ] = None
    model: Annotated[
        str | None, typer.Option("--model", help="A model's name, a diffusers folder or a .safetensors file.")
    ] = None
    size: Annotated[
        str | None, typer.Option("--size", metavar="64|WxH|NAME", help="Pixels, or a named size.")
    ] = None
    count: Annotated[int, typer.Option("--count", "-n", help="Pictures per prompt, of seeds in a row.")] = 1
    seed: Annotated[
        int | None, typer.Option("--seed", help="The first picture's seed; the same gives the same.")
    ] = None
    negative: Annotated[str, typer.Option("--negative", help="What should not be in it.")] = ""
    steps: Annotated[int | None, typer.Option("--steps", help="Denoising steps.")] = None
    guidance: Annotated[
        float | None, typer.Option("--guidance", help="How closely the prompt is followed.")
    ] = None
    candidates: Annotated[
        int | None, typer.Option("--candidates", help="Pictures drawn for each one kept: the best of them.")
    ] = None
    upscale: Annotated[
        UpscaleMethod | None,
        typer.Option("--upscale", help="How sprites are made larger than they are drawn."),
    ] = None
