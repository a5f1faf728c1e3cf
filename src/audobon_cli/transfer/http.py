"""Files over HTTP(S), for transfer.download: ranges, redirects, and what each refusal means."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from audobon_cli.domain.errors import (
    AudobonError,
    SourceFailed,
    SourceGated,
    SourceNotFound,
    SourceTokenRefused,
)
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.transfer.download import CHUNK_BYTES, ResponseBody
from audobon_cli.transfer.retry import Transient

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
"""A connection over which no byte comes for this long is given up and opened anew."""

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class HttpOrigin:
    """One URL. ``token`` goes only to the URL's own host, never to where it redirects; it is in no
    message and no representation."""

    url: str
    token: str | None = field(default=None, repr=False)
    stall_seconds: float = STALL_SECONDS

    @property
    def address(self) -> str:
        """The URL without its query, which may be signed."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    @contextlib.contextmanager
    def open(self, start: int, validator: str) -> Iterator[ResponseBody]:
        """See Origin.open. The validator is a strong ETag, or Last-Modified."""
        import requests

        require_usable_proxies(self.url)
        # identity: a compressed body could neither be resumed nor compared with the published size.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        if start and validator:
            headers["If-Range"] = validator
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        with requests.Session() as session:
            session.auth = leave_headers
            try:
                response = session.get(
                    self.url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, self.stall_seconds)
                )
            except requests.exceptions.TooManyRedirects as error:
                raise SourceFailed(
                    f"{self.address} redirects in circles.", hint="check the address"
                ) from error
            except (requests.ConnectionError, requests.Timeout) as error:
                raise Transient(broken_off(error)) from error
            except requests.RequestException as error:
                raise SourceFailed(
                    f"{self.address} cannot be asked: {type(error).__name__}.", hint="check the address"
                ) from error
            with response:
                self._refuse(response)
                yield body_of(response, start)

    def _refuse(self, response: "requests.Response") -> None:
        """Raise for every status that brings no bytes; 416 says that there are none left."""
        status = response.status_code
        if status in (200, 206, 416):
            return
        if status in TRANSIENT_STATUSES:
            fact = f"the server answered {status} {response.reason}"
            wait = retry_after_seconds(response.headers.get("Retry-After"))
            raise Transient(fact, wait, limited=status == 429)
        raise refusal(status, self.address, bool(self.token), response.headers.get("X-Error-Code", ""))


def refusal(status: int, address: str, with_token: bool, code: str) -> AudobonError:
    """The error for an HTTP status that asking again will not change."""
    if code == "GatedRepo" or status == 403:
        return SourceGated(
            f"{address} may not be fetched: access must be granted first.",
            hint="accept the licence on the model's page, then `audobon models login` with a token of that account",
            address=address,
        )
    if status == 401 and with_token:
        return SourceTokenRefused(
            f"{address} refused the access token.",
            hint="make a new token at the source, then `audobon models login` or set HF_TOKEN",
            address=address,
        )
    if status in (401, 404, 410):
        return SourceNotFound(
            f"{address} is not there, or is hidden from those without access.",
            hint="check the spelling; for a private one `audobon models login`",
            address=address,
        )
    return SourceFailed(f"{address} answered with status {status}.", hint="check the address", status=status)


def body_of(response: "requests.Response", asked: int) -> ResponseBody:
    """The answer to a request for the bytes from ``asked`` on: status 200, 206 or 416."""
    start, total = 0, None
    length = response.headers.get("Content-Length", "")
    if response.status_code == 206:
        start, total = _content_range(response.headers.get("Content-Range", ""), asked)
    elif response.status_code == 416:
        start, total = asked, _content_range(response.headers.get("Content-Range", ""), asked)[1]
    elif length.isdecimal():
        total = int(length)
    etag = response.headers.get("ETag", "")
    # A weak ETag does not promise equal bytes (RFC 9110, section 8.8.1).
    validator = "" if etag.startswith("W/") else etag
    chunks = iter(()) if response.status_code == 416 else _chunks(response)
    return ResponseBody(start, total, validator or response.headers.get("Last-Modified", ""), chunks)


def _content_range(text: str, asked: int) -> tuple[int, int | None]:
    unit, _, rest = text.partition(" ")
    span, _, total = rest.partition("/")
    first = span.partition("-")[0]
    if unit != "bytes":
        return asked, None
    return int(first) if first.isdecimal() else asked, int(total) if total.isdecimal() else None


def _chunks(response: "requests.Response") -> Iterator[bytes]:
    import requests
    import urllib3

    raw: Any = response.raw
    try:
        # read1 gives what has come instead of waiting for a whole chunk: the less is lost in a kill.
        while block := raw.read1(CHUNK_BYTES):
            yield block
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise Transient(broken_off(error)) from error


def retry_after_seconds(header: str | None) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or a date), None without a sensible one."""
    import urllib3

    if header is None:
        return None
    try:
        return float(urllib3.Retry().parse_retry_after(header))
    except urllib3.exceptions.InvalidHeader:
        return None


def broken_off(error: BaseException) -> str:
    """What happened, in words without addresses (which may be signed)."""
    text = f"{type(error).__name__} {error}"
    if "timed out" in text.lower() or "timeout" in text.lower():
        return "no byte came for too long"
    if "Name or service" in text or "getaddrinfo" in text or "NameResolution" in text:
        return "the host's name is not known"
    if "refused" in text:
        return "the connection was refused"
    return "the connection broke off"


def leave_headers(request: Any) -> Any:
    """An ``auth`` for requests that changes nothing: else a .netrc entry would replace the token."""
    return request
