"""Memory plans: what a model will need on a card, and which strategy to take."""

import importlib.util
from dataclasses import replace
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import (
    InvalidInput,
    ModelNotFound,
    ModelUnsupported,
    PlanImpossible,
    SizeNotAllowed,
)
from audobon_cli.domain.strategy import Attention, Precision, StageName, Strategy
from audobon_cli.domain.units import Size, format_bytes, parse_size
from audobon_cli.models.gguf import GgufFile
from audobon_cli.presets.cards import Card, read_cards
from audobon_cli.presets.catalog import Presets, nearest
from audobon_cli.vram.batch_size import MAX_BATCH
from audobon_cli.vram.calibrations import NO_CALIBRATIONS, Calibrations
from audobon_cli.vram.device_budget import DeviceBudget, card_budget
from audobon_cli.vram.forecasts import PlannableModel
from audobon_cli.vram.gguf_plans import plan_with_files
from audobon_cli.vram.planner import ForecastInput, MemoryBudget, Plan, smallest
from audobon_cli.vram.shipped import ForecastData, ForecastModel
from audobon_cli.vram.simulation.pipeline import (
    CUBLAS_BYTES,
    CUBLAS_HOPPER_BYTES,
    PartSource,
    PipelineReplay,
    StageRun,
)
from audobon_cli.vram.sound_shapes import SoundLength
from audobon_cli.vram.strategies import REQUIRED_PACKAGES

SHRINKS = (0.75, 0.5, 0.375, 0.25)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the user asks. Empty texts: the model's own size; the card that is present; the
    precision that suits it."""

    model: str
    size: str = ""
    batch: int = 1
    quality: str = "optimized"
    gpu: str = ""
    budget: str = ""
    precision: str = ""
    everything: bool = False
    attention: str = ""
    length: float | None = None
    """Seconds of a sound; None: as long as the model makes them where nothing is said."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """A plan with the question it answers; ``size`` is that of a picture, of a sound its latents (``question`` has its
    seconds); ``steps`` are those of the quality; ``file`` is the GGUF file that its strategies with such storage load.
    """

    question: ForecastInput
    plan: Plan
    card: DeviceBudget
    size: Size
    steps: int
    file: GgufFile | None = None


def list_cards(presets: Path) -> tuple[Card, ...]:
    """The cards that ``--gpu`` knows."""
    return read_cards(presets)


def plan_memory(
    request: PlanRequest,
    data: ForecastData,
    presets: Presets,
    folder: Path,
    calibrations: Calibrations = NO_CALIBRATIONS,
) -> MemoryPlan:
    """Plan ``request`` for a shipped model; ``folder`` holds the shipped presets. Imports no torch, needs no
    card. Raises ModelNotFound and what plan_model raises."""
    found = _model(request.model, data)
    return plan_model(
        request, PlannableModel(found.model, found.steps), data.part, presets, folder, calibrations
    )


def plan_model(
    request: PlanRequest,
    known: PlannableModel,
    source: PartSource,
    presets: Presets,
    folder: Path,
    calibrations: Calibrations = NO_CALIBRATIONS,
) -> MemoryPlan:
    """Plan ``request`` for the model ``known``, whose parts ``source`` gives.

    Raises PresetNotFound, SizeNotAllowed, InvalidInput, and PlanImpossible with what would make it possible.
    """
    extent = _extent(request, known, presets)
    if not 1 <= request.batch <= MAX_BATCH:
        raise InvalidInput(
            f"A batch of {request.batch} pictures cannot be made.", hint=f"give --batch-size 1 to {MAX_BATCH}"
        )
    steps = known.steps.get(request.quality)
    if steps is None:
        preset = presets.models.get(known.model.name)
        own = dict(preset.quality) if preset else {}
        quality = presets.quality(request.quality)
        steps = own.get(quality.name, quality.settings(known.model.family)).steps
    card = card_budget(request.gpu, request.budget, folder, calibrations)
    question = make_question(known, card, extent, (request.batch, steps), request)
    question, plan, file = plan_with_files(question, known.files, source, request.everything)
    if plan.choice is None:
        raise impossible(question, plan, card, source)
    return MemoryPlan(question, plan, card, Size(question.job.width, question.job.height), steps, file)


def make_question(
    known: PlannableModel,
    card: DeviceBudget,
    extent: Size | SoundLength,
    amount: tuple[int, int],
    request: PlanRequest | None = None,
) -> ForecastInput:
    """The planner's question; ``extent``: a picture's size, or a sound's length; ``amount``: how many at once, and
    steps."""
    batch, steps = amount
    sound = extent if isinstance(extent, SoundLength) else None
    size = extent.shape.size(extent.seconds) if isinstance(extent, SoundLength) else extent
    attention = card.attention
    if request is not None and request.attention:
        attention = _attention(request.attention)
    precision = _precision(request.precision if request else "", card)
    workspace = CUBLAS_HOPPER_BYTES if card.hopper else CUBLAS_BYTES
    return ForecastInput(
        model=replace(known.model, precision=precision),
        job=StageRun(batch, size.height, size.width, attention, workspace),
        pace=(steps, card.speed_for(known.model.call_seconds)),
        budget=MemoryBudget(card.total_bytes),
        packages=_packages(),
        scale=card.calibration.memory_factor if card.calibration else 1.0,
        stored=known.stored,
        sound=sound,
    )


def _model(name: str, data: ForecastData) -> ForecastModel:
    if name in data.models:
        return data.models[name]
    near = nearest(name, data.models)
    raise ModelNotFound(
        f"There is no memory forecast for a model called {name!r}.",
        hint=f"there are forecasts for {', '.join(data.models)}",
        model=name,
        nearest=near,
    )


def _extent(request: PlanRequest, known: PlannableModel, presets: Presets) -> Size | SoundLength:
    """What is made: a picture of a size, or a sound of a length. Raises as _size and SoundRule.seconds, InvalidInput
    for what the other kind of model takes."""
    if known.sounds is None or known.sound_rule is None:
        if request.length is not None:
            raise InvalidInput(
                f"{known.model.title} makes pictures, which have no length.", hint="leave --length out"
            )
        return _size(request.size, known, presets)
    if request.size:
        raise InvalidInput(
            f"{known.model.title} makes sounds: what it takes depends on seconds, not on pixels.",
            hint="give --length SECONDS in place of --size",
        )
    if request.batch != 1:
        raise InvalidInput("Models make one sound at a time.", hint="leave --batch-size out")
    return SoundLength(known.sound_rule.seconds(request.length, known.model.title), known.sounds)


def _size(text: str, known: PlannableModel, presets: Presets) -> Size:
    """The size that the model draws: its own where the family makes others by scaling. Raises SizeNotAllowed."""
    native = Size(known.model.native, known.model.native)
    if not text:
        return native
    asked = parse_size(text) or presets.size(text).for_family(known.model.family)
    family = presets.families.get(known.model.family)
    if family is None:
        return asked
    if family.scales:
        return native
    multiple = family.multiple
    if asked.width % multiple or asked.height % multiple:
        near = Size(*(max(multiple, side // multiple * multiple) for side in (asked.width, asked.height)))
        raise SizeNotAllowed(
            f"{known.model.title} cannot make {asked}: sides must be multiples of {multiple}.",
            hint=f"try --size {near}",
            size=str(asked),
        )
    return asked


def _precision(text: str, card: DeviceBudget) -> Precision:
    if not text:
        return card.precision
    halves = (Precision.FLOAT16.value, Precision.BFLOAT16.value)
    if text not in halves:
        raise InvalidInput(f"{text!r} is no precision to plan for.", hint=f"give {' or '.join(halves)}")
    return Precision(text)


def _attention(text: str) -> Attention:
    try:
        return Attention(text)
    except ValueError:
        names = " or ".join(attention.value for attention in Attention)
        raise InvalidInput(f"{text!r} is no kind of attention.", hint=f"give {names}") from None


def _packages() -> frozenset[str]:
    wanted = set(REQUIRED_PACKAGES.values())
    return frozenset(name for name in wanted if importlib.util.find_spec(name) is not None)


def impossible(
    question: ForecastInput, plan: Plan, card: DeviceBudget, source: PartSource
) -> PlanImpossible | ModelUnsupported:
    """The error that says by how much it fails, and what would make it possible."""
    least = smallest(plan)
    if least is None:
        needs = REQUIRED_PACKAGES.get(question.stored, "") if question.stored else ""
        return ModelUnsupported(
            f"{question.model.title} keeps its weights in a form that needs {needs}, which is not installed.",
            hint=f"pip install {needs}",
        )
    budget = question.budget
    needed = least.minimum_bytes + MemoryBudget.of_usable(least.minimum_bytes).margin_bytes
    ways = [f"a budget of {format_bytes(needed)}"]
    smaller = _largest_that_fits(question, least.strategy, source)
    if smaller is not None:
        ways.append(f"--length {smaller:g}" if isinstance(smaller, float) else f"--size {smaller}")
    waiting = [forecast for forecast in plan.forecasts if forecast.fits and forecast.requires]
    ways += [f"installing {forecast.requires} ({forecast.strategy.name})" for forecast in waiting[:1]]
    return PlanImpossible(
        f"{question.model.title} {_made(question)} does not fit {card.title}: "
        f"the smallest strategy, {least.strategy.name}, needs {format_bytes(needed)} of "
        f"{format_bytes(budget.total_bytes or 0)}.",
        hint=f"possible with {', or '.join(ways)}",
        budget_bytes=budget.total_bytes,
        needed_bytes=needed,
        strategy=least.strategy.name,
        size=str(smaller) if isinstance(smaller, Size) else None,
    )


def _made(question: ForecastInput) -> str:
    if question.sound is not None:
        return f"for {question.sound.seconds:g} s"
    return f"at {question.job.width}x{question.job.height}"


def _largest_that_fits(
    question: ForecastInput, smallest: Strategy, source: PartSource
) -> Size | float | None:
    """The largest of a few smaller sizes, or shorter lengths in seconds, of which one fits with the strategy
    ``smallest``."""
    capacity = int((question.budget.usable_bytes or 0) / question.scale)
    unit = question.model.unit
    sound = question.sound
    if sound is not None and sound.shape.fixed:
        return None
    for share in SHRINKS:
        if sound is not None:
            smaller = sound.shape.size(sound.seconds * share)
        else:
            width, height = (
                max(unit, int(side * share) // unit * unit)
                for side in (question.job.width, question.job.height)
            )
            smaller = Size(width, height)
        job = replace(question.job, batch=1, width=smaller.width, height=smaller.height)
        play = PipelineReplay(question.model, job, smallest, source)
        if all(play.runs_in(stage, capacity) for stage in StageName):
            return smaller if sound is None else sound.seconds * share
    return None
