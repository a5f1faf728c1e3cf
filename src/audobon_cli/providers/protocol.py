"""What a provider's file promises to the mechanism that all providers share (providers/call.py).

A picture takes one ``submit``, which is what is paid for, then any number of ``poll`` and ``fetch``, which may
be repeated. A service that answers with the picture itself returns a finished RemoteJob from ``submit``.
Everything that goes wrong is a ProviderFailure; a provider neither retries nor waits.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.providers import Billed, RemoteModel, Usage
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.secrets import redact
from audobon_cli.transfer.retry import RequestFailed


class FailureKind(StrEnum):
    """What went wrong, as far as it decides what is done next."""

    UNREACHABLE = "unreachable"
    """No connection was made: nothing was sent."""
    UNHEARD = "unheard"
    """408: the service did not get the whole request."""
    BUSY = "busy"
    """429: not now."""
    DOWN = "down"
    """503: the service takes no requests at the moment."""
    FAILED = "failed"
    """Another 5xx: the service broke while it had the request."""
    TIMED_OUT = "timed out"
    LOST = "lost"
    """The connection broke after the request had left."""
    OVERDUE = "overdue"
    """The service itself ended the request, by its own deadline or somebody's wish."""
    VANISHED = "vanished"
    """A request that had been taken is not known any more (the server was started anew)."""
    NO_KEY = "no key"
    KEY = "key"
    FORBIDDEN = "forbidden"
    QUOTA = "quota"
    GONE = "gone"
    """404 and the like: there is no such model (any more)."""
    REFUSED = "refused"
    """The safety system."""
    REJECTED = "rejected"
    """The service says that the request is wrong, or that the model broke on it."""
    BAD_ANSWER = "bad answer"


NOT_BILLED = frozenset(FailureKind) - {
    FailureKind.FAILED,
    FailureKind.TIMED_OUT,
    FailureKind.LOST,
    FailureKind.OVERDUE,
    FailureKind.BAD_ANSWER,
}
"""Kinds after which nothing is owed, unless the provider's file knows better."""

LONGEST_FACT = 300


class ProviderFailure(RequestFailed):
    """A failure as a provider's file reports it. ``fact`` is a clause such as "it answered 500 (overloaded)".

    It is cleaned of keys and shortened. ``wait_seconds`` is what the service asked for (Retry-After).
    """

    def __init__(
        self, kind: FailureKind, fact: str, billed: Billed | None = None, wait_seconds: float | None = None
    ) -> None:
        """``billed`` None: by the kind."""
        self.kind = kind
        self.fact = redact(" ".join(fact.split()))[:LONGEST_FACT]
        by_kind = Billed.NO if kind in NOT_BILLED else Billed.UNKNOWN
        self.billed = by_kind if billed is None else billed
        super().__init__(self.fact, wait_seconds)


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """One picture to be drawn: ``request`` with ``seed``. ``key`` is a UUID chosen here, the same for every
    submission of this picture: an idempotency key where the service knows such things.

    ``seconds`` is what is left for it.
    """

    request: ResolvedRequest
    seed: int
    key: str
    seconds: float
    tiled: bool = False
    """Whether the picture is decoded in tiles, because the whole does not fit the server's card."""

    @property
    def model(self) -> RemoteModel:
        """The provider's model."""
        model = self.request.model.remote
        assert model is not None
        return model


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """What a service has taken on. ``id`` is its own name for the request, ``server`` where that is.

    With ``done`` the picture is ready: in ``data`` if it came along, else to be fetched from ``address``.
    ``progress`` is (steps done, steps) where the service tells by itself: such a poll is followed by the next at
    once, and must block until there is news.
    """

    id: str
    server: str
    done: bool = False
    data: bytes | None = None
    address: str = ""
    usage: Usage = field(default_factory=Usage)
    progress: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The exact request that ``submit`` would send; keys are masked. ``body`` is JSON-ready."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Probe:
    """What a server says of itself. ``facts`` are for people and scripts: queue, memory, version, account."""

    server: str
    reachable: bool
    seconds: float
    key_works: bool | None
    """None where that cannot be found out without paying."""
    problem: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """What a server of one's own can load: file names, as it gives them. ``problem`` says why it could not be asked."""

    server: str
    checkpoints: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """What a server of one's own says of its first device: ``available_bytes`` are free or held by its own models, of
    which it lets go. ``kind`` is cuda, cpu, mps …; ``waiting`` counts workflows that run or wait."""

    server: str
    device: str
    kind: str
    total_bytes: int
    available_bytes: int
    waiting: int


@runtime_checkable
class OwnServers(Protocol):
    """A Provider whose servers are the user's own: which models they have, only they know."""

    servers: tuple[str, ...]

    def files(self, server: str) -> ServerFiles:
        """What a server can load. Raises nothing."""
        ...

    def figures(self, server: str) -> ServerFigures | None:
        """Its memory and queue; None where it does not tell. Raises ProviderFailure."""
        ...


class Provider(Protocol):
    """One service. Made for one run; may keep connections. Methods block, but no longer than a minute.

    Where there are several servers, pictures are drawn side by side: methods are called from several threads.
    """

    idempotent: bool
    """Whether a second ``submit`` of the same RemoteRequest.key makes no second picture, or costs nothing."""

    servers: tuple[str, ...]
    """Addresses that could take a picture. Most services have one."""

    def credentials(self) -> str | None:
        """Where the key comes from, never its value: a variable, the keyring, a profile; "" where none is
        needed; None if there is none. Opens no connection."""
        ...

    def load(self, server: str) -> float:
        """How busy a server is; pictures go to the least busy. Asked only where there are several servers."""
        ...

    def preview(self, job: RemoteRequest) -> Preview:
        """What ``submit`` would send, without sending anything or needing a key."""
        ...

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        """Ask for the picture: the only call that costs money."""
        ...

    def poll(self, ticket: RemoteJob) -> RemoteJob:
        """How far it is. Blocks a moment, or a while if the service tells when something changes."""
        ...

    def fetch(self, ticket: RemoteJob) -> bytes:
        """The file of a picture that is done."""
        ...

    def cancel(self, ticket: RemoteJob) -> None:
        """Ask the service to stop; as well as it can."""
        ...

    def recover(self, job: RemoteRequest, server: str) -> RemoteJob | None:
        """What became of a submission whose answer was lost; None if the service cannot tell, or has it not."""
        ...

    def close(self) -> None:
        """Close the connections that are kept; the next call opens new ones."""
        ...

    def probe(self, server: str) -> Probe:
        """Whether it is there and takes the key, without paying anything. Raises nothing for what is down."""
        ...
