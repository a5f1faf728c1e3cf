"""The one event stream: what long work says while it runs.

Services and engines call ``listen(event)``; progress bars, NDJSON and workers are listeners. Every
event is frozen and serialises to one JSON object with its ``event`` name first.
"""

from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, ClassVar

from audobon_cli.dataclass import dataclass


class Event:
    """Base of all events, each of which is a frozen dataclass."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    event: ClassVar[str]
    private: ClassVar[tuple[str, ...]] = ()
    """Fields with words of the user, prompts and names, that a log does not keep."""

    def to_dict(self) -> dict[str, Any]:
        """The event's name and fields, JSON-ready."""
        return {"event": self.event, **{f.name: getattr(self, f.name) for f in fields(self)}}


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener for those who do not care."""


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something the user should know that stops nothing."""

    event: ClassVar[str] = "warning"
    message: str


@dataclass(frozen=True, slots=True)
class ModelLoading(Event):
    event: ClassVar[str] = "model_loading"
    model: str


@dataclass(frozen=True, slots=True)
class ModelLoaded(Event):
    event: ClassVar[str] = "model_loaded"
    model: str
    device: str
    dtype: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PromptTruncated(Event):
    """The text encoder takes ``limit`` tokens; ``dropped`` is the text beyond them."""

    event: ClassVar[str] = "prompt_truncated"
    private: ClassVar[tuple[str, ...]] = ("dropped",)
    limit: int
    dropped: str


@dataclass(frozen=True, slots=True)
class PromptUnknown(Event):
    """``words`` are in no vocabulary of the model: to it each is the same unknown word. ``all``: nothing
    else is in the prompt, as with a script that the model does not know."""

    event: ClassVar[str] = "prompt_unknown"
    private: ClassVar[tuple[str, ...]] = ("words",)
    words: tuple[str, ...]
    all: bool


@dataclass(frozen=True, slots=True)
class PromptUnfamiliar(Event):
    """``words`` mean nothing to the model, though it can spell them; ``meant`` has for each the word that it may
    be meant for ("": none). ``all``: the prompt has no other words."""

    event: ClassVar[str] = "prompt_unfamiliar"
    private: ClassVar[tuple[str, ...]] = ("words", "meant")
    words: tuple[str, ...]
    meant: tuple[str, ...]
    all: bool


@dataclass(frozen=True, slots=True)
class ImageStarted(Event):
    """Picture ``index`` (from 0) of ``count`` begins with ``seed``; ``prompt`` is what it shows."""

    event: ClassVar[str] = "image_started"
    private: ClassVar[tuple[str, ...]] = ("prompt",)
    index: int
    count: int
    seed: int
    steps: int
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class CandidateStarted(Event):
    """Candidate ``candidate`` (from 0) of ``candidates`` for picture ``index`` begins with ``seed``."""

    event: ClassVar[str] = "candidate_started"
    index: int
    candidate: int
    candidates: int
    seed: int


@dataclass(frozen=True, slots=True)
class CandidateChosen(Event):
    """Of picture ``index`` the candidate of ``seed`` is kept; ``scores`` are (seed, score) pairs, higher is better.

    Candidates that failed their checks have no score.
    """

    event: ClassVar[str] = "candidate_chosen"
    index: int
    seed: int
    scores: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class StepDone(Event):
    """Denoising step ``step`` (from 1) of ``steps`` is done, ``seconds`` after the picture began.

    ``memory_bytes`` of ``memory_total_bytes`` are in use on the graphics card, by all programs; None where
    there is none.
    """

    event: ClassVar[str] = "step"
    index: int
    step: int
    steps: int
    seconds: float
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class StrategyChosen(Event):
    """The memory strategy for the pictures of a model at a size, and what it will need of ``budget_bytes``.

    ``needed_bytes`` is None where no forecast is known, ``budget_bytes`` where no card is.
    """

    event: ClassVar[str] = "strategy_chosen"
    model: str
    size: str
    strategy: str
    needed_bytes: int | None
    budget_bytes: int | None


@dataclass(frozen=True, slots=True)
class SteppedDown(Event):
    """Picture ``index`` ran out of memory at ``stage`` with ``strategy`` and is begun again with
    ``next_strategy``."""

    event: ClassVar[str] = "stepped_down"
    index: int
    strategy: str
    next_strategy: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchHalved(Event):
    """``pictures`` drawn at once, the first of them ``index``, ran out of memory: ``next_pictures`` are tried."""

    event: ClassVar[str] = "drawn_in_halves"
    index: int
    pictures: int
    next_pictures: int
    message: str


@dataclass(frozen=True, slots=True)
class ProviderRetried(Event):
    """``provider`` did not take a request (``message`` says why) and is asked again after ``wait_seconds``."""

    event: ClassVar[str] = "provider_retried"
    index: int
    provider: str
    attempt: int
    wait_seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class ProviderFellBack(Event):
    """Picture ``index`` failed at ``provider`` with the error ``code`` and is asked of ``next_provider``."""

    event: ClassVar[str] = "provider_hopped"
    index: int
    provider: str
    next_provider: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ImageDelivered(Event):
    """``provider`` delivered picture ``index``; ``price_usd`` is what it cost, ``billed`` or ``listed``."""

    event: ClassVar[str] = "picture_delivered"
    index: int
    provider: str
    model: str
    request_id: str
    price_usd: float
    price_is: str


@dataclass(frozen=True, slots=True)
class ImageFailed(Event):
    """Picture ``index`` could not be made; the run goes on without it."""

    event: ClassVar[str] = "image_failed"
    index: int
    seed: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ImageRejected(Event):
    """A picture failed its checks; ``next_seed`` is what is tried instead, None when giving up."""

    event: ClassVar[str] = "image_rejected"
    index: int
    seed: int
    problems: tuple[str, ...]
    next_seed: int | None


@dataclass(frozen=True, slots=True)
class AssetAdded(Event):
    """A picture is durable in the library: after this event nothing loses it.

    ``existing`` is true when the very same picture and recipe were in the library already. ``medium``, ``model`` and
    ``provider`` ("local": drawn here) say what it is and what made it, in ``seconds`` of this run.
    """

    event: ClassVar[str] = "image_filed"
    private: ClassVar[tuple[str, ...]] = ("name", "path", "blob")
    index: int
    count: int
    asset: str
    name: str
    blob: str
    seed: int
    path: str | None
    existing: bool
    medium: str = "image"
    model: str = ""
    provider: str = "local"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """``done`` of ``total`` units of ``task`` (``total`` None when unknown)."""

    event: ClassVar[str] = "progress"
    task: str
    done: int
    total: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class SourceRetried(Event):
    """``source``, an address, failed (``message`` says why): try ``attempt`` of ``attempts`` follows after
    ``wait_seconds``. Tries are counted anew once bytes have come."""

    event: ClassVar[str] = "source_retried"
    source: str
    attempt: int
    attempts: int
    wait_seconds: float
    message: str


@dataclass(frozen=True, slots=True)
class WorkerStarted(Event):
    """Worker ``worker`` begins to take jobs on ``device``."""

    event: ClassVar[str] = "worker_started"
    worker: str
    device: str


@dataclass(frozen=True, slots=True)
class JobStarted(Event):
    """Attempt ``attempt`` (from 1) of job ``job`` begins."""

    event: ClassVar[str] = "job_started"
    private: ClassVar[tuple[str, ...]] = ("title",)
    job: int
    title: str
    attempt: int
    worker: str


@dataclass(frozen=True, slots=True)
class JobEnded(Event):
    """An attempt of job ``job`` is over and it is ``state`` now; ``code`` and ``message`` say why, "" if it is done."""

    event: ClassVar[str] = "job_ended"
    private: ClassVar[tuple[str, ...]] = ("title",)
    job: int
    title: str
    state: str
    code: str
    message: str
    worker: str


@dataclass(frozen=True, slots=True)
class QueueChanged(Event):
    """The queue stands otherwise than a moment ago; ``queue`` is the data of `queue status`."""

    event: ClassVar[str] = "queue_changed"
    queue: dict[str, Any]


def event_from(data: dict[str, Any]) -> Event | None:
    """The event that ``to_dict`` made ``data`` of; None for one that this version does not know."""
    kinds = {kind.event: kind for kind in Event.__subclasses__()}
    kind = kinds.get(data.get("event", ""))
    if kind is None:
        return None
    names = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in data.items() if name in names})
