"""Google Vertex AI over the ``google-genai`` SDK: Gemini models that draw.

Signed with application-default credentials (``gcloud auth application-default login``, service accounts), or with
an API key from the environment or the keyring (Vertex AI in express mode). Imagen, which had another call, was shut
down in 2026.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx2
from google.oauth2.credentials import Credentials

from audobon_cli.domain.providers import Billed, Usage
from audobon_cli.domain.secrets import MASK
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.google_account import default_credentials, default_origin, refresh
from audobon_cli.providers.http import failure_of_status
from audobon_cli.providers.parameters import init_picture, media_type, prompt_of
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
    seeded_parameters,
)

if TYPE_CHECKING:
    from google.genai import Client, types

GLOBAL = "global"
"""The location in which all current models are."""

BLOCKING = frozenset(
    {
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_RECITATION",
        "IMAGE_OTHER",
        "NO_IMAGE",
        "JAILBREAK",
        "MODEL_ARMOR",
    }
)
"""Reasons to finish without a picture that asking again would not change."""

MODALITIES = {"TEXT": "text", "IMAGE": "image"}
PROJECT_UNKNOWN = "PROJECT"
"""Stands in previews where none is set."""


class Vertex(SynchronousProvider):
    """Implements protocol.Provider."""

    def __init__(self, access: ProviderAccess) -> None:
        require_sdk("google.genai")
        self._access = access
        variables = access.variables
        self._location = variables.get("GOOGLE_CLOUD_LOCATION") or GLOBAL
        self._project = variables.get("GOOGLE_CLOUD_PROJECT", "")
        self._moved = any(variables.get(name) for name in access.preset.endpoint_variables)
        self._signing: dict[str, Any] | None = None
        regional = self._location != GLOBAL and not self._moved
        host = f"https://{self._location}-aiplatform.googleapis.com"
        self.servers = (host if regional else access.endpoint,)

    def credentials(self) -> str | None:
        """See Provider.credentials."""
        return self._access.key_origin() or default_origin(self._access.variables)

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview."""
        signing = {"project": self._project or PROJECT_UNKNOWN, "credentials": Credentials(token=MASK)}
        client = self._client(capturing_client(), signing)
        return captured(lambda: self._send(client, job))

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Ask for the picture, which comes with the answer."""
        signing = self._signed()
        with Exchange(job.seconds, _refusal) as exchange:
            client = self._client(exchange.client, signing)
            answer = exchange.ask(lambda: self._send(client, job))
        return _ticket(answer, server)

    def probe(self, server: str) -> Probe:
        """Asks about a model, which is free."""
        began = time.monotonic()
        preset = self._access.preset
        name = preset.models[preset.default_model].id
        try:
            signing = self._signed()
            with Exchange(PROBE_SECONDS, _refusal) as exchange:
                client = self._client(exchange.client, signing)
                exchange.ask(lambda: client.models.get(model=name))
        except ProviderFailure as failure:
            return failed_probe(server, began, failure)
        facts = {"location": self._location, **({"project": self._project} if self._project else {})}
        return Probe(server, True, time.monotonic() - began, True, facts=facts)

    def _client(self, http: httpx2.Client, signing: Mapping[str, Any]) -> "Client":
        from google.genai import Client, types

        place = {} if "api_key" in signing else {"location": self._location}
        options = types.HttpOptions(base_url=self.servers[0], httpx_client=http)
        return Client(vertexai=True, http_options=options, **place, **signing)

    def _send(self, client: "Client", job: RemoteRequest) -> "types.GenerateContentResponse":
        """The call itself."""
        from google.genai import types

        values = seeded_parameters(job)
        shape = {name: values.pop(name) for name in ("aspect_ratio", "image_size") if name in values}
        parts: list[Any] = [types.Part.from_text(text=prompt_of(job))]
        picture = init_picture(job)
        if picture is not None:
            parts.append(types.Part.from_bytes(data=picture, mime_type=media_type(picture)))
        config = types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=types.ImageConfig(**shape),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            **values,
        )
        return client.models.generate_content(model=job.model.id, contents=parts, config=config)

    def _signed(self) -> dict[str, Any]:
        """How requests are signed: a key, else fresh credentials. Raises ProviderFailure (NO_KEY, KEY, UNREACHABLE)."""
        if self._signing is None:
            key = self._access.key()
            self._signing = {"api_key": key.reveal()} if key else self._default_credentials()
        credentials = self._signing.get("credentials")
        if credentials is not None and not credentials.valid:
            refresh(credentials)
        return self._signing

    def _default_credentials(self) -> dict[str, Any]:
        credentials, project = default_credentials(self._access.variables)
        self._project = self._project or project or ""
        if not self._project:
            raise ProviderFailure(FailureKind.FORBIDDEN, "no project is set (GOOGLE_CLOUD_PROJECT)")
        return {"project": self._project, "credentials": credentials}


def _ticket(answer: "types.GenerateContentResponse", server: str) -> RemoteJob:
    usage = _usage(answer.usage_metadata)
    ident = answer.response_id or ""
    feedback = answer.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        words = feedback.block_reason_message or f"the prompt was blocked ({feedback.block_reason.value})"
        raise ProviderFailure(FailureKind.REFUSED, words, Billed.NO)
    for candidate in answer.candidates or ():
        parts = (candidate.content.parts if candidate.content else None) or ()
        for part in parts:
            if part.inline_data is not None and part.inline_data.data and not part.thought:
                return RemoteJob(ident, server, True, part.inline_data.data, usage=usage)
        reason = candidate.finish_reason.value if candidate.finish_reason else ""
        if reason in BLOCKING:
            # What it wrote and thought before it stopped is on the bill.
            billed = Billed.UNKNOWN if usage.tokens.get("image_out") else Billed.NO
            raise ProviderFailure(
                FailureKind.REFUSED, candidate.finish_message or f"no picture ({reason})", billed
            )
    raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer has no picture", Billed.UNKNOWN)


def _usage(found: "types.GenerateContentResponseUsageMetadata | None") -> Usage:
    """Tokens by kind; a model's thoughts are billed as text."""
    if found is None:
        return Usage()
    tokens: dict[str, int] = {}
    for direction, details in (("in", found.prompt_tokens_details), ("out", found.candidates_tokens_details)):
        for one in details or ():
            kind = MODALITIES.get(one.modality.value if one.modality else "")
            if kind and one.token_count:
                tokens[f"{kind}_{direction}"] = tokens.get(f"{kind}_{direction}", 0) + one.token_count
    if not any(kind.endswith("_out") for kind in tokens) and found.candidates_token_count:
        tokens["image_out"] = found.candidates_token_count
    if not any(kind.endswith("_in") for kind in tokens) and found.prompt_token_count:
        tokens["text_in"] = found.prompt_token_count
    if found.thoughts_token_count:
        tokens["text_out"] = tokens.get("text_out", 0) + found.thoughts_token_count
    return Usage(tokens)


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """Google's statuses: 400 for a wrong API key, 429 without Retry-After, 404 for models that are gone."""
    words = error_fields(body)[1]
    if status == 400 and "API_KEY_INVALID" in body.decode(errors="replace"):
        return ProviderFailure(FailureKind.KEY, words)
    if status == 403 and "BILLING_DISABLED" in body.decode(errors="replace"):
        return ProviderFailure(FailureKind.QUOTA, words)
    return failure_of_status(status, headers, body)
