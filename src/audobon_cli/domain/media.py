"""Media: what kinds of things an asset can be, what is known of each beside its bytes, what can be asked of it."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.scaling import ScalingPlan, UpscaleMethod, plan_scaling
from audobon_cli.domain.serialization import all_facts, from_plain, to_plain
from audobon_cli.domain.units import Size

PIXEL_BYTES = 4

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


@dataclass(frozen=True, slots=True)
class Dress:
    """How a picture is made to fit a card, all of it plain numbers: the card itself is not needed to do it again.

    ``lightness``, ``contrast`` and ``chroma`` are from and to what the mean lightness of the figure in OKLab, its
    deviation, and the mean chroma are moved, by ``strength`` (0 to 1). ``palette`` are colours as #rrggbb, to which
    every colour goes by ``pull`` (1: it becomes the nearest of them); with a ``reach`` above 0 the less the further the
    palette is from it in OKLab, so that what the palette has no colour for keeps its own. ``cell`` is the side of the
    squares that the picture consists of afterwards, in pixels; ``hard`` makes each pixel opaque or clear; ``outline``
    is the weight of a line of ``outline_colour`` around the figure, in cells. ``card`` is the SHA-256 of the card's
    JSON, ``asset`` and ``blob`` the asset that it is, if it is one.
    """

    card: str
    asset: str = ""
    blob: str = ""
    lightness: tuple[float, float] = (0.0, 1.0)
    contrast: tuple[float, float] = (0.0, 1.0)
    chroma: tuple[float, float] = (0.0, 1.0)
    strength: float = 1.0
    palette: tuple[str, ...] = ()
    pull: float = 1.0
    reach: float = 0.0
    cell: int = 1
    hard: bool = False
    outline: int = 0
    outline_colour: str = "#000000"
    start: bool = False
    """Whether a composition that a network goes on from is brought to it first, its line too: what a network is to keep
    must be there."""

    @property
    def finishing(self) -> "Dress":
        """What is done to the finished picture: a line that it began with is not drawn again."""
        return replace(self, outline=0) if self.start else self

    def facts(self) -> dict[str, Any]:
        """What a recipe keeps: what is as usual is left out."""
        facts: dict[str, Any] = to_plain(self)
        return facts


def dress_from(facts: dict[str, Any]) -> Dress | None:
    """The dress that ``facts`` were made of; None of no facts. Raises ValueError for what is none."""
    if not facts:
        return None
    dress = from_plain(Dress, facts)
    bounds = (*dress.lightness, *dress.contrast, *dress.chroma, dress.strength, dress.pull, dress.reach)
    if not (all(0 <= value <= 1 for value in bounds) and 1 <= dress.cell <= 256 and 0 <= dress.outline <= 64):
        raise ValueError("a dress with a number that is out of bounds")
    for colour in (*dress.palette, dress.outline_colour):
        if len(colour) != 7 or colour[0] != "#":
            raise ValueError(f"{colour[:20]!r} is no colour")
        int(colour[1:], 16)
    return dress


@dataclass(frozen=True, slots=True)
class ImageOutput:
    """A picture: ``render_size`` is what the model draws, ``size`` what is kept after scaling by ``upscale`` and
    snapping to ``grid``; see ScalingPlan."""

    medium: ClassVar[str] = IMAGE
    size: Size
    render_size: Size
    upscale: UpscaleMethod = UpscaleMethod.SMOOTH
    grid: int = 1
    dress: Dress | None = None
    """What a style card asks of it."""

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
        return (*self.scaling.operations(), *(("dress",) if self.dress else ()))


class _NoSize(Size):
    """No pixels, which a Size cannot have."""

    def __post_init__(self) -> None:
        pass


NO_IMAGE = ImageOutput(_NoSize(0, 0), _NoSize(0, 0))
"""What stands for what is no image where sizes are asked for."""
