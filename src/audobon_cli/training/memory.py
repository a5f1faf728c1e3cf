"""Whether a run fits into memory, told before its model is loaded; and which settings would."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import ModelUnsupported, PlanImpossible
from audobon_cli.domain.model import Model
from audobon_cli.domain.units import format_bytes
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.platforms import current
from audobon_cli.training.settings import LORA, TrainingSettings

if TYPE_CHECKING:
    from audobon_cli.training.networks.forecast import TrainingMemory

ROOMY = 2
"""Where there is so many times of what the roughest bound says, nothing is computed: that takes two seconds."""
SMALLEST_SIDE = 256
SMALLEST_RANK = 4


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """What training takes on ``device``, and what is free of it (None: unknown)."""

    device: str
    memory: "TrainingMemory"
    free_bytes: int | None

    @property
    def fits(self) -> bool:
        """Whether there is enough, as far as is known."""
        return self.free_bytes is None or self.memory.peak <= self.free_bytes


def forecast_memory(model: Model, settings: TrainingSettings, device: str | None) -> MemoryForecast | None:
    """What training ``model`` takes on ``device`` (None: the best here). None for a model that cannot be built of its
    configuration, of which nothing is told. Raises TrainingUnsupported, InvalidInput."""
    from audobon_cli.domain.strategy import Precision
    from audobon_cli.engines.diffusers.memory.device import choose_placement
    from audobon_cli.engines.diffusers.memory.live_memory import live_memory
    from audobon_cli.training.networks.forecast import forecast_training

    placement = choose_placement(device).for_model(model.float16)
    try:
        memory = forecast_training(model, settings, Precision(placement.dtype_name))
    except ModelUnsupported:
        return None
    if placement.kind == "cpu":
        return MemoryForecast(placement.device, memory, current().available_bytes() or None)
    live = live_memory(placement.device)
    return MemoryForecast(placement.device, memory, None if live is None else live[1] - live[0])


def check_memory(model: Model, settings: TrainingSettings, device: str | None) -> None:
    """Raise PlanImpossible, which names settings that fit, where training ``model`` takes more than there is."""
    if _is_roomy(model, settings, device):
        return
    found = forecast_memory(model, settings, device)
    if found is None or found.fits:
        return
    raise PlanImpossible(
        f"Training {model.name} takes {format_bytes(found.memory.peak)} on {found.device}, and "
        f"{format_bytes(found.free_bytes or 0)} is free.",
        hint=advice(model, settings, device),
        needed_bytes=found.memory.peak,
        free_bytes=found.free_bytes,
    )


def _is_roomy(model: Model, settings: TrainingSettings, device: str | None) -> bool:
    """Whether the processor's memory is plainly enough: a picture's activations, at the size that a model is made for,
    are less than its weights (the built-in one's are a thirtieth of them)."""
    if settings.side or device not in (None, "cpu"):
        return False
    from audobon_cli.engines.diffusers.memory.device import choose_placement

    bound = 4 * inspect_model(model.folder).parameters * (1 + settings.batch) * ROOMY
    return choose_placement(device).kind == "cpu" and bound < current().available_bytes()


def advice(model: Model, settings: TrainingSettings, device: str | None) -> str:
    """What to do about too little memory: the mildest settings that fit, if any do."""
    for less in _milder(model, settings):
        found = forecast_memory(model, less, device)
        if found is not None and found.fits:
            asked = " ".join(f"--set {name}={value}" for name, value in _differences(settings, less))
            return f"{format_bytes(found.memory.peak)} do with {asked}"
    return "no settings of this model take so little: close other programs, or choose a smaller --model"


def _milder(model: Model, settings: TrainingSettings) -> Iterator[TrainingSettings]:
    """Settings that take less, the ones that cost least first: time, then noise of the steps, then detail."""
    less = settings
    if model.family != "sprite" and not less.gradient_checkpointing:
        less = replace(less, gradient_checkpointing=True)
        yield less
    while less.batch > 1:
        less = replace(less, batch=less.batch // 2)
        yield less
    native = max(model.size_rule.native.width, model.size_rule.native.height)
    while model.family != "sprite" and (side := (less.side or native) // 2) >= SMALLEST_SIDE:
        less = replace(less, side=side)
        yield less
    while less.method == LORA and less.rank > SMALLEST_RANK:
        less = replace(less, rank=less.rank // 2, alpha=less.alpha / 2)
        yield less


def _differences(before: TrainingSettings, after: TrainingSettings) -> Iterator[tuple[str, str]]:
    for name in ("gradient_checkpointing", "batch", "side", "rank", "alpha"):
        value = getattr(after, name)
        if value != getattr(before, name):
            text = str(value).lower() if isinstance(value, bool) else f"{value:g}"
            yield name.replace("_", "-"), text
