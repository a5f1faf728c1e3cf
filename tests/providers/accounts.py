"""Accounts for trials: what a user would have on disk."""

import functools
import json
import tempfile
from pathlib import Path

PROJECT = "painters"


def service_account(token_address: str) -> Path:
    """The key file of a Google service account that asks ``token_address`` for tokens."""
    return _written(token_address)


@functools.cache
def _written(token_address: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="audobon-account-"))
    found = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "planted-key-id",
        "private_key": private_key(),
        "client_email": f"tests@{PROJECT}.iam.gserviceaccount.com",
        "token_uri": token_address,
    }
    path = folder / "account.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


@functools.cache
def private_key() -> str:
    """A fresh RSA key as PEM."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
