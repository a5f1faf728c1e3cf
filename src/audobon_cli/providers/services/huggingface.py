"""Hugging Face Inference over the ``huggingface_hub`` SDK: partners through Hugging Face's router, or an endpoint
of one's own (HF_INFERENCE_ENDPOINT), which takes the same requests for whatever model it runs.

Which partner draws a model, and what it calls it, is data (presets/providers/huggingface.toml): the SDK's question
to the hub about it is answered from there, so that prices hold for the partner that they are known of.
"""

import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
from huggingface_hub import InferenceClient, constants, get_token, set_client_factory
from huggingface_hub.utils._http import default_client_factory
from PIL import Image, UnidentifiedImageError

from audobon_cli.domain.foreign.documents import MOST_ANSWER_BYTES, parse_json
from audobon_cli.domain.providers import Billed, RemoteModel
from audobon_cli.domain.secrets import MASK, Secret
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.http import ProviderHttp, failure_of_status
from audobon_cli.providers.parameters import model_parameters, prompt_of
from audobon_cli.providers.protocol import (
    FailureKind,
    Preview,
    Probe,
    ProviderFailure,
    RemoteJob,
    RemoteRequest,
)
from audobon_cli.providers.sdk_http import Exchange, Mounts, captured, capturing_client
from audobon_cli.providers.synchronous import PROBE_SECONDS, SynchronousProvider, error_fields, failed_probe

TOKEN_START = "hf_"
"""The SDK takes any other key for a partner's own, and would send it there."""

REFUSALS = ("nsfw", "safety", "content policy", "moderation", "flagged")
"""Words by which partners' errors mean their safety systems: there is no code that all use."""

_TURN = threading.Lock()
"""huggingface_hub has one client for the whole process."""


class HuggingFace(SynchronousProvider):
    """Implements protocol.Provider."""

    def __init__(self, access: ProviderAccess) -> None:
        self._access = access
        names = access.preset.endpoint_variables
        self._own = any(access.variables.get(name) for name in names)
        self.servers = (access.endpoint,)

    def credentials(self) -> str | None:
        """See Provider.credentials."""
        return self._access.key_origin() or ("hf auth login" if get_token() else None)

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview."""
        client = capturing_client(directory(job.model))
        with _through(client):
            return captured(lambda: self._send(f"{TOKEN_START}{MASK}", job))

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Ask for the picture, which comes with the answer or is fetched by the SDK."""
        token = self._token()
        ident = _RequestId()
        exchange = Exchange(job.seconds, _refusal, _check, follow_redirects=True, mounts=directory(job.model))
        exchange.client.event_hooks["response"].insert(0, ident.note)
        try:
            with exchange, _through(exchange.client):
                data = exchange.ask(lambda: self._send(token, job), LookupError, TypeError)
        except UnidentifiedImageError as error:
            raise ProviderFailure(
                FailureKind.BAD_ANSWER, "what it delivered is no picture", Billed.YES
            ) from error
        except Image.DecompressionBombError as error:
            raise ProviderFailure(
                FailureKind.BAD_ANSWER, "it delivered a picture of far too many pixels", Billed.YES
            ) from error
        return RemoteJob(ident.value, server, True, data)

    def probe(self, server: str) -> Probe:
        """Asks whose token it is, which is free."""
        began = time.monotonic()
        try:
            token = self._token()
            http = ProviderHttp({"Authorization": f"Bearer {token}"}, _refusal)
            account = http.get(f"{constants.ENDPOINT}/api/whoami-v2", seconds=PROBE_SECONDS).object()
        except ProviderFailure as failure:
            return failed_probe(server, began, failure)
        return Probe(
            server, True, time.monotonic() - began, True, facts={"account": str(account.get("name", ""))}
        )

    def _send(self, token: str, job: RemoteRequest) -> bytes:
        """The call itself; the file of the picture."""
        values = model_parameters(job)
        if self._own:
            client = InferenceClient(base_url=self.servers[0], api_key=token)
        else:
            partner: Any = job.model.details["partner"]
            client = InferenceClient(model=job.model.id, provider=partner, api_key=token)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, at a limit of its own
            with client.text_to_image(prompt_of(job), **values) as image:
                # The SDK opens the file without decoding it: its bytes are there as they came.
                file: Any = image.fp  # type: ignore[attr-defined]
                file.seek(0)
                content: bytes = file.read()
                return content

    def _token(self) -> str:
        key = self._access.key()
        kept = None if key else get_token()
        if kept:
            key = Secret(kept, "hf auth login")
        if key is None:
            raise ProviderFailure(FailureKind.NO_KEY, "no token was found")
        token = key.reveal()
        if not self._own and not token.startswith(TOKEN_START):
            raise ProviderFailure(FailureKind.KEY, f"tokens of Hugging Face begin with {TOKEN_START}")
        return token


class _RequestId:
    """Takes the service's name of a request from the answers that pass."""

    value = ""

    def note(self, response: httpx2.Response) -> None:
        self.value = self.value or response.headers.get("x-request-id", "")


@contextmanager
def _through(client: httpx2.Client) -> Iterator[None]:
    """Let huggingface_hub speak through ``client`` for a while."""
    with _TURN:
        set_client_factory(lambda: client)
        try:
            yield
        finally:
            set_client_factory(default_client_factory)


def directory(model: RemoteModel) -> Mounts:
    """The hub's answer to which partners draw ``model``. It has no others: what else the SDK asks for by itself,
    it would keep in the cache of all the user's tools.
    """
    partner = {"providerId": model.details["partner_id"], "status": "live", "task": "text-to-image"}
    answer = {"id": model.id, "inferenceProviderMapping": {model.details["partner"]: partner}}

    def reply(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == f"/api/models/{model.id}":
            return httpx2.Response(200, json=answer)
        return httpx2.Response(404)

    return {constants.ENDPOINT: httpx2.MockTransport(reply)}


def _check(content: bytes) -> None:
    """fal delivers a black picture where its safety checker struck, and says so beside it."""
    if b"has_nsfw_concepts" not in content:
        return
    try:
        found = parse_json(content, MOST_ANSWER_BYTES, lenient=True)
    except ValueError:
        return
    flags = found.get("has_nsfw_concepts") if isinstance(found, dict) else None
    if isinstance(flags, list) and any(flags):
        raise ProviderFailure(
            FailureKind.REFUSED, "the partner's safety checker blacked it out", Billed.UNKNOWN
        )


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """The router's statuses, and those of partners that it passes on: 402 is spent credit."""
    words = error_fields(body)[1] or body[:200].decode(errors="replace")
    if status in (400, 403, 422) and any(word in words.lower() for word in REFUSALS):
        return ProviderFailure(FailureKind.REFUSED, words, Billed.NO)
    return failure_of_status(status, headers, body)
