"""How well pictures show their words, comparable between texts and between networks.

The cosine of a picture and its words means little by itself: it depends on the network, and on the text. So it is held
against the cosines of the same picture with other texts, as retrieval is judged (R-precision; Xu et al. 2018,
"AttnGAN", section 4): the agreement is the share of OTHER_TEXTS that fit the picture less than its own words do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Points = NDArray[np.float32]
"""Float32 (n, width), rows of length 1."""

PASSES = 0.8
"""The agreement from which a picture passes: 6 of 40 score less with their own words, 35 with others' (see
docs/quality.md)."""

_THINGS = """
    anchor apple arrow axe banana barrel bat bear bed bell bird boat bomb bone book boot bottle bow bread
    bridge bucket bug butterfly cactus cake candle cannon car carrot castle cat chair cherry chest cloud
    coin compass cow crab crown crystal cup dagger dog door dragon drum eagle egg fence fire fish flag
    flower fox frog ghost goblin guitar hammer hat heart helmet horse house key knight ladder lamp leaf lion
    lizard map moon mountain mouse mushroom octopus owl pig potion rabbit ring robot rocket rose shield ship
    skull snake spider star sun sword table tree turtle window wizard
"""
OTHER_TEXTS = tuple(_THINGS.split())
"""99 things that games draw, as in R-precision."""


class JointSpace(Protocol):
    """A network that puts pictures and words into one space. ``name`` is what results call it."""

    name: str

    def points(self, images: Sequence[Image.Image]) -> Points:
        """Where pictures (RGBA, straight alpha) lie."""
        ...

    def meanings(self, texts: Sequence[str]) -> Points:
        """Where texts lie."""
        ...


@dataclass(frozen=True, slots=True)
class AgreementScore:
    """``cosine`` of a picture and its words (-1 to 1), and ``share``, of other texts, that fit it less (0 to 1)."""

    cosine: float
    share: float


@dataclass
class Agreement:
    """Judges by one network; the other texts are read once."""

    space: JointSpace
    _meanings: dict[str, Points] = field(default_factory=dict)

    def score(self, image: Image.Image, text: str) -> AgreementScore:
        """How well ``image`` shows ``text``. Ties count half."""
        if text not in self._meanings:
            self._meanings[text] = self.space.meanings([text])[0]
        point = self.space.points([image.convert("RGBA")])[0]
        own = float(point @ self._meanings[text])
        others = self._others @ point
        share = float(np.mean(others < own) + np.mean(others == own) / 2)
        return AgreementScore(round(own, 4), round(share, 4))

    @cached_property
    def _others(self) -> Points:
        return self.space.meanings(OTHER_TEXTS)
