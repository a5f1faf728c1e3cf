"""Identifiers, each a distinct type so that one cannot stand in for another by accident."""

import os
from base64 import b32encode
from typing import NewType

BlobId = NewType("BlobId", str)
"""Lower-case SHA-256 hex digest of a stored file: 64 characters."""

AssetId = NewType("AssetId", str)
"""16 characters of Crockford's base 32, lower case: 80 random bits."""

RecipeDigest = NewType("RecipeDigest", str)
"""Lower-case SHA-256 hex digest of a recipe's canonical JSON."""

ASSET_ID_LENGTH = 16
ASSET_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ASSET_ID_ALPHABET.encode())


def new_asset_id() -> AssetId:
    """A fresh random id; 80 bits make a clash within 10^9 assets less likely than 1 in a million."""
    # Asked of the system once, and written in base 32 by C: a choice each costs 100 times that.
    return AssetId(b32encode(os.urandom(5 * ASSET_ID_LENGTH // 8)).translate(_CROCKFORD).decode("ascii"))


def blob_id(data: bytes) -> BlobId:
    """The id under which ``data`` is stored."""
    import hashlib  # it loads OpenSSL, which lists need not

    return BlobId(hashlib.sha256(data).hexdigest())
