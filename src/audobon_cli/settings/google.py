"""Where Google Cloud Storage is. The variables are those of google-cloud-storage and gcloud."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GoogleAccess:
    """``endpoint`` is a URL, "" for Google's own; an ``emulator`` is never sent anybody's credentials.

    ``impersonate``: the service account that gcloud acts as, "" for none.
    """

    endpoint: str = ""
    emulator: bool = False
    impersonate: str = ""


def google_access(variables: Mapping[str, str]) -> GoogleAccess:
    """The access that the environment describes. Credentials are looked for by google-auth, when needed."""
    emulator = variables.get("STORAGE_EMULATOR_HOST", "")
    endpoint = emulator or variables.get("API_ENDPOINT_OVERRIDE", "")
    if endpoint and "://" not in endpoint:
        endpoint = f"http://{endpoint}" if emulator else f"https://{endpoint}"
    impersonate = variables.get("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "")
    return GoogleAccess(endpoint.rstrip("/"), bool(emulator), impersonate)
