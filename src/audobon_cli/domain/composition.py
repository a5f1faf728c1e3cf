"""What a picture is composed of before a network draws on from it, or in place of a network."""

from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import InputImage

COMPOSER = "composer"
"""The engine that draws compositions as they are."""


@dataclass(frozen=True, slots=True)
class OwnExemplar:
    """A picture of the user's to compose with: what it is called, and words that go with it."""

    picture: InputImage
    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """A composition of the exemplars in the folder ``store``.

    ``strength`` says how far the network goes from it: 0 is the composition itself, 1 would be words alone.
    ``style`` is that asked for ("": whatever the seed says). ``scene`` is the scene of a recipe as JSON; empty: that
    of the prompt and the seed.
    """

    store: Path
    strength: float
    style: str = ""
    scene: str = ""
    fills: bool = False
    """Whether it fills its square, as ground tiles do; others stand free."""
    card: str = ""
    """The style card, as JSON, that scenes come as near to as they can; empty: none."""
    own: tuple[OwnExemplar, ...] = ()
    """Pictures of the user's that it may be composed of."""
    reference: bool = False
    """Whether ``own`` are what the first thing of the prompt looks like; else they are all the things there are."""
