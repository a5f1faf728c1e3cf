"""Where Google Cloud is. The variables are those of google-cloud-storage and gcloud."""

from collections.abc import Mapping

from audobon_cli.dataclass import dataclass


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


ENDPOINT = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"


def cloud_endpoints(variables: Mapping[str, str]) -> dict[str, str]:
    """Other addresses of Google Cloud's services, by their names in lower case, as gcloud's properties
    ``api_endpoint_overrides`` name them."""
    return {
        name.removeprefix(ENDPOINT).lower(): address.rstrip("/")
        for name, address in variables.items()
        if name.startswith(ENDPOINT) and address
    }


def default_project(variables: Mapping[str, str]) -> str:
    """The project that Google's own tools would take from the environment; "" for none."""
    return variables.get("GOOGLE_CLOUD_PROJECT") or variables.get("CLOUDSDK_CORE_PROJECT") or ""


def default_region(variables: Mapping[str, str]) -> str:
    """The region that gcloud would run jobs in; "" for none."""
    return variables.get("CLOUDSDK_RUN_REGION") or variables.get("CLOUDSDK_COMPUTE_REGION") or ""
