"""Styles as operations: a card learnt of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from audobon_cli.domain.asset import AssetKind
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.operations.operation import Operation, Product


@dataclass(frozen=True, slots=True)
class LearnStyle(Operation):
    """The style card of all inputs: a picture of it, with the card in its texts. Of animations each frame counts."""

    name: ClassVar[str] = "style-learn"
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
