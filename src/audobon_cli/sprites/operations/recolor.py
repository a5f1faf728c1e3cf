"""Palette swaps: the same sprite in other colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.colors import Colour, colour_array, from_oklab, hex_colour, oklab, tree_of
from audobon_cli.sprites.operations.operation import Operation, Product


@dataclass(frozen=True, slots=True)
class Recolor(Operation):
    """Each colour of ``sources`` becomes the one at its place in ``targets``.

    Colours within ``tolerance`` (OKLab) of a source move by as much as it does, so that shades and
    soft edges move along; with 0 only the very colours change.
    """

    name: ClassVar[str] = "recolor"
    about: ClassVar[str] = "Swap colours: each result is a variant."
    variant: ClassVar[bool] = True
    sources: Annotated[tuple[Colour, ...], Param("Colours to replace.", pairs="targets")] = ()
    targets: Annotated[tuple[Colour, ...], Param("What each becomes.")] = ()
    tolerance: Annotated[float, Param("Change shades this near, too: an OKLab distance.", 0, 1)] = 0.0

    def __post_init__(self) -> None:
        if not self.sources or len(self.sources) != len(self.targets):
            raise InvalidInput(
                f"{len(self.sources)} colours cannot become {len(self.targets)}.",
                hint="give pairs such as --map '#aa0000=#0000aa'",
            )
        twice = next((c for c in self.sources if self.sources.count(c) > 1), None)
        if twice is not None:
            raise InvalidInput(f"{hex_colour(twice)} is mapped twice.", hint="map each colour once")

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        pixels = inputs[0].still.copy()
        sources, targets = colour_array(self.sources), colour_array(self.targets)
        lab = oklab(pixels[..., :3])
        away, place = tree_of(sources).query(lab)
        exact = (pixels[..., :3] == sources[place]).all(axis=-1)
        if self.tolerance > 0:
            shift = oklab(targets) - oklab(sources)
            near = (away <= self.tolerance) & ~exact
            pixels[near, :3] = from_oklab(lab[near] + shift[place[near]])
        pixels[..., :3] = np.where(exact[..., None], targets[place], pixels[..., :3])
        return Product(pixels)
