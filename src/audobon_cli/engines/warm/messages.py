"""What client and server say to each other. Pickled: both are the same program run by the same user, and the
socket is in a folder that nobody else can enter."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.events import Event
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest

if TYPE_CHECKING:
    from PIL.Image import Image


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
class Standing:
    """The answer to Hello and Ask. ``refused`` says why a Hello is not served: "busy" or "outdated"."""

    pid: int
    models: tuple[str, ...]
    busy: bool
    seconds_left: float
    held_bytes: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    request: ResolvedRequest


@dataclass(frozen=True, slots=True)
class Render:
    request: ResolvedRequest
    seed: int
    index: int


@dataclass(frozen=True, slots=True)
class Score:
    images: "tuple[Image, ...]"
    text: str
    model: Model


@dataclass(frozen=True, slots=True)
class Stop:
    """From the client at any time: end what you are at with Interrupted."""


@dataclass(frozen=True, slots=True)
class Told:
    """From the server while it is at a call."""

    event: Event


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a call: its value, or what it raised."""

    value: object = None
    error: AudobonError | None = None


Call = Load | Render | Score
