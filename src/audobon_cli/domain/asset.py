"""Assets: what the library keeps and says about each thing in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.recipe import Recipe


class AssetKind(StrEnum):
    """What an asset is."""

    SPRITE = "sprite"
    """A picture with real transparency."""
    IMAGE = "image"
    """An opaque picture."""
    INPUT = "input"
    """A picture of the user's own that others were made from."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing in the library: a blob and what is known of it.

    ``mode`` is Pillow's (RGBA, RGB ...); ``created`` is in UTC; ``recipe`` is None for what was not
    generated here; ``duration_seconds`` is what making it took, loading the model left out.
    """

    id: AssetId
    name: str
    kind: AssetKind
    blob: BlobId
    size_bytes: int
    width: int
    height: int
    mode: str
    created: datetime
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
    recipe: Recipe | None = None

    def summary(self) -> dict[str, Any]:
        """The fields that scripts lean on (``data.assets[]``), JSON-ready; the recipe is left out."""
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
        }
