"""Small pictures of assets, kept beside the library and made again when they are gone."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.library.store.library import Library
from audobon_cli.media.untrusted.decoding import preview
from audobon_cli.platforms import current

FOLDER = "thumbnails"
USE = "thumbnail "
"""What the seal of one says beside the blob, in an encrypted library."""


def thumbnail_path(library: Library, blob: BlobId) -> Path:
    """Where the thumbnail of ``blob`` lies, or would lie."""
    name = library.blobs.form.name(blob)
    return library.root / FOLDER / name[:2] / f"{name[2:]}.webp"


def thumbnail(library: Library, asset: Asset) -> bytes | None:
    """A small WebP (see Medium.preview); None for vectors and what cannot be decoded.

    Made on first use (2 ms) and kept; not synced, because it can be made again. A read-only library
    keeps none.
    """
    path, form = thumbnail_path(library, asset.blob), library.blobs.form
    kept = None
    with contextlib.suppress(OSError):
        kept = form.open_beside(USE + asset.blob, path.read_bytes())
    data = _make(library, asset) if kept is None else kept
    if kept is None and data is not None and not library.read_only:
        _keep(path, form.seal_beside(USE + asset.blob, data))
    return data


def make_thumbnails(library: Library, assets: Iterable[Asset], listen: Listener = ignore) -> tuple[int, int]:
    """Make the thumbnails that are not there; how many assets have one now, and how many cannot."""
    made = failed = 0
    for asset in assets:
        if thumbnail(library, asset) is None:
            failed += 1
        else:
            made += 1
        listen(Progress("thumbnails", made + failed, None, "pictures"))
    return made, failed


def _make(library: Library, asset: Asset) -> bytes | None:
    try:
        return preview(asset.media.medium, library.blobs.read(asset.blob), asset.is_from_outside)
    except AudobonError:
        return None


def _keep(path: Path, data: bytes) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        current().replace(draft, path)
    except OSError:  # a cache that cannot be kept is no failure
        draft.unlink(missing_ok=True)
