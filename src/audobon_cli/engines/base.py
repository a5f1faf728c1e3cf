"""The contract between generation and whatever makes pictures, or another medium."""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import Listener
from audobon_cli.domain.output.image import ImageOutput
from audobon_cli.domain.request import ResolvedRequest

if TYPE_CHECKING:
    from PIL.Image import Image

ShouldStop = Callable[[], bool]
"""Asked at every step; true means: raise Interrupted as soon as you can."""


def never() -> bool:
    """The ShouldStop of those who never ask for a stop."""
    return False


def stop_if_asked(should_stop: ShouldStop) -> None:
    """Raise Interrupted if ``should_stop`` says so."""
    if should_stop():
        raise Interrupted("Stopped before the picture was finished.", hint="run the same command again")


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine knows of a loaded model and writes into recipes. See Recipe for the fields."""

    engine: str
    model_digest: str
    scheduler: str
    device: str
    dtype: str
    libraries: dict[str, str]
    runtime: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a model made of one seed: of images a Pillow picture, RGBA with straight alpha, or RGB.

    ``problems`` names what only the engine can see, such as values that are not finite.
    """

    content: Any
    problems: tuple[str, ...] = ()
    receipt: dict[str, Any] | None = None
    """What a provider's call came to; see Recipe."""

    @property
    def image(self) -> "Image":
        """The content, where it is a picture."""
        picture: Image = self.content
        return picture


Asked = tuple[ResolvedRequest, int]
"""A request, and the seed of one of its pictures."""


BatchSizeOf = Callable[[ResolvedRequest], int]
"""How many pictures of a request's kind the model may draw in one call."""


class Engine(Protocol):
    """Makes pictures. Loading happens once, on the first call that needs the model."""

    def load(self, request: ResolvedRequest, listen: Listener) -> EngineFacts:
        """Load the request's model, unless it is loaded, and tell its facts.

        Raises ModelDamaged, ModelUnsupported or OutOfMemory.
        """
        ...

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        """Draw one picture of ``request.render_size`` from ``seed`` alone: equal input, equal pixels.

        Sends StepDone after each step (``index`` is the picture's place in the run). Raises
        Interrupted when ``should_stop`` says so, OutOfMemory when the device gives out.
        """
        ...

    def render_together(
        self, asked: Sequence[Asked], index: int, listen: Listener, should_stop: ShouldStop
    ) -> list[Rendered]:
        """Draw pictures in one call, and give those of the first few: of one at least.

        All have one drawing_key, and differ in their words and seeds alone. Each is the picture that render
        gives, but for rounding: sums are ordered differently in larger tensors (docs/batch.md has figures).
        Fewer are drawn where the model's calls cannot be joined. Events and errors are render's.
        """
        ...


def drawing_key(request: ResolvedRequest) -> Hashable | None:
    """Equal for requests whose pictures can be drawn in one call; None for those that are drawn alone.

    Input pictures belong to one call, and a refiner takes over each picture by itself.
    """
    if request.model.remote is not None:
        return request.provider  # servers draw side by side whatever they are asked for
    adapters = request.adapters
    started = request.pictures or request.composition is not None
    alone = started or adapters.refiner is not None or request.model.calling is None
    if alone or not isinstance(request.output, ImageOutput):
        return None
    return (
        request.model,
        request.loaded_components,
        request.strategy,
        request.render_size,
        request.steps,
        request.guidance,
        request.scheduler,
        adapters,
        request.inputs.tile,
        bool(request.resolved_negative),
    )


@runtime_checkable
class RunAware(Protocol):
    """An engine that says some things once a run."""

    def begin_run(self) -> None:
        """Another run begins: say them again."""
        ...


@runtime_checkable
class SideBySide(Protocol):
    """An engine that may be asked for several pictures at once, from threads, for some requests."""

    def side_by_side(self, request: ResolvedRequest) -> bool:
        """Whether pictures of ``request``, whose model is loaded, are drawn on one thread each, alike in company."""
        ...


class LoadedScorer(Protocol):
    """What judges what a model made, in memory."""

    def scores(self, contents: Sequence[Any], text: str) -> tuple[float, ...]:
        """How well each of ``contents`` (see Rendered) shows ``text``; higher is better."""
        ...
