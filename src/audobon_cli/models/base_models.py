"""Which listed model to pull for weights that need one of their kind."""

from audobon_cli.models.files.weight_kinds import Architecture, WeightKind
from audobon_cli.presets.catalog import ModelPreset, Presets


def base_for(architecture: Architecture, kind: WeightKind, presets: Presets) -> ModelPreset | None:
    """The listed model that most adapters of ``kind`` and ``architecture`` were made for; None where none fits, or
    where names do not tell which of several networks of that width is meant."""
    if kind is WeightKind.EMBEDDING:
        return base_of(architecture.family, None, presets)
    fitting = [
        preset
        for preset in _pullable(presets)
        if preset.network and _architecture(preset).agrees_with(architecture)
    ]
    unsure = architecture.network == "transformer" and len({preset.family for preset in fitting}) > 1
    return None if unsure else _first(architecture.family, fitting)


def base_of(family: str, architecture: Architecture | None, presets: Presets) -> ModelPreset | None:
    """The listed model of ``family`` to pull; of several that of ``architecture``, where it is known."""
    found = [preset for preset in _pullable(presets) if family and family in (preset.name, preset.family)]
    alike = [preset for preset in found if architecture and _architecture(preset).agrees_with(architecture)]
    return _first(family, alike or found)


def _pullable(presets: Presets) -> list[ModelPreset]:
    return [preset for preset in presets.models.values() if preset.pull]


def _architecture(preset: ModelPreset) -> Architecture:
    return Architecture(preset.network, (preset.width,))


def _first(family: str, presets: list[ModelPreset]) -> ModelPreset | None:
    """That of the family's own name, else one of it, else any."""
    return min(presets, key=lambda one: (one.name != family, one.family != family), default=None)
