"""What every provider promises (providers/protocol.py), tried on a server of this machine that only ever fails.

What a service answers when all is well its author alone knows: tests of a plugin try that on a double of it.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from audobon_cli.contracts.clauses import Clause, ContractBroken, require
from audobon_cli.domain.providers import ProviderPreset
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.protocol import FailureKind, Provider, ProviderFailure, RemoteRequest

KEY = "key-0123456789abcdef0123456789abcdef"
"""No service's."""

SECONDS = 120.0
"""What a picture has: no clause waits for its end, and a machine may be busy."""
MOST_POLLS = 3

HANG_UP = 0
"""The status of an answer that is none: the connection is closed once the request was read."""


@dataclass(frozen=True)
class ProviderRig:
    """A provider on trial: what makes it, its preset, and a request for its usual model."""

    make: Callable[[ProviderAccess], Provider]
    preset: ProviderPreset
    request: ResolvedRequest
    variables: Mapping[str, str] = field(default_factory=dict)
    """More of the environment that it needs."""

    def at(self, address: str, with_key: bool = True) -> Provider:
        """One whose service is at ``address``."""
        keys = {self.preset.keys[0]: KEY} if with_key and self.preset.keys else {}
        moved = dict.fromkeys(self.preset.endpoint_variables, address)
        preset = replace(self.preset, endpoint=address)
        access = ProviderAccess(preset, {**self.variables, **moved, **keys}, lambda name: None, (address,))
        return self.make(access)

    @property
    def job(self) -> RemoteRequest:
        """One picture."""
        return RemoteRequest(self.request, 5, "00000000-0000-4000-8000-000000000000", SECONDS)


@dataclass
class Failing:
    """A server that answers everything with ``status`` and ``body``; ``asked`` is what it was asked."""

    status: int
    body: bytes = b"{}"
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""


@contextmanager
def failing(status: int, body: bytes = b"{}") -> Iterator[Failing]:
    """Such a server, on a port of 127.0.0.1."""
    state = Failing(status, body)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.asked.append((self.command, self.path))
            if state.status == HANG_UP:
                self.close_connection = True
                return
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def closed_port() -> Iterator[str]:
    """An address of this machine where nobody listens, and nobody can meanwhile."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def failure(provider: Provider, job: RemoteRequest) -> ProviderFailure:
    """How asking for a picture fails. Raises ContractBroken if it does not, or by anything but a ProviderFailure."""
    try:
        with closing(provider):
            ticket = provider.submit(job, provider.servers[0])
            for _ in range(MOST_POLLS):
                ticket = ticket if ticket.done else provider.poll(ticket)
            if ticket.data is None:
                provider.fetch(ticket)
    except ProviderFailure as found:
        return found
    except Exception as error:
        raise ContractBroken(f"it raised {type(error).__name__} and no ProviderFailure: {error}") from error
    raise ContractBroken("it gave a picture where there was none")


def every_figure_has_a_source(rig: ProviderRig) -> None:
    """Prices and limits of its preset say where they are from, and when that was looked up."""
    figures = [rig.preset.rate.origin] if rig.preset.rate else []
    figures += [one.price.origin for one in rig.preset.models.values() if not one.price.is_free]
    require(all(one.source and one.checked for one in figures), "a figure has no source or no date")


def it_says_where_its_key_comes_from(rig: ProviderRig) -> None:
    """The origin of the key is a variable's name, "" where none is needed, None where there is none; never the key."""
    with closed_port() as address, closing(rig.at(address)) as provider:
        origin = provider.credentials()
    require(origin is not None, f"the key of {', '.join(rig.preset.keys)} was not found")
    require(KEY not in str(origin), "it gives the key away")


def previews_send_nothing_and_show_no_key(rig: ProviderRig) -> None:
    """A preview is the request as JSON, without the key, and needs no connection and no key."""
    with failing(500) as server:
        for with_key in (True, False):
            with closing(rig.at(server.address, with_key)) as provider:
                require(provider.servers, "it has no server")
                preview = provider.preview(rig.job)
            shown = json.dumps([preview.method, preview.url, dict(preview.headers), preview.body])
            require(KEY not in shown, "the preview shows the key")
        require(not server.asked, f"the preview asked for {server.asked}")


def without_a_key_nothing_is_sent(rig: ProviderRig) -> None:
    """Without a key that is needed it fails with NO_KEY and sends nothing."""
    if not rig.preset.keys:
        return
    with failing(500) as server:
        found = failure(rig.at(server.address, with_key=False), rig.job)
        require(found.kind is FailureKind.NO_KEY, f"the failure is {found.kind.name}: {found.fact}")
        require(not server.asked, f"it asked for {server.asked}")


def nobody_there_is_unreachable(rig: ProviderRig) -> None:
    """Where no connection can be made it fails with UNREACHABLE: nothing was sent, so it may be tried again."""
    with closed_port() as address:
        found = failure(rig.at(address), rig.job)
    require(found.kind is FailureKind.UNREACHABLE, f"the failure is {found.kind.name}: {found.fact}")


MEANT: Mapping[int, tuple[FailureKind, ...]] = {
    401: (FailureKind.KEY, FailureKind.FORBIDDEN, FailureKind.NO_KEY),
    403: (FailureKind.KEY, FailureKind.FORBIDDEN, FailureKind.QUOTA),
    429: (FailureKind.BUSY, FailureKind.QUOTA),
    500: (FailureKind.FAILED, FailureKind.DOWN),
    503: (FailureKind.DOWN, FailureKind.BUSY, FailureKind.FAILED),
}
"""What a status of the service may be told as."""


def statuses_are_distinguished(rig: ProviderRig) -> None:
    """401 and 403 are told as a matter of the key, 429 as busy or spent, 500 and 503 as the service's failure."""
    for status, kinds in MEANT.items():
        with failing(status) as server:
            found = failure(rig.at(server.address), rig.job)
        require(found.kind in kinds, f"{status} is told as {found.kind.name}: {found.fact}")


def nothing_is_asked_for_twice(rig: ProviderRig) -> None:
    """It does not try again by itself: what may have been billed is never sent twice."""
    for status in (500, 503, HANG_UP):
        with failing(status) as server:
            failure(rig.at(server.address), rig.job)
            posts = [one for one in server.asked if one[0] in ("POST", "PUT")]
        twice = len(posts) - len(set(posts))
        require(
            not twice,
            f"after {status or 'no answer'} it sent {posts[0][1]} {twice + 1} times" if posts else "",
        )


def an_answer_that_breaks_off_is_not_taken_for_unsent(rig: ProviderRig) -> None:
    """A connection that is closed after the request is not UNREACHABLE: it may be paid for."""
    with failing(HANG_UP) as server:
        found = failure(rig.at(server.address), rig.job)
    require(found.kind is not FailureKind.UNREACHABLE, "it says that nothing was sent")


def nonsense_is_a_failure(rig: ProviderRig) -> None:
    """An answer that is no JSON, or JSON without a picture, is a ProviderFailure."""
    for body in (b"<html>", b"[]", b"{}"):
        with failing(200, body) as server:
            failure(rig.at(server.address), rig.job)


def keys_are_in_no_words(rig: ProviderRig) -> None:
    """A service that repeats the key in its answer does not get it into messages."""
    if not rig.preset.keys:
        return
    with failing(400, json.dumps({"error": f"bad key {KEY}", "detail": KEY}).encode()) as server:
        found = failure(rig.at(server.address), rig.job)
    require(KEY not in found.fact, "the failure has the key in its words")


def probes_raise_nothing(rig: ProviderRig) -> None:
    """A probe of a server that is down or fails says so, and raises nothing."""
    with closed_port() as address, closing(rig.at(address)) as provider:
        found = provider.probe(provider.servers[0])
    require(not found.reachable, "a server that is not there is told to be reachable")
    require(found.problem, "a server that is not there is told to be without a problem")
    with failing(500) as server, closing(rig.at(server.address)) as provider:
        provider.probe(provider.servers[0])


PROVIDER_CLAUSES: tuple[Clause[ProviderRig], ...] = (
    every_figure_has_a_source,
    it_says_where_its_key_comes_from,
    previews_send_nothing_and_show_no_key,
    without_a_key_nothing_is_sent,
    nobody_there_is_unreachable,
    statuses_are_distinguished,
    nothing_is_asked_for_twice,
    an_answer_that_breaks_off_is_not_taken_for_unsent,
    nonsense_is_a_failure,
    keys_are_in_no_words,
    probes_raise_nothing,
)
