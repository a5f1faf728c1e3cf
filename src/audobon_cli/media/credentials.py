"""Whether a file carries Content Credentials (C2PA), told without the library that verifies them."""

from base64 import b64encode

MANIFEST_MARK = b"jumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"
"""The description box of a manifest store (JUMBF, ISO 19566-5; C2PA 2.2, 11.1.4.2), the same in every format."""


MANIFEST_TEXT = b64encode(MANIFEST_MARK)[:24]
"""The same in an SVG, whose manifest is base64 (C2PA 2.2, A.3.7): the mark stands 12 bytes behind its beginning, and
so at a full group of four characters."""


def carries_credentials(data: bytes) -> bool:
    """Whether there is a manifest store in ``data``: such a file is never written again, for that breaks it."""
    return MANIFEST_MARK in data or MANIFEST_TEXT in data
