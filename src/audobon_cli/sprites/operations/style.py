"""Styles as operations: a card learnt of pictures, and a picture brought to a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from audobon_cli.derivations.operation import Param
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.operation import Operation, Product


@dataclass(frozen=True, slots=True)
class LearnStyle(Operation):
    """The style card of all inputs: a picture of it, with the card in its texts. Of animations each frame counts."""

    name: ClassVar[str] = "style-learn"
    about: ClassVar[str] = "Draw up the style card of all pictures together."
    kind: ClassVar[AssetKind] = AssetKind.STYLE
    gathers: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("numpy", "pillow")

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        from audobon_cli.media.image.inspect import STYLE_TEXT
        from audobon_cli.styles.learn import learn
        from audobon_cli.styles.pictures import card_picture, looks_of

        pictures = [frame for each in inputs for frame in each.frames]
        looks = looks_of(pictures)
        card = learn(looks)
        return Product(card_picture(card, pictures, looks), {STYLE_TEXT: card.to_json()})


@dataclass(frozen=True, slots=True)
class TransferStyle(Operation):
    """The first input in the style of ``card`` (JSON), or if that is empty, of the second input, which is a card.

    ``strength`` from 0 to 1: how far lightness, contrast and colours go; cells, hard edges and the line are had or not.
    """

    name: ClassVar[str] = "style-transfer"
    about: ClassVar[str] = "Bring pictures to the style of a card."
    packages: ClassVar[tuple[str, ...]] = ("numpy", "pillow")
    beside: ClassVar[str] = "The style card that it is brought to."
    card: str = ""
    strength: Annotated[float, Param("How far lightness, contrast and colours go.", 0, 1)] = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InvalidInput(f"A strength of {self.strength:g} makes no sense.", hint="give 0 to 1")

    @property
    def needs_beside(self) -> bool:
        return not self.card

    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        from audobon_cli.styles.card import card_from_json
        from audobon_cli.styles.dressing import transferred
        from audobon_cli.styles.pictures import card_of

        card = card_from_json(self.card) if self.card else card_of(inputs[1])
        return Product(transferred(inputs[0].still, card, self.strength))
