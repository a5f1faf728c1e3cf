"""Azure OpenAI over the ``openai`` SDK: deployments of GPT image models.

A deployment is a model under a name of the user's own; here it is expected to be called as the model is, unless
AZURE_OPENAI_DEPLOYMENT says otherwise. Keys come from the environment or the keyring; without one, azure-identity
is asked for a token (``az login``, managed identities).
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.providers import Billed, Usage
from audobon_cli.domain.secrets import MASK, Secret
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.http import HttpReply, failure_of_status
from audobon_cli.providers.parameters import init_picture, media_type, model_parameters, prompt_of
from audobon_cli.providers.protocol import (
    FailureKind,
    Preview,
    Probe,
    ProviderFailure,
    RemoteJob,
    RemoteRequest,
)
from audobon_cli.providers.sdk_http import Exchange, captured, capturing_client, require_sdk
from audobon_cli.providers.synchronous import (
    PROBE_SECONDS,
    SynchronousProvider,
    error_fields,
    failed_probe,
    picture_of,
)

if TYPE_CHECKING:
    from openai import AzureOpenAI

SCOPE = "https://cognitiveservices.azure.com/.default"
"""What a token must be good for."""

API_VERSION = "2025-04-01-preview"
"""The first version with GPT image models and their edits. OPENAI_API_VERSION takes another."""

BLOCKED = frozenset({"content_policy_violation", "contentfilter", "content_filter", "moderation_blocked"})
"""Codes of the two safety systems: Azure's filter and OpenAI's own."""

IDENTITY_SIGNS = (
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TOKEN_CREDENTIALS",
    "IDENTITY_ENDPOINT",
)
"""Variables of service principals, workload identities, chosen credentials and managed identities."""


class Azure(SynchronousProvider):
    """Implements protocol.Provider."""

    def __init__(self, access: ProviderAccess) -> None:
        require_sdk("openai")
        variables = access.variables
        if not any(variables.get(name) for name in access.preset.endpoint_variables):
            raise InvalidInput(
                "There is no address for Azure OpenAI: every resource has its own.",
                hint="set AZURE_OPENAI_ENDPOINT to https://NAME.openai.azure.com",
            )
        self._access = access
        self._version = variables.get("OPENAI_API_VERSION") or API_VERSION
        self._deployment = variables.get("AZURE_OPENAI_DEPLOYMENT", "")
        self._credential: dict[str, Any] | None = None
        self.servers = (access.endpoint,)

    def credentials(self) -> str | None:
        """See Provider.credentials. Whether azure-identity will get a token shows only when it asks."""
        return self._access.key_origin() or ("az login" if _may_sign_in(self._access.variables) else None)

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview."""
        from openai import OpenAIError

        client = self._client(capturing_client(), {"api_key": MASK})
        return captured(lambda: self._send(client, job), OpenAIError)

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Ask for the picture, which comes with the answer."""
        from openai import OpenAIError

        credential = self._credentials()
        with Exchange(job.seconds, _refusal) as exchange:
            client = self._client(exchange.client, credential)
            response = exchange.ask(lambda: self._send(client, job), OpenAIError).http_response
        answer = HttpReply(response.status_code, response.headers, response.content)
        return _ticket(answer.object(), answer.headers, server)

    def probe(self, server: str) -> Probe:
        """Lists the models of the resource, which is free."""
        from openai import OpenAIError

        began = time.monotonic()
        try:
            credential = self._credentials()
            with Exchange(PROBE_SECONDS, _refusal) as exchange:
                client = self._client(exchange.client, credential)
                found = exchange.ask(client.models.with_raw_response.list, OpenAIError).http_response
            answer = HttpReply(found.status_code, found.headers, found.content).object()
        except ProviderFailure as failure:
            return failed_probe(server, began, failure)
        models = [str(one.get("id", "")) for one in answer.get("data", ()) if isinstance(one, dict)]
        pictures = [name for name in models if "image" in name]
        return Probe(server, True, time.monotonic() - began, True, facts={"image_models": pictures})

    def _client(self, http: httpx2.Client, credential: Mapping[str, Any]) -> "AzureOpenAI":
        from openai import AzureOpenAI

        client = AzureOpenAI(
            azure_endpoint=self._access.endpoint,
            api_version=self._version,
            max_retries=0,
            http_client=http,
            **credential,
        )
        # openai takes them from variables that are meant for its own service.
        client.organization = client.project = None
        return client

    def _send(self, client: "AzureOpenAI", job: RemoteRequest) -> Any:
        """The call itself, for generating or editing; the answer as it came."""
        values: dict[str, Any] = {
            "model": self._deployment or job.model.id,
            "prompt": prompt_of(job),
            **model_parameters(job),
        }
        picture = init_picture(job)
        if picture is None:
            return client.images.with_raw_response.generate(**values)
        kind = media_type(picture)
        name = f"picture.{kind.rpartition('/')[2]}"
        return client.images.with_raw_response.edit(image=(name, picture, kind), **values)

    def _credentials(self) -> dict[str, Any]:
        """How requests are signed. Raises ProviderFailure (NO_KEY)."""
        if self._credential is None:
            key = self._access.key()
            if key is None and not _may_sign_in(self._access.variables):
                raise ProviderFailure(FailureKind.NO_KEY, "no key was found, and nobody is signed in")
            if key is None:
                self._credential = {"azure_ad_token_provider": _identity()}
            elif key.origin == "AZURE_OPENAI_AD_TOKEN":
                self._credential = {"azure_ad_token": key.reveal()}
            else:
                self._credential = {"api_key": key.reveal()}
        return self._credential


def _may_sign_in(variables: Mapping[str, str]) -> bool:
    """Whether there are signs of an account that azure-identity could use."""
    if any(variables.get(name) for name in IDENTITY_SIGNS):
        return True
    folder = variables.get("AZURE_CONFIG_DIR") or Path.home() / ".azure"
    return Path(folder, "azureProfile.json").exists()


def _identity() -> Callable[[], str]:
    """Tokens from azure-identity's chain, each remembered as a secret."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.identity import CredentialUnavailableError, DefaultAzureCredential, get_bearer_token_provider

    provider = get_bearer_token_provider(DefaultAzureCredential(), SCOPE)

    def token() -> str:
        try:
            return Secret(provider(), "az login").reveal()
        except CredentialUnavailableError as error:
            raise ProviderFailure(
                FailureKind.NO_KEY, "no key was found, and nobody is signed in (`az login`)"
            ) from error
        except ClientAuthenticationError as error:
            # The chain says so too when all of its members were unavailable.
            lacking = "failed to retrieve a token" in str(error)
            kind = FailureKind.NO_KEY if lacking else FailureKind.KEY
            raise ProviderFailure(kind, "azure-identity got no token (`az login`)") from error
        except AzureError as error:
            raise ProviderFailure(
                FailureKind.UNREACHABLE, "azure-identity could not ask for a token"
            ) from error

    return token


def _ticket(found: Mapping[str, Any], headers: Mapping[str, str], server: str) -> RemoteJob:
    usage = _usage(found.get("usage"))
    ident = headers.get("apim-request-id") or headers.get("x-request-id") or ""
    pictures = found.get("data")
    first = pictures[0] if isinstance(pictures, list) and pictures else None
    encoded = first.get("b64_json") if isinstance(first, dict) else None
    return RemoteJob(ident, server, True, picture_of(encoded), usage=usage)


def _usage(found: Any) -> Usage:
    """Tokens by kind. Text that a model thinks in is not told apart from the picture by older ones."""
    if not isinstance(found, dict):
        return Usage()
    sent, made = found.get("input_tokens_details") or {}, found.get("output_tokens_details") or {}
    pictures = made.get("image_tokens", found.get("output_tokens", 0))
    tokens = {
        "text_in": sent.get("text_tokens", found.get("input_tokens", 0)),
        "image_in": sent.get("image_tokens", 0),
        "image_out": pictures,
        "text_out": made.get("text_tokens", 0),
    }
    return Usage({kind: count for kind, count in tokens.items() if isinstance(count, int) and count})


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """Azure's statuses: the filter is a 400, an empty account a 429 that no waiting mends."""
    code, words = error_fields(body)
    if code.lower() in BLOCKED or "responsibleaipolicyviolation" in body.decode(errors="replace").lower():
        return ProviderFailure(FailureKind.REFUSED, words or code, Billed.NO)
    if code == "insufficient_quota":
        return ProviderFailure(FailureKind.QUOTA, words)
    return failure_of_status(status, headers, body)
