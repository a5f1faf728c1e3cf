"""What a model that was pulled or added still needs on this machine before it can draw."""

from dataclasses import dataclass

from audobon_cli.domain.errors import AudobonError
from audobon_cli.models.adapter_files import found_in_registry
from audobon_cli.models.architecture import models_with
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is missing, in words, and how to get it ("": nothing here knows)."""

    why: str
    way: str


def needs_of(manifest: Manifest, registry: ModelRegistry) -> tuple[Need, ...]:
    """What is missing: a package that reads its file, a model of its kind that lends a single file what it
    lacks, or a model that an adapter fits. Empty where nothing is. Reads headers only."""
    if not manifest.is_weights:
        return ()
    try:
        found = found_in_registry(manifest)
        architecture = found.facts.architecture
        if not found.is_adapter:
            find_model(manifest.name, registry)
            return ()
    except AudobonError as error:
        return (Need(error.message, error.hint),)
    if architecture is None or models_with(architecture, found.facts.kind, registry):
        return ()
    family = architecture.family
    pullable = [
        preset.name
        for preset in registry.presets.models.values()
        if preset.pull and family in (preset.name, preset.family)
    ]
    # The model that has the family's name is what most adapters of it were made for.
    base = next((name for name in pullable if name == family), pullable[0] if pullable else "")
    return (
        Need(
            f"{manifest.name} is a {found.facts.kind.value} for {architecture}, and no model here is of that kind",
            f"`audobon models pull {base}`" if base else "pull or add a model of that kind",
        ),
    )
