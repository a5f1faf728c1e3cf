"""The model that a name means: at once for those that are their engine and nothing besides, which need no file read."""

from audobon_cli.domain.model import Model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.without_files import model_without_files


def find_model(reference: str, registry: ModelRegistry) -> Model:
    """See catalog.find_model."""
    preset = registry.presets.models.get(reference)
    if preset is not None and preset.without_files:
        return model_without_files(preset, registry.presets)
    from audobon_cli.models.catalog import find_model as find_with_files

    return find_with_files(reference, registry)
