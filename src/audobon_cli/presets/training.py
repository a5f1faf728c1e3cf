"""Presets of training: settings by name, with others for single families."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from audobon_cli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class TrainingPreset:
    """Settings of a training run: see training.settings for what each is. ``families`` override for single families,
    ``methods`` for what is trained if that is no LoRA (``embedding``)."""

    name: str
    description: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    families: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = "built-in"
    methods: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def settings_for(self, family: str) -> dict[str, Any]:
        """All settings that it gives for ``family``."""
        return {**self.settings, **self.families.get(family, {})}


def read_training(name: str, data: Mapping[str, Any], source: str) -> TrainingPreset:
    """The preset in a file. Raises KeyError or TypeError for what is none."""
    families, methods = data.get("families", {}), data.get("methods", {})
    for table in (data.get("settings", {}), families, methods, *families.values(), *methods.values()):
        if not isinstance(table, Mapping):
            raise TypeError(f"{str(table)[:40]!r} is no table")
    settings = dict(data.get("settings", {}))
    return TrainingPreset(name, str(data["description"]), settings, families, source, methods)
