"""LoRAs in a pipeline: loaded by diffusers through PEFT, weighted, and taken out again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audobon_cli.domain.adapters import Lora
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.engines.diffusers.adapters.loading import adapter_errors

UP_MARKS = ("lora_B", "lora_up", "lora.up", "_lora.up", "lora_linear_layer.up", "lokr_w1")
"""In the name of every second tensor of a LoRA: of those that lead back to the layer's width."""


def add_loras(pipeline: Any, loras: Sequence[Lora], device: str, listen: Listener) -> None:
    """Load ``loras`` and set their weights; sends Warned for one of which a part has no place in the model.

    Raises AdapterUnfit for one that does not fit or of which nothing has a place.
    """
    for number, lora in enumerate(loras):
        name = adapter_name(number)
        with adapter_errors(f"The LoRA {lora.files.name}", device):
            wanted, dropped = _tensors_in(pipeline, lora.files.path)
            pipeline.load_lora_weights(
                str(lora.files.path.parent),
                weight_name=lora.files.path.name,
                adapter_name=name,
                local_files_only=True,
                use_safetensors=True,
            )
        ignored = wanted - _layers_with(pipeline, name) + dropped
        if ignored:
            listen(
                Warned(
                    f"{ignored} of {wanted + dropped} layers in the LoRA {lora.files.name} have no place in "
                    "this model and are ignored."
                )
            )
    pipeline.set_adapters([adapter_name(n) for n in range(len(loras))], [lora.weight for lora in loras])


def check_takes_loras(pipeline: Any) -> None:
    """Raise AdapterUnfit unless diffusers can load LoRAs into pipelines of this class."""
    parts = [getattr(pipeline, part, None) for part in getattr(pipeline, "_lora_loadable_modules", ())]
    if not any(hasattr(part, "load_lora_adapter") for part in parts):
        raise AdapterUnfit(f"A {type(pipeline).__name__} takes no LoRA.", hint="leave out --lora")


def remove_loras(pipeline: Any) -> None:
    """Put the layers back that were there before the first LoRA."""
    pipeline.unload_lora_weights()


def adapter_name(number: int) -> str:
    """What the ``number``-th LoRA is called inside the model."""
    return f"lora{number}"


def _tensors_in(pipeline: Any, path: Path) -> tuple[int, int]:
    """How many layers the LoRA changes, in the names of ``pipeline``, and how many changes diffusers leaves
    out when it reads the file (the magnitudes of DoRA)."""
    from safetensors import safe_open

    more = {"unet_config": pipeline.unet.config} if hasattr(pipeline, "unet") else {}
    read = pipeline.lora_state_dict(
        str(path.parent), weight_name=path.name, local_files_only=True, use_safetensors=True, **more
    )
    converted = read[0] if isinstance(read, tuple) else read
    with safe_open(path, framework="pt") as file:
        dropped = sum("dora_scale" in key for key in file.keys())  # noqa: SIM118
    if any("dora_scale" in key for key in converted):
        dropped = 0
    return sum(any(mark in key for mark in UP_MARKS) for key in converted), dropped


def _layers_with(pipeline: Any, name: str) -> int:
    """How many layers of the pipeline's networks have the adapter ``name``."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    networks = [getattr(pipeline, part, None) for part in pipeline._lora_loadable_modules]
    return sum(
        isinstance(module, BaseTunerLayer) and name in module._get_available_adapters()
        for network in networks
        if network is not None
        for module in network.modules()
    )
