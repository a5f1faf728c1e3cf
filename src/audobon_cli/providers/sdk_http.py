"""The HTTP client that official SDKs are given: they build and sign requests, what comes back is judged here.

openai, google-genai and huggingface_hub all speak through httpx2. One client for each request, so that a POST has
a connection of its own (see ProviderHttp.post), and so that the time of a picture bounds it whatever the SDK thinks of
time-outs. Statuses become ProviderFailure before an SDK could try again.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Self, TypeVar

import httpx2

from audobon_cli.domain.providers import Billed
from audobon_cli.providers.http import CONNECT_SECONDS, MAX_JSON_BYTES, Refusal, failure_of_status
from audobon_cli.providers.protocol import FailureKind, Preview, ProviderFailure
from audobon_cli.providers.synchronous import preview_of
from audobon_cli.settings.proxies import OF_HTTPX, require_usable_proxies

T = TypeVar("T")


def require_sdk(package: str) -> None:
    """See that the package of an SDK is there, without importing it, which takes a second: who lists providers sends
    nothing. Raises ModuleNotFoundError."""
    if find_spec(package) is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)


class _Captured(Exception):
    """Carries a request that was stopped at the socket."""

    def __init__(self, request: httpx2.Request) -> None:
        self.request = request


Mounts = Mapping[str, httpx2.BaseTransport]
"""Addresses that are answered here, without a connection."""


class Exchange:
    """One request for a picture, with what an SDK asks besides. ``client`` is for the SDK; a context manager.

    ``refusal`` says what statuses from 400 on mean, ``check`` looks at the answer to the POST (raise ProviderFailure).
    Redirects are refused unless they are followed, as are answers that are too large or compressed.
    """

    def __init__(
        self,
        seconds: float,
        refusal: Refusal = failure_of_status,
        check: Callable[[bytes], None] | None = None,
        follow_redirects: bool = False,
        mounts: Mounts | None = None,
    ) -> None:
        require_usable_proxies(socks=OF_HTTPX)
        self._ends = time.monotonic() + seconds
        self._refusal, self._check = refusal, check
        self._follow = follow_redirects
        self._sent = self._taken = False
        self.client = httpx2.Client(
            limits=httpx2.Limits(max_keepalive_connections=0),
            event_hooks={"request": [self._prepare], "response": [self._scorer]},
            follow_redirects=follow_redirects,
            mounts=mounts,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def ask(self, call: Callable[[], T], *wrappers: type[Exception]) -> T:
        """What ``call`` to an SDK returns; what it raises for the connection or the answer, as ProviderFailure.

        ``wrappers`` are errors that the SDK wraps around those of its client, or raises for an answer that is
        not of the shape it expects.
        """
        expected: tuple[type[Exception], ...] = (ProviderFailure, httpx2.HTTPError, ValueError, *wrappers)
        try:
            return call()
        except expected as error:
            failure = _failure_in(error)
            if failure is None and not self._sent:
                raise  # not the service's doing
            if failure is None:
                failure = ProviderFailure(FailureKind.BAD_ANSWER, "its answer cannot be read", Billed.UNKNOWN)
            if self._taken and failure.kind is not FailureKind.REFUSED and failure.billed is Billed.NO:
                # The picture is made; what failed is an errand of the SDK's after it.
                failure = ProviderFailure(
                    FailureKind.BAD_ANSWER, f"the picture was made, but: {failure.fact}", Billed.YES
                )
            raise failure from error

    def _prepare(self, request: httpx2.Request) -> None:
        left = max(self._ends - time.monotonic(), 0.01)
        connect = min(CONNECT_SECONDS, left)
        request.extensions["timeout"] = {"connect": connect, "read": left, "write": left, "pool": connect}
        request.headers["Accept-Encoding"] = "identity"
        request.headers["Connection"] = "close"
        self._sent = True

    def _scorer(self, response: httpx2.Response) -> None:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise ProviderFailure(
                FailureKind.BAD_ANSWER, f"its answer is compressed ({encoding}), which was not asked for"
            )
        response.stream = _Bounded(response.stream, self._ends)
        if response.status_code >= 400 or (response.has_redirect_location and not self._follow):
            raise self._refusal(response.status_code, response.headers, response.read())
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind.startswith("text/"):
            raise ProviderFailure(FailureKind.BAD_ANSWER, f"it delivered {kind} in place of a picture")
        if response.request.method == "POST" and not response.has_redirect_location:
            content = response.read()
            if self._check is not None:
                self._check(content)
            self._taken = True


class _Bounded(httpx2.SyncByteStream):
    """A body within bounds of time and size, piece by piece as it comes."""

    def __init__(self, inner: Any, ends: float) -> None:
        self._inner = inner
        self._ends = ends

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._inner:
            size += len(piece)
            if size > MAX_JSON_BYTES:
                raise ProviderFailure(
                    FailureKind.BAD_ANSWER, f"its answer is larger than {MAX_JSON_BYTES // 2**20} MiB"
                )
            if time.monotonic() > self._ends:
                raise ProviderFailure(FailureKind.TIMED_OUT, "its answer came too slowly")
            yield piece

    def close(self) -> None:
        self._inner.close()


def capturing_client(mounts: Mounts | None = None) -> httpx2.Client:
    """A client that sends no POST: what an SDK gives it to send is found by ``captured``."""

    def stop(request: httpx2.Request) -> None:
        if request.method == "POST":
            raise _Captured(request)

    require_usable_proxies(socks=OF_HTTPX)
    return httpx2.Client(event_hooks={"request": [stop]}, mounts=mounts)


def captured(call: Callable[[], object], *wrappers: type[Exception]) -> Preview:
    """The request that ``call`` hands to a capturing client. ``wrappers`` as in Exchange.ask."""
    expected: tuple[type[Exception], ...] = (_Captured, *wrappers)
    try:
        call()
    except expected as error:
        for cause in _causes(error):
            if isinstance(cause, _Captured):
                request = cause.request
                return preview_of(request.method, str(request.url), request.headers, request.read())
        raise
    raise AssertionError("the call sent nothing")


def _failure_in(error: BaseException) -> ProviderFailure | None:
    """The ProviderFailure that lies behind what an SDK raised; None for anything but the connection."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ProviderFailure):
            return cause
    for cause in causes:
        if isinstance(cause, httpx2.TransportError):
            return _failure_of_transport(cause)
    if isinstance(error, httpx2.HTTPError):
        return ProviderFailure(FailureKind.REJECTED, "it sends requests in circles")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _failure_of_transport(error: httpx2.TransportError) -> ProviderFailure:
    """Was the request sent?"""
    if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError):
        return ProviderFailure(FailureKind.UNREACHABLE, "no connection could be made")
    if isinstance(error, httpx2.ConnectError):
        if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)) or "CERTIFICATE" in str(error):
            return ProviderFailure(FailureKind.UNREACHABLE, "its certificate is not to be trusted")
        words = str(error)
        unknown = any(sign in words for sign in ("Name or service", "getaddrinfo", "nodename", "resolution"))
        return ProviderFailure(
            FailureKind.UNREACHABLE,
            "the host's name is not known" if unknown else "the connection was refused",
        )
    if isinstance(error, httpx2.TimeoutException):
        return ProviderFailure(FailureKind.TIMED_OUT, "no byte came for too long")
    return ProviderFailure(FailureKind.LOST, "the connection broke off")
