"""LoRAs in a pipeline: read layer by layer, weighted, and taken out again."""

from collections.abc import Callable, Sequence
from typing import Any

from audobon_cli.domain.adapters import Lora
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.engines.diffusers.adapters.loading import adapter_errors
from audobon_cli.engines.diffusers.loras.changes import LayerPatch
from audobon_cli.engines.diffusers.loras.reading import LayerKey, LoraChanges, PipelineLayers, read_changes
from audobon_cli.engines.diffusers.memory.device import DevicePlacement


def add_loras(
    pipeline: Any, loras: Sequence[Lora], placement: DevicePlacement, listen: Listener
) -> Callable[[], None]:
    """Let ``loras`` change the layers of ``pipeline``, each by its weight, and return what ends it; sends Warned for
    one of which a part has no place in the model or no effect.

    Raises AdapterUnfit for one that does not fit, that needs what is not computed here, or of which nothing has a
    place; then nothing was changed.
    """
    layers = PipelineLayers.of(pipeline)
    patches: dict[LayerKey, LayerPatch] = {}
    for lora in loras:
        with adapter_errors(f"The LoRA {lora.files.name}", placement.device):
            found = read_changes(lora.files.path, lora.files.name, layers)
            for key, change in found.changes.items():
                ready = change.to(layers.modules[key], placement.device, placement.dtype)
                patches.setdefault(key, LayerPatch()).changes.append((ready, lora.weight))
        _tell(lora.files.name, found, listen)
    ends = [patch.attach(layers.modules[key]) for key, patch in patches.items()]

    def remove() -> None:
        for end in ends:
            end()

    return remove


def check_takes_loras(pipeline: Any) -> None:
    """Raise AdapterUnfit unless diffusers can load LoRAs into pipelines of this class."""
    parts = [getattr(pipeline, part, None) for part in getattr(pipeline, "_lora_loadable_modules", ())]
    if not any(hasattr(part, "load_lora_adapter") for part in parts):
        raise AdapterUnfit(f"A {type(pipeline).__name__} takes no LoRA.", hint="leave out --lora")


def _tell(name: str, found: LoraChanges, listen: Listener) -> None:
    """Say what of the LoRA has no effect."""
    for layers, fact in (
        (found.homeless, "have no place in this model and are ignored"),
        (found.doubled, "are there a second time, in parts, and only those count"),
        (found.silent, "say themselves, by an alpha of 0, that they have no effect"),
    ):
        if layers:
            listen(Warned(f"{len(layers)} of {found.total} layers in the LoRA {name} {fact}."))
