"""Media: what kinds of things an asset can be, what is known of each beside its bytes."""

from typing import Any, ClassVar, Protocol

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.serialization import all_facts

IMAGE = "image"
"""The medium of pictures, animations, sheets and vector drawings."""
SOUND = "sound"
"""The medium of sounds."""
WEIGHTS = "weights"
"""The medium of what was trained: files of LoRAs."""

DESCRIPTION = "description"
"""What models that listen make: no medium of assets."""


class MediaInfo(Protocol):
    """What is known of a content: a frozen dataclass of plain values, one for each medium."""

    @property
    def medium(self) -> str:
        """The medium's name, as it is stored."""
        ...

    def __hash__(self) -> int:
        """Every frozen dataclass has one."""
        ...


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image: sides in pixels, ``mode`` is Pillow's (RGBA, RGB ...), ``frames`` more than 1 for animations."""

    medium: ClassVar[str] = IMAGE
    width: int
    height: int
    mode: str
    frames: int = 1


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """A LoRA: ``layers`` that it changes with ``parameters`` numbers, of ``rank`` at most; ``architecture`` is what it
    is made for as its file says it ("": nothing said), ``trigger`` the word that calls it. Of an embedding ``layers``
    are the text encoders that it is for, and ``rank`` is how many vectors it has for each."""

    medium: ClassVar[str] = WEIGHTS
    layers: int
    parameters: int
    rank: int
    architecture: str = ""
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class UnknownMedia:
    """A content of a medium that nothing here knows, as the plugin that made it is gone: ``facts`` is the JSON that was
    known of it, kept as it is."""

    medium: str
    facts: str


NO_PIXELS = ImageInfo(0, 0, "")
"""What stands for what is no image where sides and mode are asked for."""


def pixels_of(media: MediaInfo) -> ImageInfo:
    """``media`` if it is an image, else NO_PIXELS."""
    return media if isinstance(media, ImageInfo) else NO_PIXELS


def media_dict(media: MediaInfo) -> dict[str, Any]:
    """``media`` with the name of its medium, JSON-ready."""
    if isinstance(media, UnknownMedia):
        return {"medium": media.medium, **parse_json(media.facts)}
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
