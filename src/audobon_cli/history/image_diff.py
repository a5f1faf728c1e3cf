"""How two versions of a picture differ, in numbers and to look at."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import PictureUnusable
from audobon_cli.domain.media import IMAGE
from audobon_cli.history.model.records import Record, blob_of
from audobon_cli.history.worktree import AssetChange
from audobon_cli.library.store.library import Library
from audobon_cli.media.untrusted.decoding import fingerprint, first_frame

if TYPE_CHECKING:
    from PIL.Image import Image

SAME_COLOUR = 24
"""Two colours count as one when no channel differs by more: below what anybody sees side by side."""


@dataclass(frozen=True, slots=True)
class ImageDifference:
    """``bits``: how many of the perceptual hash's 64 bits differ (up to 10: alike; chance gives 32); None without
    pixels to compare. ``pixels``: share of pixels that changed, None for pictures of different sizes. Colours are
    (red, green, blue).
    """

    bits: int | None
    pixels: float | None
    colours_added: tuple[tuple[int, int, int], ...]
    colours_removed: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class ImagePair:
    """An asset whose bytes changed. ``difference_image`` is a PNG: what changed bright, what did not dim; None
    where the two cannot be laid over each other."""

    change: AssetChange
    before: bytes
    after: bytes
    difference: ImageDifference
    difference_image: bytes | None


def picture_pair(library: Library, change: AssetChange) -> ImagePair | None:
    """Both pictures of a change, compared; None unless its bytes changed. Raises BlobMissing, BlobCorrupt."""
    if change.before is None or change.after is None or blob_of(change.before) == blob_of(change.after):
        return None
    before, after = (library.blobs.read(blob_of(record)) for record in (change.before, change.after))
    return ImagePair(change, before, after, *_compare(before, after))


def picture_of(library: Library, record: Record | None) -> bytes | None:
    """The bytes that a record names; None for no record."""
    return None if record is None else library.blobs.read(blob_of(record))


def _compare(before: bytes, after: bytes) -> tuple[ImageDifference, bytes | None]:
    looks = fingerprint(IMAGE, before), fingerprint(IMAGE, after)
    bits = (looks[0].dhash ^ looks[1].dhash).bit_count() if all(look.dhash for look in looks) else None
    added = tuple(colour for colour in looks[1].colors if not _among(colour, looks[0].colors))
    removed = tuple(colour for colour in looks[0].colors if not _among(colour, looks[1].colors))
    images = _pixels(before), _pixels(after)
    if images[0] is None or images[1] is None or images[0].size != images[1].size:
        return ImageDifference(bits, None, added, removed), None
    share, overlay = _overlay(images[0], images[1])
    return ImageDifference(bits, share, added, removed), overlay


def _overlay(before: "Image", after: "Image") -> tuple[float, bytes]:
    import numpy as np
    from PIL import Image

    old, new = (np.asarray(image.convert("RGBa")).astype(np.int16) for image in (before, after))
    change = np.abs(old - new).max(axis=2)
    dim = np.asarray(after.convert("RGBA")).copy()
    dim[..., 3] = dim[..., 3] // 4
    dim[change > 0] = np.array([255, 0, 255, 255])
    strength = np.clip(change * 2 + 80, 0, 255).astype(np.uint8)
    dim[..., 3] = np.where(change > 0, strength, dim[..., 3])
    target = io.BytesIO()
    Image.fromarray(dim, "RGBA").save(target, "PNG")
    return float((change > 0).mean()), target.getvalue()


def _pixels(data: bytes) -> "Image | None":
    try:
        return first_frame(data).convert("RGBA")
    except PictureUnusable:
        return None


def _among(colour: tuple[int, int, int], others: tuple[tuple[int, int, int], ...]) -> bool:
    return any(max(abs(a - b) for a, b in zip(colour, other, strict=True)) <= SAME_COLOUR for other in others)
