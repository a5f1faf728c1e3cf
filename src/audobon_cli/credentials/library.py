"""The C2PA library, which is an extra, and the formats in which it writes."""

import importlib
from types import ModuleType

from audobon_cli.domain.errors import InvalidInput

TYPES = {
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "svg": "image/svg+xml",
}
"""Media types by the names of Asset.format. Ogg, AIFF and BMP are missing: c2pa-python 0.38.1 knows no place in
them."""


def c2pa() -> ModuleType:
    """c2pa-python. Raises InvalidInput where the extra is not installed."""
    try:
        return importlib.import_module("c2pa")
    except ImportError as error:
        raise InvalidInput(
            "Signing and verifying credentials needs an extra.", hint="pip install 'audobon-cli[c2pa]'"
        ) from error
