"""How an asset is laid out in its row."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import LibraryCorrupt
from audobon_cli.domain.ids import AssetId, BlobId
from audobon_cli.domain.media import ImageInfo, MediaInfo, media_dict, pixels_of

if TYPE_CHECKING:
    from audobon_cli.domain.derivation import Derivation
    from audobon_cli.domain.recipe import Recipe

# Made once: `json.dumps` with other than its default settings makes an encoder for every call.
_encode_tags = json.JSONEncoder(ensure_ascii=False).encode
_encode_metadata = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

COLUMNS = (
    "id, name, kind, blob, size_bytes, width, height, mode, created, prompt, model, quality, style, seed,"
    " category, tags, note, rating, duration_seconds, recipe,"
    " format, frames, metadata, derivation, media, protected"
)
COLUMN_NAMES = tuple(COLUMNS.replace(" ", "").split(","))
IMAGE_COLUMNS = ("width", "height", "mode", "frames")
"""What an image is; other media lie in the column ``media``."""


class RelationKind(StrEnum):
    """What one asset is to another, of the kinds that the program itself knows."""

    DERIVED_FROM = "derived-from"
    VARIANT_OF = "variant-of"
    PART_OF_SHEET = "part-of-sheet"


@dataclass(frozen=True, slots=True)
class Relation:
    """``source`` is ``kind`` of ``target``: a variant of it, a part of it, derived from it.

    ``kind`` is a RelationKind or a word of the user's own.
    """

    source: AssetId
    kind: str
    target: AssetId


def microseconds(moment: datetime) -> int:
    """A time with a zone as whole microseconds since 1970 in UTC."""
    return (moment - EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The inverse of ``microseconds``, in UTC."""
    return EPOCH + timedelta(microseconds=value)


def tags_json(asset: Asset) -> str:
    """The tags as their column holds them."""
    return _encode_tags(asset.tags) if asset.tags else "[]"


def to_row(asset: Asset) -> tuple[Any, ...]:
    """The values of COLUMNS, then the digest of its origin: of the recipe, else of the derivation."""
    recipe = asset.recipe.to_json() if asset.recipe else None
    derivation = asset.derivation.to_json() if asset.derivation else None
    image = pixels_of(asset.media)
    return (
        asset.id,
        asset.name,
        asset.kind.value,
        asset.blob,
        asset.size_bytes,
        image.width,
        image.height,
        image.mode,
        microseconds(asset.created),
        asset.prompt,
        asset.model,
        asset.quality,
        asset.style,
        signed_seed(asset.seed),
        asset.category,
        tags_json(asset),
        asset.note,
        asset.rating,
        asset.duration_seconds,
        recipe,
        asset.format,
        image.frames,
        _encode_metadata(asset.metadata),
        derivation,
        None if isinstance(asset.media, ImageInfo) else _encode_metadata(media_dict(asset.media)),
        int(asset.protected),
        _origin_digest(asset, derivation),
    )


def signed_seed(seed: int | None) -> int | None:
    """A seed as SQLite, whose whole numbers have a sign, holds one of 64 bits."""
    return seed - 2**64 if seed is not None and seed >= 2**63 else seed


def _unsigned(seed: int | None) -> int | None:
    return seed + 2**64 if seed is not None and seed < 0 else seed


def _origin_digest(asset: Asset, derivation: str | None) -> str | None:
    if asset.recipe is not None:
        return asset.recipe.digest
    import hashlib

    return hashlib.sha256(derivation.encode()).hexdigest() if derivation else None


def from_row(row: tuple[Any, ...]) -> Asset:
    """The asset of a row of COLUMNS. Raises LibraryCorrupt for one that no Audobon of this format wrote."""
    values = dict(zip(COLUMN_NAMES, row, strict=True))
    try:
        recipe, derivation, media = values["recipe"], values["derivation"], values["media"]
        image = ImageInfo(*(values.pop(name) for name in IMAGE_COLUMNS))
        return Asset(
            **{
                **values,
                "id": AssetId(values["id"]),
                "blob": BlobId(values["blob"]),
                "kind": AssetKind(values["kind"]),
                "created": moment(values["created"]),
                "seed": _unsigned(values["seed"]),
                "tags": tuple(json.loads(values["tags"])),
                "recipe": _recipe(recipe) if recipe is not None else None,
                "metadata": json.loads(values["metadata"]),
                "derivation": _derivation(derivation) if derivation is not None else None,
                "media": image if media is None else _media(media),
                "protected": bool(values["protected"]),
            }
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise LibraryCorrupt(
            f"The record of asset {values['id']} in the library's database is damaged: {error}.",
            hint="run `audobon assets verify`; the picture itself is in objects/ and is not touched",
            asset=values["id"],
        ) from error


# Imported where the first row has one: a list of assets should pay for what is in it.
def _recipe(text: str) -> "Recipe":
    from audobon_cli.domain.recipe import recipe_from_json

    return recipe_from_json(text)


def _derivation(text: str) -> "Derivation":
    from audobon_cli.domain.derivation import derivation_from_json

    return derivation_from_json(text)


def _media(text: str) -> MediaInfo:
    from audobon_cli.media.registry import media_from_dict

    return media_from_dict(json.loads(text))
