"""A Google service account whose token endpoint is the double of Cloud Storage."""

import json
from pathlib import Path

import pytest


def service_account_file(folder: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its key file, in ``folder``. From now on google-auth asks the double, and no host of Google's."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.auth import iam, impersonated_credentials
    from google.oauth2.service_account import Credentials

    # google-auth asks a host of Google's, on a thread, where the account may be used: none is reached here.
    name = "_is_regional_access_boundary_lookup_required"
    for kind in (Credentials, impersonated_credentials.Credentials):
        monkeypatch.setattr(kind, name, lambda self: False, raising=False)
    monkeypatch.setattr(
        iam, "_IAM_ENDPOINT", f"{endpoint}/v1/projects/-/serviceAccounts/{{}}:generateAccessToken"
    )
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # there is no metadata server to wait for
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "account.json"
    file.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "acme",
                "private_key_id": "1",
                "private_key": key.decode(),
                "client_email": "painter@acme.iam.gserviceaccount.com",
                "token_uri": f"{endpoint}/token",
            }
        )
    )
    return file
