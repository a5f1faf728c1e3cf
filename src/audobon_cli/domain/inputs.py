"""Pictures and textures as input: what a drawing begins with, what of it is redrawn, where it repeats."""

from enum import StrEnum
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.errors import InvalidInput

IMAGE_STRENGTH = 0.75
"""How much of a picture is redrawn when --strength is not given: as in AUTOMATIC1111's web UI."""

MASK_STRENGTH = 1.0
"""The same with --mask: what is marked is drawn anew."""


class TileAxes(StrEnum):
    """The directions in which a picture continues seamlessly into a copy of itself."""

    X = "x"
    Y = "y"
    XY = "xy"


@dataclass(frozen=True, slots=True)
class ImageInputs:
    """What was asked for: ``init_image`` and ``mask`` name a file or an asset. Validated on creation.

    ``strength`` without ``init_image`` is about what the model composes to begin with; see Composition. ``exemplars``
    is the query whose assets it composes of."""

    init_image: str | None = None
    strength: float | None = None
    mask: str | None = None
    tile: TileAxes | None = None
    exemplars: str | None = None

    def __post_init__(self) -> None:
        if self.mask is not None and self.init_image is None:
            raise InvalidInput("--mask needs a picture to begin with.", hint="name it with --init-image FILE")
        outside = self.strength is not None and not 0.0 <= self.strength <= 1.0
        if outside or (self.strength == 0 and self.init_image is not None):
            raise InvalidInput(
                f"--strength {self.strength:g} is outside 0 to 1.",
                hint="near 0 keeps the picture as it is (0 itself would draw nothing), 1 draws it anew"
                if self.init_image
                else "0 is the composition as it is, 1 draws from the words alone",
            )


@dataclass(frozen=True, slots=True)
class ResolvedInputs:
    """ImageInputs with every choice made; ``strength`` is None without ``init_image``."""

    init_image: InputImage | None = None
    strength: float | None = None
    mask: InputImage | None = None
    tile: TileAxes | None = None

    @property
    def pictures(self) -> tuple[InputImage, ...]:
        """All input pictures."""
        return tuple(picture for picture in (self.init_image, self.mask) if picture is not None)

    def facts(self) -> dict[str, Any]:
        """What a recipe says of them, JSON-ready: pictures by digest. Empty without inputs."""
        named = {
            "init_image": self.init_image.blob if self.init_image else None,
            "strength": self.strength,
            "mask": self.mask.blob if self.mask else None,
            "tile": self.tile.value if self.tile else None,
        }
        return {name: value for name, value in named.items() if value is not None}


NO_INPUTS, NONE_RESOLVED = ImageInputs(), ResolvedInputs()


def steps_run(steps: int, strength: float) -> int:
    """How many of ``steps`` are run on a picture at ``strength``: diffusers' ``get_timesteps``."""
    return min(int(steps * strength), steps)


def check_strength(steps: int, strength: float) -> None:
    """Raise InvalidInput, naming the smallest useful strength, if no step would be run."""
    if steps_run(steps, strength) > 0:
        return
    smallest = next(k / 1000 for k in range(1, 1001) if steps_run(steps, k / 1000) > 0)
    raise InvalidInput(
        f"--strength {strength:g} of {steps} steps is less than one: the picture would stay as it is.",
        hint=f"the smallest useful strength is {smallest:g}; or ask for more --steps",
        smallest=smallest,
    )
