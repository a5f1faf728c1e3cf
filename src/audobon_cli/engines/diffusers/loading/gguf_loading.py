"""Denoisers out of GGUF files: packed in memory, and unpacked layer by layer while they are called."""

from pathlib import Path
from typing import Any

import torch


def load_gguf(
    network_class: Any, file: Path, config: Path, dtype: torch.dtype
) -> tuple[torch.nn.Module, list[str]]:
    """The network in ``file``, configured as the component's folder ``config``, and the names of weights that the
    file lacks. It computes in ``dtype``.

    Raises what diffusers raises; ImportError names the package gguf where it is not installed.
    """
    from diffusers import GGUFQuantizationConfig

    network = network_class.from_single_file(
        str(file),
        config=str(config),
        local_files_only=True,
        dtype=dtype,
        quantization_config=GGUFQuantizationConfig(compute_dtype=dtype),
    )
    missing = [name for name, weight in network.named_parameters() if weight.is_meta]
    return network, missing
