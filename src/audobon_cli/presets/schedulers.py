"""The schedulers that requests may name, from schedulers.toml."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.components import Prediction, SchedulerChoice


@dataclass(frozen=True, slots=True)
class SchedulerPreset:
    """A scheduler's name, with what it stands for by what a model predicts."""

    name: str
    description: str
    choices: dict[Prediction, SchedulerChoice]


def read_schedulers(data: Mapping[str, Any]) -> dict[str, SchedulerPreset]:
    """The presets in a parsed file. Raises KeyError or TypeError for other data."""
    return {name: _preset(name, values) for name, values in data.items()}


def _preset(name: str, values: Mapping[str, Any]) -> SchedulerPreset:
    choices = {}
    for kind in (Prediction.NOISE, Prediction.FLOW):
        if kind.value in values:
            config = dict(values[kind.value])
            class_name = str(config.pop("class"))
            choices[kind] = SchedulerChoice(name, class_name, tuple(sorted(config.items())))
    return SchedulerPreset(name, str(values["description"]), choices)
