"""Assets: what the library keeps and says about each thing in it."""

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.media import ImageInfo, MediaInfo, media_dict, pixels_of

if TYPE_CHECKING:  # a list of assets reads neither
    from audobon_cli.domain.derivation import Derivation
    from audobon_cli.domain.recipe import Recipe


class AssetKind(StrEnum):
    """What an asset is."""

    SPRITE = "sprite"
    """A picture with real transparency."""
    IMAGE = "image"
    """An opaque picture."""
    ANIMATION = "animation"
    """Several frames in one file (GIF, APNG, WebP)."""
    SHEET = "sheet"
    """Several pictures packed into one."""
    VECTOR = "vector"
    """A drawing without pixels of its own (SVG)."""
    SOUND = "sound"
    STYLE = "style"
    """The card of a style, shown as its colours; see audobon_cli.styles."""
    LORA = "lora"
    """Trained weights: a change of a model; see audobon_cli.training."""
    EMBEDDING = "embedding"
    """A trained word: vectors for a model's text encoders; see audobon_cli.training."""
    INPUT = "input"
    """A picture of the user's own that others were made from."""


FILE_NOTE = "file"
"""What ``metadata`` calls the name of the file that an asset was imported from."""

INCOMPLETE_NOTE = "incomplete"
"""What ``metadata`` calls that which a file lacks that was imported all the same, as far as it goes."""


@dataclass(frozen=True, slots=True)
class AssetDescription:
    """What is known of an asset beside its bytes and its place in the library.

    ``media`` says what its content is; ``recipe`` is None for what was not generated here, ``derivation`` for
    what no operation made of other assets; ``duration_seconds`` is what making it took, loading the model left
    out. ``format`` is the file's (png, webp, jpeg, gif, svg, wav ...). ``category`` is a path such as
    ``characters/enemies``. ``metadata`` is JSON-ready: what other programs and checks recorded, by their names.
    ``protected`` keeps it from being trashed, replaced, renamed or moved; see docs/operations.md.
    """

    name: str
    kind: AssetKind
    media: MediaInfo
    prompt: str = ""
    model: str = ""
    quality: str = ""
    style: str = ""
    seed: int | None = None
    category: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    rating: int | None = None
    duration_seconds: float = 0.0
    recipe: "Recipe | None" = None
    format: str = "png"
    metadata: dict[str, Any] = field(default_factory=dict)
    derivation: "Derivation | None" = None
    protected: bool = False

    @property
    def width(self) -> int:
        """In pixels; 0 for what is no image."""
        return pixels_of(self.media).width

    @property
    def height(self) -> int:
        """In pixels; 0 for what is no image."""
        return pixels_of(self.media).height

    @property
    def mode(self) -> str:
        """See ImageInfo; "" for what is no image."""
        return pixels_of(self.media).mode

    @property
    def frames(self) -> int:
        """See ImageInfo; 1 for what is no image."""
        return pixels_of(self.media).frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(AssetDescription):
    """One thing in the library: a blob and what is known of it. ``created`` is in UTC."""

    id: AssetId
    blob: BlobId
    size_bytes: int
    created: datetime

    @property
    def is_from_outside(self) -> bool:
        """Whether its bytes are a stranger's: neither drawn here nor made by an operation. What was imported stays
        that, even if it carries a recipe."""
        return self.derivation is None and (self.recipe is None or FILE_NOTE in self.metadata)

    def summary(self) -> dict[str, Any]:
        """The fields that scripts lean on (``data.assets[]``), JSON-ready; the recipe is left out.

        What is no image has ``media`` besides.
        """
        other = {} if isinstance(self.media, ImageInfo) else {"media": media_dict(self.media)}
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind.value,
            "blob": self.blob,
            "size_bytes": self.size_bytes,
            "width": self.width,
            "height": self.height,
            "mode": self.mode,
            "created": self.created.isoformat(),
            "prompt": self.prompt,
            "model": self.model,
            "quality": self.quality,
            "style": self.style,
            "seed": self.seed,
            "category": self.category,
            "tags": list(self.tags),
            "note": self.note,
            "rating": self.rating,
            "duration_seconds": round(self.duration_seconds, 3),
            "format": self.format,
            "frames": self.frames,
            "protected": self.protected,
            **other,
        }
