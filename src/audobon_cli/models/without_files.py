"""Models that are their engine and nothing besides: there is no folder, and nothing to pull."""

from pathlib import Path

from audobon_cli.domain.errors import ModelUnsupported
from audobon_cli.domain.model import Model, SizeRule
from audobon_cli.presets.catalog import Family, Presets
from audobon_cli.presets.models import ModelPreset


def model_without_files(preset: ModelPreset, presets: Presets) -> Model:
    """The model of ``preset``. Raises ModelUnsupported."""
    family = family_of(preset, presets)
    return Model(
        name=preset.name,
        family=family.name,
        pipeline="",
        folder=Path(),
        licence=preset.licence,
        size_rule=SizeRule(family.native),
        description=preset.description,
        default_style=preset.default_style,
        builtin=preset.source == "built-in",
        quality=preset.quality,
        engine=family.engine,
        produces=family.produces,
    )


def family_of(preset: ModelPreset, presets: Presets) -> Family:
    """The family of ``preset``. Raises ModelUnsupported for one that is not known."""
    family = presets.families.get(preset.family)
    if family is None:
        raise ModelUnsupported(
            f"The model {preset.name} is of the family {preset.family!r}, which is not known.",
            hint="add a TOML file for it to the folder families/ of your presets",
        )
    return family
