"""The options of ``audobon generate`` that draw on from a picture, and that of seamless textures."""

from dataclasses import dataclass
from typing import Annotated

import typer

from audobon_cli.domain.inputs import ImageInputs, TileAxes


@dataclass(frozen=True, slots=True)
class ImageInputOptions:
    """The options as they were typed, None for those that were not given."""

    init_image: Annotated[
        str | None,
        typer.Option("--init-image", metavar="FILE|ASSET", help="A picture to begin with: it is drawn over."),
    ] = None
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            help="How far the network goes from what it begins with, 0 to 1: a picture (0.75; 1 with --mask), or what "
            "the built-in model composes (0).",
        ),
    ] = None
    mask: Annotated[
        str | None,
        typer.Option("--mask", metavar="FILE|ASSET", help="What of it is redrawn: white; the rest stays."),
    ] = None
    tile: Annotated[
        TileAxes | None, typer.Option("--tile", help="Make it repeat without seams: across, down, or both.")
    ] = None

    def parse(self) -> ImageInputs:
        """What they mean. Raises InvalidInput."""
        return ImageInputs(self.init_image, self.strength, self.mask, self.tile)
