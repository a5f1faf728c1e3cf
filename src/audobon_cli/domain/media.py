"""Media: what kinds of things an asset can be, what is known of each beside its bytes, what can be asked of it."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from audobon_cli.domain.scaling import ScalingPlan, UpscaleMethod, plan_scaling
from audobon_cli.domain.serialization import all_facts
from audobon_cli.domain.units import Size

PIXEL_BYTES = 4

IMAGE = "image"
"""The medium of pictures, animations, sheets and vector drawings."""
SOUND = "sound"

DESCRIPTION = "description"
"""What models that listen make: no medium of assets."""
"""The medium of sounds."""


class MediaInfo(Protocol):
    """What is known of a content: a frozen dataclass of plain values, one for each medium."""

    @property
    def medium(self) -> str:
        """The medium's name, as it is stored."""
        ...


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image: sides in pixels, ``mode`` is Pillow's (RGBA, RGB ...), ``frames`` more than 1 for animations."""

    medium: ClassVar[str] = IMAGE
    width: int
    height: int
    mode: str
    frames: int = 1


NO_PIXELS = ImageInfo(0, 0, "")
"""What stands for what is no image where sides and mode are asked for."""


def pixels_of(media: MediaInfo) -> ImageInfo:
    """``media`` if it is an image, else NO_PIXELS."""
    return media if isinstance(media, ImageInfo) else NO_PIXELS


def media_dict(media: MediaInfo) -> dict[str, Any]:
    """``media`` with the name of its medium, JSON-ready."""
    return {"medium": media.medium, **all_facts(media)}


class MediaOutput(Protocol):
    """What is made: a frozen dataclass of plain values, one for each medium."""

    @property
    def medium(self) -> str:
        """The medium's name, as it is stored."""
        ...

    @property
    def raw_bytes(self) -> int:
        """What one of it takes at most, uncompressed."""
        ...

    def operations(self) -> tuple[str, ...]:
        """What is done to what the model made, as a recipe lists it."""
        ...


@dataclass(frozen=True, slots=True)
class ImageOutput:
    """A picture: ``render_size`` is what the model draws, ``size`` what is kept after scaling by ``upscale`` and
    snapping to ``grid``; see ScalingPlan."""

    medium: ClassVar[str] = IMAGE
    size: Size
    render_size: Size
    upscale: UpscaleMethod = UpscaleMethod.SMOOTH
    grid: int = 1

    @property
    def raw_bytes(self) -> int:
        """See MediaOutput."""
        return self.size.width * self.size.height * PIXEL_BYTES

    @property
    def scaling(self) -> ScalingPlan:
        """The steps from the picture drawn to the one kept."""
        return plan_scaling(self.render_size, self.size, self.upscale, self.grid)

    def operations(self) -> tuple[str, ...]:
        """See MediaOutput."""
        return self.scaling.operations()


class _NoSize(Size):
    """No pixels, which a Size cannot have."""

    def __post_init__(self) -> None:
        pass


NO_IMAGE = ImageOutput(_NoSize(0, 0), _NoSize(0, 0))
"""What stands for what is no image where sizes are asked for."""
