"""Memory plans: what a model will need on a card, and which strategy to take."""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput, ModelNotFound, PlanImpossible
from audobon_cli.domain.units import Size, format_bytes, parse_bytes, parse_size
from audobon_cli.domain.vram.pipeline import CUBLAS_BYTES, CUBLAS_HOPPER_BYTES, Job
from audobon_cli.domain.vram.planner import Budget, Plan, Question, make_plan, smallest
from audobon_cli.domain.vram.strategies import REQUIRED_PACKAGES
from audobon_cli.domain.vram.trace import Precision
from audobon_cli.hardware.probe import nvidia_gpus
from audobon_cli.settings.graphics_cards import DEFAULT_SPEED, Card, find_card, read_cards
from audobon_cli.settings.presets import Presets, nearest
from audobon_cli.settings.vram_data import ForecastData, ForecastModel

CONTEXT_BYTES = 512 * 2**20
"""What CUDA's context takes of a card before the first tensor: 0.3 to 0.5 GiB by experience, not measured."""
MAX_BATCH = 64
SHRINKS = (0.75, 0.5, 0.375, 0.25)
HOPPER = ("H100", "H200")


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


@dataclass(frozen=True, slots=True)
class CardBudget:
    """The card planned for, in words, its bytes for a run (None: no card), its facts as in Card."""

    title: str
    total_bytes: int | None
    speed: float = DEFAULT_SPEED
    precision: Precision = Precision.BFLOAT16
    hopper: bool = False


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """A plan with the question it answers; ``steps`` are those of the quality."""

    question: Question
    plan: Plan
    card: CardBudget
    size: Size
    steps: int


def list_cards(presets: Path) -> tuple[Card, ...]:
    """The cards that ``--gpu`` knows."""
    return read_cards(presets)


def plan_memory(request: PlanRequest, data: ForecastData, presets: Presets, folder: Path) -> MemoryPlan:
    """Plan ``request``; ``folder`` holds the shipped presets. Imports no torch, needs no card.

    Raises ModelNotFound, PresetNotFound, SizeNotAllowed, InvalidInput, and PlanImpossible with what would
    make it possible.
    """
    known = _model(request.model, data)
    size = _size(request.size, known, presets)
    if not 1 <= request.batch <= MAX_BATCH:
        raise InvalidInput(
            f"A batch of {request.batch} pictures cannot be made.", hint=f"give --batch 1 to {MAX_BATCH}"
        )
    steps = known.steps.get(request.quality)
    if steps is None:
        steps = presets.quality(request.quality).settings(known.model.family).steps
    card = _card(request, folder)
    workspace = CUBLAS_HOPPER_BYTES if card.hopper else CUBLAS_BYTES
    question = Question(
        model=replace(known.model, precision=_precision(request.precision, card)),
        job=Job(request.batch, size.height, size.width, cublas_bytes=workspace),
        pace=(steps, card.speed),
        budget=Budget(card.total_bytes),
        packages=_packages(),
    )
    plan = make_plan(question, data.part, request.everything)
    if plan.choice is None:
        raise _impossible(question, plan, card, data)
    return MemoryPlan(question, plan, card, size, steps)


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


def _size(text: str, known: ForecastModel, presets: Presets) -> Size:
    """The size that the model draws: its own where the family makes others by scaling."""
    native = Size(known.model.native, known.model.native)
    if not text:
        return native
    asked = parse_size(text) or presets.size(text).for_family(known.model.family)
    family = presets.families.get(known.model.family)
    return native if family is not None and family.scales else asked


def _card(request: PlanRequest, folder: Path) -> CardBudget:
    if request.gpu and request.budget:
        raise InvalidInput("A card and a budget were given.", hint="give --gpu or --budget, not both")
    if request.budget:
        total = parse_bytes(request.budget)
        return CardBudget(f"a budget of {format_bytes(total)}", total)
    cards = read_cards(folder)
    if request.gpu:
        card = find_card(request.gpu, cards)
        return _of_table(card.full_name, card.memory_bytes, card)
    present = nvidia_gpus()
    if not present:
        return CardBudget("no graphics card here", None)
    best = max(present, key=lambda gpu: gpu.free_bytes)
    alike = [card for card in cards if card.name.casefold() in best.name.casefold()]
    likest = max(alike, key=lambda card: len(card.name), default=None)
    return _of_table(best.name, best.free_bytes, likest)


def _of_table(title: str, memory_bytes: int, card: Card | None) -> CardBudget:
    """A card with ``memory_bytes`` free, its other facts from the row ``card`` of the table."""
    total = max(0, memory_bytes - CONTEXT_BYTES)
    if card is None:
        return CardBudget(title, total)
    return CardBudget(title, total, card.speed, card.precision, card.name in HOPPER)


def _precision(text: str, card: CardBudget) -> Precision:
    if not text:
        return card.precision
    halves = (Precision.FLOAT16.value, Precision.BFLOAT16.value)
    if text not in halves:
        raise InvalidInput(f"{text!r} is no precision to plan for.", hint=f"give {' or '.join(halves)}")
    return Precision(text)


def _packages() -> frozenset[str]:
    wanted = set(REQUIRED_PACKAGES.values())
    return frozenset(name for name in wanted if importlib.util.find_spec(name) is not None)


def _impossible(question: Question, plan: Plan, card: CardBudget, data: ForecastData) -> PlanImpossible:
    """The error that says by how much it fails, and what would make it possible."""
    least = smallest(plan)
    budget = question.budget
    needed = least.minimum_bytes + budget.margin_bytes
    ways = [f"a budget of {format_bytes(needed)}"]
    smaller = _largest_that_fits(question, data)
    if smaller is not None:
        ways.append(f"--size {smaller}")
    waiting = [forecast for forecast in plan.forecasts if forecast.fits and forecast.requires]
    ways += [f"installing {forecast.requires} ({forecast.strategy.name})" for forecast in waiting[:1]]
    return PlanImpossible(
        f"{question.model.title} at {question.job.width}x{question.job.height} does not fit {card.title}: "
        f"the smallest strategy, {least.strategy.name}, needs {format_bytes(needed)} of "
        f"{format_bytes(budget.total_bytes or 0)}.",
        hint=f"possible with {', or '.join(ways)}",
        budget_bytes=budget.total_bytes,
        needed_bytes=needed,
        strategy=least.strategy.name,
        size=str(smaller) if smaller else None,
    )


def _largest_that_fits(question: Question, data: ForecastData) -> Size | None:
    """The largest of a few smaller sizes that one picture fits in."""
    unit = question.model.unit
    for share in SHRINKS:
        width, height = (
            max(unit, int(side * share) // unit * unit) for side in (question.job.width, question.job.height)
        )
        job = replace(question.job, batch=1, width=width, height=height)
        if make_plan(replace(question, job=job), data.part).choice is not None:
            return Size(width, height)
    return None
