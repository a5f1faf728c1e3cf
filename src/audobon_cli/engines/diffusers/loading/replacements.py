"""Loading the networks that a request puts in place of a pipeline's own."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.engines.diffusers.loading.gguf_loading import load_gguf
from audobon_cli.models.files.checkpoint_layouts import is_original_autoencoder
from audobon_cli.models.files.safetensors_header import read_header
from audobon_cli.models.files.weight_header import GGUF_SUFFIX


def load_replacement(
    network_class: Any, choice: ComponentChoice, own: Path, dtype: torch.dtype
) -> tuple[torch.nn.Module, list[str]]:
    """The network and the names of weights that its files lack. ``own`` is the folder of the component that
    it replaces, whose configuration a single file uses. Raises what the libraries raise."""
    if choice.path.is_dir():
        variant = "fp16" if ".fp16." in choice.weights[0] else None
        network, report = network_class.from_pretrained(
            str(choice.path),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            variant=variant,
            dtype=dtype,
            output_loading_info=True,
        )
        return network, sorted(report["missing_keys"])
    if choice.path.suffix == GGUF_SUFFIX:
        return load_gguf(network_class, choice.path, own, dtype)
    if is_original_autoencoder(read_header(choice.path.parent, choice.path.name).shapes):
        network = network_class.from_single_file(
            str(choice.path), config=str(own), local_files_only=True, dtype=dtype
        )
        return network, [name for name, weight in network.named_parameters() if weight.is_meta]
    return _from_plain_file(network_class, choice.path, own, dtype)


def _from_plain_file(
    network_class: Any, file: Path, own: Path, dtype: torch.dtype
) -> tuple[torch.nn.Module, list[str]]:
    """A network from a file that names its weights as the library does."""
    if hasattr(network_class, "load_config"):
        network = network_class.from_config(network_class.load_config(str(own)))
    else:
        network = network_class(network_class.config_class.from_pretrained(str(own), trust_remote_code=False))
    report = network.load_state_dict(load_file(file), strict=False)
    if report.unexpected_keys:
        raise ModelDamaged(
            f"The file {file} has weights that {network_class.__name__} does not know, such as "
            f"{report.unexpected_keys[0]}.",
            hint="check that it is a file for this component",
            path=str(file),
        )
    return network.to(dtype).eval(), sorted(report.missing_keys)
