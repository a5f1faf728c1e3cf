"""Whether models fit this machine, for lists: the memory forecast's answer, or without a card that of RAM."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import AudobonError, PlanImpossible
from audobon_cli.hardware.probe import Machine
from audobon_cli.models.catalog import ModelSummary
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.weight_kinds import WeightKind
from audobon_cli.presets.catalog import Presets
from audobon_cli.vram.device_budget import CONTEXT_BYTES
from audobon_cli.vram.plan import PlanRequest, plan_memory
from audobon_cli.vram.shipped import ForecastData

FLOAT32_BYTES = 4
"""The local engine computes in float32 on a processor, whatever type the files have."""
WORKING_BYTES = 1 << 30
"""Allowed for the program and what a picture needs besides weights, on a processor: a rule, not measured."""


class ModelFit(StrEnum):
    """Whether a model fits."""

    YES = "yes"
    OFFLOAD = "offload"
    """Only with a slower strategy, that moves weights in and out of the card or keeps them smaller."""
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fit:
    """``memory`` is gpu or ram; ``strategy`` that of the forecast ("" for RAM); ``needed_bytes`` what is
    needed at least, None if unknown."""

    answer: ModelFit
    memory: str
    strategy: str = ""
    needed_bytes: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "answer": self.answer.value,
            "memory": self.memory,
            "strategy": self.strategy or None,
            "needed_bytes": self.needed_bytes,
        }


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What the memory forecast works with; ``folder`` holds the shipped presets."""

    data: ForecastData
    presets: Presets
    folder: Path


def assess(models: tuple[ModelSummary, ...], machine: Machine, forecasts: Forecasts) -> dict[str, Fit]:
    """For each model's name whether it fits ``machine``: the whole memory of its largest card, at the
    model's own size and one picture at a time. Reads no weights; a forecast takes up to 0.25 s on a small
    card, and models of the same parts share one.
    """
    largest = max((gpu.total_bytes for gpu in machine.gpus), default=0)
    if not largest:
        return {model.name: _fit_ram(model, machine.memory_bytes) for model in models}
    planned: dict[str, Fit] = {}
    fits = {}
    for model in models:
        # A single network, such as a GGUF file, needs other memory than the published model of its family.
        name = "" if model.kind == WeightKind.DENOISER.value else forecast_name(model, forecasts.data)
        if name and name not in planned:
            planned[name] = _fit_card(name, largest, forecasts)
        fits[model.name] = planned[name] if name else Fit(ModelFit.UNKNOWN, "gpu")
    return fits


def forecast_name(model: ModelSummary, data: ForecastData) -> str:
    """The forecast for a model: its own, or one of its family where all of that have the same parts; "" for
    none."""
    if model.name in data.models:
        return model.name
    siblings = [name for name, known in data.models.items() if known.model.family == model.family]
    parts = {(m.encoders, m.denoiser, m.decoder) for m in (data.models[name].model for name in siblings)}
    return siblings[0] if len(parts) == 1 else ""


def _fit_card(name: str, total_bytes: int, forecasts: Forecasts) -> Fit:
    budget = f"{max(1, total_bytes - CONTEXT_BYTES) / 2**20:.0f}MB"
    try:
        plan = plan_memory(
            PlanRequest(name, budget=budget), forecasts.data, forecasts.presets, forecasts.folder
        )
    except PlanImpossible as error:
        needed = error.details.get("needed_bytes")
        return Fit(ModelFit.NO, "gpu", needed_bytes=needed if isinstance(needed, int) else None)
    choice = plan.plan.choice
    if choice is None:
        return Fit(ModelFit.UNKNOWN, "gpu")
    answer = ModelFit.YES if choice.strategy.name == "full" else ModelFit.OFFLOAD
    return Fit(answer, "gpu", choice.strategy.name, choice.minimum_bytes)


def _fit_ram(model: ModelSummary, memory_bytes: int) -> Fit:
    parameters = 0
    if model.folder is None:
        # Presets give the size of half-precision weights.
        parameters = (model.download_bytes or model.download_at_least) // 2
    else:
        try:
            parameters = inspect_model(model.folder).parameters
        except AudobonError:
            return Fit(ModelFit.UNKNOWN, "ram")
    if not parameters or not memory_bytes:
        return Fit(ModelFit.UNKNOWN, "ram")
    needed = parameters * FLOAT32_BYTES + WORKING_BYTES
    return Fit(ModelFit.YES if needed <= memory_bytes else ModelFit.NO, "ram", needed_bytes=needed)
