"""Accounts for trials: what a user would have on disk."""

import atexit
import functools
import hashlib
import json
import tempfile
from pathlib import Path

PROJECT = "painters"


@functools.cache
def service_account(token_address: str) -> Path:
    """The key file of a Google service account that asks ``token_address`` for tokens."""
    found = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "planted-key-id",
        "private_key": private_key(),
        "client_email": f"tests@{PROJECT}.iam.gserviceaccount.com",
        "token_uri": token_address,
    }
    path = _folder() / f"{hashlib.sha256(token_address.encode()).hexdigest()}.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


@functools.cache
def _folder() -> Path:
    """One for all, gone with the process."""
    made = tempfile.TemporaryDirectory(prefix="audobon-accounts-")
    atexit.register(made.cleanup)
    return Path(made.name)


@functools.cache
def private_key() -> str:
    """A fresh RSA key as PEM."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
