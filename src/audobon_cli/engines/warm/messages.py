"""What client and server say to each other besides calls and answers (engines/hosting.py).

Pickled: both are the same program run by the same user, and the socket is in a folder that nobody else can enter.
"""

from dataclasses import dataclass

from audobon_cli.domain.events import Event


@dataclass(frozen=True, slots=True)
class Hello:
    """First from the client. ``keep_seconds`` None leaves the server's time as it is. ``folder`` is what
    relative paths mean."""

    fingerprint: str
    keep_seconds: float | None
    folder: str


@dataclass(frozen=True, slots=True)
class Ask:
    """In place of Hello: who is there? Answered at any time, and nothing follows. With ``leave`` it ends."""

    leave: bool = False


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The answer to Hello and Ask. ``refused`` says why a Hello is not served: "busy" or "outdated"."""

    pid: int
    models: tuple[str, ...]
    busy: bool
    seconds_left: float
    held_bytes: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class StopCall:
    """From the client at any time: end what you are at with Interrupted."""


@dataclass(frozen=True, slots=True)
class EventMessage:
    """From the server while it is at a call."""

    event: Event
