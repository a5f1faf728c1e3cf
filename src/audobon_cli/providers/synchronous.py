"""Services that answer a request with the picture itself: nothing to poll, to fetch, to cancel or to look up."""

import base64
import binascii
import time
from collections.abc import Mapping
from email.parser import BytesParser
from typing import Any

from audobon_cli.domain.foreign.documents import MOST_ANSWER_BYTES, parse_json
from audobon_cli.domain.providers import Billed
from audobon_cli.domain.secrets import MASK
from audobon_cli.providers.parameters import model_parameters
from audobon_cli.providers.protocol import (
    FailureKind,
    Preview,
    Probe,
    ProviderFailure,
    RemoteJob,
    RemoteRequest,
)

PROBE_SECONDS = 10.0

SECRET_HEADERS = frozenset({"authorization", "api-key", "x-goog-api-key", "x-amz-security-token"})
UNSAID_HEADERS = ("x-stainless-", "connection", "host", "accept-encoding", "content-length", "amz-sdk-")
"""Left out of previews: they say nothing about the picture, or belong to one connection."""


class SynchronousProvider:
    """The part of protocol.Provider that such services have in common."""

    idempotent = False
    """None of them knows idempotency keys for pictures."""

    def load(self, server: str) -> float:
        """There is one server."""
        return 0.0

    def poll(self, ticket: RemoteJob) -> RemoteJob:
        """Tickets are finished when they are given."""
        return ticket

    def fetch(self, ticket: RemoteJob) -> bytes:
        """The picture came with the ticket."""
        assert ticket.data is not None
        return ticket.data

    def cancel(self, ticket: RemoteJob) -> None:
        """A request that was answered cannot be cancelled."""

    def recover(self, job: RemoteRequest, server: str) -> RemoteJob | None:
        """These services keep nothing that could be asked for."""
        return None

    def close(self) -> None:
        """Each request has a connection of its own, closed with it."""


def seeded_parameters(job: RemoteRequest) -> dict[str, Any]:
    """model_parameters, the seed folded into the range that the service takes (``details.seeds``: lowest and
    highest): the same seed gives the same number, and seeds within the range stay themselves."""
    values = model_parameters(job)
    name, bounds = job.model.parameters.get("seed"), job.model.details.get("seeds")
    if name is not None and bounds is not None:
        low, high = bounds
        if not low <= job.seed <= high:
            values[name] = low + job.seed % (high - low + 1)
    return values


def failed_probe(server: str, began: float, failure: ProviderFailure) -> Probe:
    """What a probe shows that ended in ``failure``; ``began`` is of time.monotonic()."""
    reached = failure.kind not in (
        FailureKind.UNREACHABLE,
        FailureKind.TIMED_OUT,
        FailureKind.LOST,
        FailureKind.NO_KEY,
    )
    works = False if failure.kind in (FailureKind.KEY, FailureKind.NO_KEY) else None
    return Probe(server, reached, time.monotonic() - began, works, failure.fact)


def picture_of(encoded: object) -> bytes:
    """The picture that an answer holds as base64. Raises ProviderFailure (BAD_ANSWER)."""
    if not isinstance(encoded, str):
        raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer has no picture", Billed.UNKNOWN)
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ProviderFailure(FailureKind.BAD_ANSWER, "what it delivered is no base64", Billed.YES) from error


def error_fields(body: bytes) -> tuple[str, str]:
    """Code and message of an error's body, wherever a service puts them; "" for what is not there."""
    try:
        found = parse_json(body, lenient=True)
    except ValueError:
        return "", ""
    if isinstance(found, dict) and isinstance(found.get("error"), dict):
        found = found["error"]
    if not isinstance(found, dict):
        return "", ""
    code = found.get("code") or found.get("status") or found.get("type") or ""
    return str(code), str(found.get("message") or "")


def preview_of(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Preview:
    """A request for people and scripts; keys are masked, and files are named by their size."""
    shown = {
        name: MASK if name.lower() in SECRET_HEADERS else value
        for name, value in headers.items()
        if not name.lower().startswith(UNSAID_HEADERS)
    }
    kind = headers.get("Content-Type", "")
    content = (
        _form(kind, body) if kind.startswith("multipart/") else parse_json(body or b"null", MOST_ANSWER_BYTES)
    )
    return Preview(method, url, shown, content)


def _form(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a multipart form."""
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, str] = {}
    for part in message.walk():
        if part.is_multipart():
            continue
        name = str(part.get_param("name", "", header="Content-Disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        is_file = part.get_filename() is not None
        found[name] = f"<{part.get_content_type()}, {len(content)} bytes>" if is_file else content.decode()
    return found
