"""The options of ``audobon generate`` that draw on from a picture, and that of seamless textures."""

from typing import Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.inputs import ImageInputs, TileAxes


@dataclass(frozen=True, slots=True)
class ImageInputOptions:
    """The options as they were typed, None for those that were not given."""

    PANEL: ClassVar[str] = "Picture"

    init_image: Annotated[
        str | None,
        typer.Option("--init-image", metavar="FILE|ASSET", help="Start from this picture (image to image)."),
    ] = None
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            help="How much may change of the picture (0.75; 1 with --mask), or of what the built-in model composes "
            "(0), from 0 to 1.",
        ),
    ] = None
    mask: Annotated[
        str | None,
        typer.Option(
            "--mask", metavar="FILE|ASSET", help="Redraw only the white areas of this mask (inpainting)."
        ),
    ] = None
    tile: Annotated[
        TileAxes | None, typer.Option("--tile", help="Make it repeat without seams: across, down, or both.")
    ] = None
    exemplars: Annotated[
        str | None,
        typer.Option(
            "--exemplars", metavar="QUERY", help="Compose of the library's pictures that this finds."
        ),
    ] = None

    def parse(self) -> ImageInputs:
        """What they mean. Raises InvalidInput."""
        return ImageInputs(self.init_image, self.strength, self.mask, self.tile, self.exemplars)
