"""Some assets as one page that holds all of itself: to send to somebody who has no library."""

import base64
from collections.abc import Sequence
from typing import NamedTuple

from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes, plural
from audobon_cli.library.store.library import Library
from audobon_cli.pages.render import data_uri, render_page

MOST_BYTES = 64 * 1024 * 1024
"""Of all files together: browsers become slow with more in one page."""
_SOUNDS = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "mp3": "audio/mpeg",
}


class _Figure(NamedTuple):
    name: str
    address: str
    sound: bool
    lines: tuple[str, ...]


def selection_page(library: Library, assets: Sequence[Asset]) -> str:
    """HTML with the files of ``assets`` in it, their prompts and seeds.

    Raises InvalidInput for none and for files of more than MOST_BYTES together, BlobMissing and BlobCorrupt.
    """
    size = sum(asset.size_bytes for asset in assets)
    if not assets or size > MOST_BYTES:
        fact = f"The files take {format_bytes(size)}." if assets else "Nothing is selected."
        raise InvalidInput(fact, hint=f"select files of at most {format_bytes(MOST_BYTES)}")
    figures = [_figure(library, asset) for asset in assets]
    return render_page(
        "selection.html", title="Audobon", verdict=plural(len(figures), "asset"), figures=figures
    )


def _figure(library: Library, asset: Asset) -> _Figure:
    data = library.blobs.read(asset.blob)
    sound = asset.kind is AssetKind.SOUND
    if sound:
        media = _SOUNDS.get(asset.format, "application/octet-stream")
        address = f"data:{media};base64,{base64.b64encode(data).decode()}"
    else:
        address = data_uri(data, asset.format)
    seed = "" if asset.seed is None else f"seed {asset.seed}"
    facts = " · ".join(filter(None, (asset.model, asset.style, seed)))
    lines = tuple(filter(None, (asset.prompt, facts, ", ".join(asset.tags))))
    return _Figure(asset.name, address, sound, lines)
