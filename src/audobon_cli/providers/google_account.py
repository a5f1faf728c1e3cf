"""Google's application-default credentials, for providers on Google Cloud."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import google.auth
from google.auth import exceptions as auth_errors
from google.auth.transport.requests import Request

from audobon_cli.domain.secrets import Secret
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.settings.proxies import require_usable_proxies

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
TOKENS = "https://oauth2.googleapis.com"
NONE_FOUND = "no key was found, and no application-default credentials"


def default_credentials(variables: Mapping[str, str]) -> tuple[Any, str]:
    """Credentials without a fresh token, and the project that they name or "". Raises ProviderFailure (NO_KEY)."""
    if default_origin(variables) is None:
        # Google's library would look for a metadata server for seconds.
        raise ProviderFailure(FailureKind.NO_KEY, NONE_FOUND)
    try:
        credentials, project = google.auth.default(scopes=SCOPES)
    except auth_errors.DefaultCredentialsError as error:
        raise ProviderFailure(FailureKind.NO_KEY, NONE_FOUND) from error
    return credentials, project or ""


def default_origin(variables: Mapping[str, str]) -> str | None:
    """Where application-default credentials lie, found without asking Google's metadata server."""
    if variables.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return "GOOGLE_APPLICATION_CREDENTIALS"
    folder = variables.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    if Path(folder, "application_default_credentials.json").exists():
        return "gcloud auth application-default login"
    machine = Path("/sys/class/dmi/id/product_name")
    on_google = machine.exists() and machine.read_text(encoding="utf-8", errors="replace").startswith(
        "Google"
    )
    return "the machine's service account" if on_google or variables.get("K_SERVICE") else None


def refresh(credentials: Any) -> None:
    """Get a token, which is remembered as a secret. Raises ProviderFailure."""
    require_usable_proxies(TOKENS)
    try:
        credentials.refresh(Request())
    except auth_errors.TransportError as error:
        raise ProviderFailure(
            FailureKind.UNREACHABLE, "no token could be asked for: Google's sign-in cannot be reached"
        ) from error
    except auth_errors.GoogleAuthError as error:
        kind = FailureKind.UNREACHABLE if error.retryable else FailureKind.KEY
        raise ProviderFailure(
            kind, f"Google gives no token for these credentials ({error.args[0]})"
        ) from error
    Secret(credentials.token, "application-default credentials")
