"""What a sprite operation is: named parameters that turn input pictures into one output, the same each time."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import IMAGE, ImageInfo
from audobon_cli.media.image.moving_png import encode_moving_png
from audobon_cli.media.image.pixels import DecodedImage, Pixels, encode_png
from audobon_cli.media.provenance import combined_type
from audobon_cli.media.xmp import XMP_KEYWORD, source_type_in, xmp_packet
from audobon_cli.sprites.operations.frame_times import inherited_time


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """What an operation gives: pixels, and texts that belong into the file."""

    pixels: Pixels
    texts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def media(self) -> ImageInfo:
        """What the picture is."""
        return ImageInfo(int(self.pixels.shape[1]), int(self.pixels.shape[0]), "RGBA")

    @property
    def format(self) -> str:
        """Of the file."""
        return "png"

    def encode(self) -> bytes:
        """The PNG: the same product gives the same bytes."""
        return encode_png(self.pixels, self.texts)


@dataclass(frozen=True, slots=True, eq=False)
class MovingProduct(Product):
    """Several frames of one size, the first of which is ``pixels``; ``plays`` 0 is for ever."""

    frames: tuple[Pixels, ...] = ()
    durations_ms: tuple[int, ...] = ()
    plays: int = 0

    @property
    def media(self) -> ImageInfo:
        """What the moving picture is."""
        return ImageInfo(int(self.pixels.shape[1]), int(self.pixels.shape[0]), "RGBA", len(self.frames))

    def encode(self) -> bytes:
        """The APNG."""
        return encode_moving_png(self.frames, self.durations_ms, self.plays, self.texts)


@dataclass(frozen=True, slots=True)
class Operation(AssetOperation):
    """An operation on pixels; its name is that in ``audobon sprite NAME``."""

    medium: ClassVar[str] = IMAGE
    kind: ClassVar[AssetKind] = AssetKind.SPRITE
    packages: ClassVar[tuple[str, ...]] = ("numpy", "pillow", "scipy", "rectpack", "vtracer", "resvg-py")

    @abstractmethod
    def run(self, inputs: Sequence[DecodedImage]) -> Product:
        """Work on ``inputs``. Raises PictureUnusable where the operation makes no sense on them."""

    def made(self, inputs: Sequence[DecodedImage]) -> Product:
        """See AssetOperation. Where no input says how it came about, the file says nothing of it either; a frame of an
        animation keeps its time."""
        product = self.run(inputs)
        if not self.gathers and not isinstance(product, MovingProduct):
            product = replace(product, texts={**inherited_time(inputs), **product.texts})
        kind = combined_type([source_type_in(each.texts.get(XMP_KEYWORD, "")) for each in inputs])
        return replace(product, texts={**product.texts, XMP_KEYWORD: xmp_packet(kind)}) if kind else product
