"""HTTP for providers: what was sent and what was not is told apart, and no answer is larger than expected."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import MOST_ANSWER_BYTES, parse_json
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.http import leave_headers, retry_after_seconds

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
"""Between two bytes of an answer."""

MAX_JSON_BYTES = 64 * 2**20
"""Answers with pictures in base64 have some megabytes."""

MAX_PICTURE_BYTES = 64 * 2**20
PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole answer with a status below 400."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body as JSON. Raises ProviderFailure (BAD_ANSWER)."""
        try:
            return parse_json(self.content, MOST_ANSWER_BYTES, lenient=True)
        except ValueError as error:
            raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer is not JSON") from error

    def object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises ProviderFailure (BAD_ANSWER)."""
        found = self.json()
        if not isinstance(found, dict):
            raise ProviderFailure(FailureKind.BAD_ANSWER, "its answer is no JSON object")
        return found


Refusal = Callable[[int, Mapping[str, str], bytes], ProviderFailure]
"""What a status from 400 on means for this service: status, headers, body."""


@dataclass(slots=True)
class ProviderHttp:
    """Connections to one service. ``headers`` go with each request to it, keys among them.

    ``refusal`` explains statuses; without one ``failure_of_status`` does.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    refusal: Refusal | None = None
    stall_seconds: float = STALL_SECONDS
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)

    def __post_init__(self) -> None:
        self._session.auth = leave_headers

    def get(self, url: str, seconds: float = 60.0, limit: int = MAX_JSON_BYTES) -> HttpReply:
        """GET with the service's headers; at most ``seconds`` and ``limit`` bytes."""
        return self._ask(self._session, "GET", url, {"headers": dict(self.headers)}, (seconds, limit))

    def post(
        self, url: str, body: Any, seconds: float = 60.0, headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """POST of JSON, on a connection of its own: one kept alive may be closed by the server just as the
        request leaves, and then nobody knows whether it was received."""
        more = {"headers": {**self.headers, **(headers or {})}, "json": body}
        with requests.Session() as session:
            session.auth = leave_headers
            return self._ask(session, "POST", url, more, (seconds, MAX_JSON_BYTES))

    def upload(
        self, url: str, fields: Mapping[str, str], file: tuple[str, bytes], seconds: float = 60.0
    ) -> HttpReply:
        """POST of a form with one file (its name and content) in the field ``image``."""
        more = {"headers": dict(self.headers), "data": dict(fields), "files": {"image": file}}
        return self._ask(self._session, "POST", url, more, (seconds, MAX_JSON_BYTES))

    def download(self, url: str, seconds: float = 120.0, with_headers: bool = False) -> bytes:
        """A picture's file. The service's headers (its key) go along only if asked for: files often lie
        elsewhere."""
        headers = {"headers": dict(self.headers) if with_headers else {}}
        found = self._ask(self._session, "GET", url, headers, (seconds, MAX_PICTURE_BYTES))
        kind = found.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind.startswith(("text/", "application/json")):
            raise ProviderFailure(FailureKind.BAD_ANSWER, f"it delivered {kind} in place of a picture")
        return found.content

    def _ask(
        self,
        session: requests.Session,
        method: str,
        url: str,
        more: dict[str, Any],
        bounds: tuple[float, int],
    ) -> HttpReply:
        require_usable_proxies(url)
        seconds, limit = bounds
        more["headers"] = {"Accept-Encoding": "identity", **more["headers"]}
        ends = time.monotonic() + seconds
        timeout = (min(CONNECT_SECONDS, seconds), min(self.stall_seconds, seconds))
        try:
            with session.request(
                method, url, stream=True, timeout=timeout, allow_redirects=method == "GET", **more
            ) as response:
                content = _read(response, ends, limit)
                headers = requests.structures.CaseInsensitiveDict(response.headers)
                status = response.status_code
        except requests.exceptions.InvalidURL as error:
            raise InvalidInput(f"{url} is not an address.", hint="check it") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise failure_of_connection(error) from error
        if status >= 400 or status in (301, 302, 303, 307, 308):
            raise (self.refusal or failure_of_status)(status, headers, content)
        return HttpReply(status, headers, content)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _read(response: requests.Response, ends: float, limit: int) -> bytes:
    """The body within bounds of time and size, and as long as announced."""
    found = bytearray()
    raw: Any = response.raw
    # read1 gives what has come: reading whole pieces would wait for ever where bytes trickle.
    while piece := raw.read1(PIECE_BYTES, decode_content=True):
        found += piece
        if len(found) > limit:
            raise ProviderFailure(FailureKind.BAD_ANSWER, f"its answer is larger than {limit // 2**20} MiB")
        if time.monotonic() > ends:
            raise ProviderFailure(FailureKind.TIMED_OUT, "its answer came too slowly")
    return bytes(found)


def failure_of_connection(error: Exception) -> ProviderFailure:
    """What a failed connection means: was the request sent?"""
    text = f"{type(error).__name__} {error}"
    if isinstance(error, requests.exceptions.SSLError):
        return ProviderFailure(FailureKind.UNREACHABLE, "its certificate is not to be trusted")
    if "NameResolution" in text or "Name or service" in text or "getaddrinfo" in text:
        return ProviderFailure(FailureKind.UNREACHABLE, "the host's name is not known")
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return ProviderFailure(FailureKind.UNREACHABLE, "no connection could be made")
    if "NewConnectionError" in text or "refused" in text:
        return ProviderFailure(FailureKind.UNREACHABLE, "the connection was refused")
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in text.lower():
        return ProviderFailure(FailureKind.TIMED_OUT, "no byte came for too long")
    return ProviderFailure(FailureKind.LOST, "the connection broke off")


def failure_of_status(status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
    """What a status means where a service has no rules of its own."""
    words = message_of(body)
    fact = f"it answered {status}" + (f" ({words})" if words else "")
    wait = retry_after_seconds(headers.get("Retry-After"))
    kinds = {
        401: FailureKind.KEY,
        402: FailureKind.QUOTA,
        403: FailureKind.FORBIDDEN,
        404: FailureKind.GONE,
        408: FailureKind.UNHEARD,
        410: FailureKind.GONE,
        429: FailureKind.BUSY,
        503: FailureKind.DOWN,
    }
    kind = kinds.get(status, FailureKind.FAILED if status >= 500 else FailureKind.REJECTED)
    return ProviderFailure(kind, fact, wait_seconds=wait)


def message_of(body: bytes) -> str:
    """What an error's body says, in the places where services put it; "" for none."""
    try:
        found = parse_json(body, lenient=True)
    except ValueError:
        return ""
    for key in ("error", "detail", "message", "title"):
        if isinstance(found, dict) and found.get(key):
            found = found[key]
            if isinstance(found, dict):
                found = found.get("message") or found.get("code") or ""
            break
    return found if isinstance(found, str) else ""
