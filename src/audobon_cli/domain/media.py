"""Media: what kinds of things an asset can be, and what is known of each beside its bytes."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from audobon_cli.domain.serialization import all_facts

IMAGE = "image"
"""The medium of pictures, animations, sheets and vector drawings."""


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
