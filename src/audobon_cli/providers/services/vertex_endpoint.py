"""An endpoint of one's own on Vertex AI, whose container draws with diffusers.

The request is that of Model Garden's containers for diffusers: one instance ``{"text": PROMPT}``, and beside it
``parameters`` with the pipeline's own names (height, width, num_inference_steps, guidance_scale, negative_prompt). The
answer has the picture as base64, in ``predictions[0].output`` or in ``predictions[0]`` itself, as older ones had it.

The machine is billed by the hour as long as a model is deployed, whatever it draws.
"""

import re
import time
from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.providers import Billed, Usage
from audobon_cli.domain.secrets import MASK, redact
from audobon_cli.providers.access import ProviderAccess, checked_address
from audobon_cli.providers.google_account import default_credentials, default_origin, refresh
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
from audobon_cli.providers.synchronous import (
    PROBE_SECONDS,
    SynchronousProvider,
    error_fields,
    failed_probe,
    picture_of,
)

NAME = re.compile(r"projects/[^/\s]+/locations/([a-z0-9-]+)/endpoints/[A-Za-z0-9_-]+")
VARIABLE = "VERTEX_ENDPOINT"
REFUSALS = ("nsfw", "safety", "content policy", "flagged")
"""Words by which containers' errors mean their safety checkers."""


class VertexEndpoint(SynchronousProvider):
    """Implements protocol.Provider."""

    def __init__(self, access: ProviderAccess) -> None:
        """Raises InvalidInput where no endpoint is chosen."""
        self._access = access
        self._name = access.resource or access.variables.get(VARIABLE, "")
        found = NAME.fullmatch(self._name)
        if found is None:
            wrong = f"{redact(self._name)!r} names no endpoint of Vertex AI."
            raise InvalidInput(
                wrong if self._name else "No endpoint of Vertex AI is chosen.",
                hint="audobon config set vertex_endpoint projects/PROJECT/locations/REGION/endpoints/ID "
                "(`gcloud ai endpoints list --region REGION` shows them)",
            )
        moved = any(access.variables.get(name) for name in access.preset.endpoint_variables)
        host = access.endpoint if moved else f"https://{found[1]}-aiplatform.googleapis.com"
        self.servers = (checked_address(host),)
        self._credentials: Any = None

    def credentials(self) -> str | None:
        """See Provider.credentials."""
        return self._access.key_origin() or default_origin(self._access.variables)

    def preview(self, job: RemoteRequest) -> Preview:
        """See Provider.preview."""
        headers = {"Authorization": f"Bearer {MASK}", "Content-Type": "application/json"}
        return Preview("POST", self._address(self.servers[0]), headers, _body(job))

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Ask for the picture, which comes with the answer."""
        http = ProviderHttp(self._headers(), _refusal, stall_seconds=job.seconds)
        began = time.monotonic()
        answer = http.post(self._address(server), _body(job), job.seconds).object()
        usage = Usage(seconds=round(time.monotonic() - began, 3))
        predictions = answer.get("predictions")
        first = predictions[0] if isinstance(predictions, list) and predictions else None
        data = picture_of(first.get("output") if isinstance(first, dict) else first)
        return RemoteJob(str(answer.get("deployedModelId", "")), server, True, data, usage=usage)

    def probe(self, server: str) -> Probe:
        """Asks about the endpoint, which is free."""
        began = time.monotonic()
        try:
            http = ProviderHttp(self._headers(), _refusal)
            found = http.get(f"{server}/v1/{self._name}", seconds=PROBE_SECONDS).object()
        except ProviderFailure as failure:
            return failed_probe(server, began, failure)
        models = [one for one in found.get("deployedModels") or () if isinstance(one, dict)]
        problem = "" if models else "no model is deployed on the endpoint"
        facts: dict[str, Any] = {"endpoint": str(found.get("displayName") or self._name)}
        if models:
            facts["models"] = ", ".join(str(one.get("displayName") or one.get("id")) for one in models)
        if found.get("dedicatedEndpointEnabled") and found.get("dedicatedEndpointDns"):
            facts["address"] = f"https://{found['dedicatedEndpointDns']}"
        return Probe(server, True, time.monotonic() - began, True, problem, facts)

    def _address(self, server: str) -> str:
        return f"{server}/v1/{self._name}:predict"

    def _headers(self) -> dict[str, str]:
        """Signed with a token. Raises ProviderFailure (NO_KEY, KEY, UNREACHABLE)."""
        key = self._access.key()
        if key is not None:
            return {"Authorization": f"Bearer {key.reveal()}"}
        if self._credentials is None:
            self._credentials, _ = default_credentials(self._access.variables)
        if not self._credentials.valid:
            refresh(self._credentials)
        return {"Authorization": f"Bearer {self._credentials.token}"}


def _body(job: RemoteRequest) -> dict[str, Any]:
    return {"instances": [{"text": prompt_of(job)}], "parameters": model_parameters(job)}


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """Google's statuses, and those of the container, which Vertex AI passes on as 400 or 500 with its words."""
    words = error_fields(body)[1]
    if status == 400 and any(word in words.lower() for word in REFUSALS):
        return ProviderFailure(FailureKind.REFUSED, words, Billed.NO)
    if status == 403 and b"BILLING_DISABLED" in body:
        return ProviderFailure(FailureKind.QUOTA, words)
    return failure_of_status(status, headers, body)
