"""Networks out of a single file that holds a whole model in its first layout."""

from pathlib import Path
from typing import Any

import torch

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.engines.diffusers.loading.gguf_loading import load_gguf
from audobon_cli.models.files.checkpoint_layouts import recognise
from audobon_cli.models.files.checkpoint_marks import scheduler_settings
from audobon_cli.models.files.folder import ModelFiles
from audobon_cli.models.files.weight_header import GGUF_SUFFIX, read_weight_header


def parts_of(checkpoint: Path) -> tuple[str, ...]:
    """The pipeline's networks that the file holds."""
    found = recognise(read_weight_header(checkpoint.parent, checkpoint.name).shapes)
    return found.parts if found else ()


def settings_of(checkpoint: Path) -> dict[str, Any]:
    """What the file says of its scheduler, whatever the lending model's is."""
    header = read_weight_header(checkpoint.parent, checkpoint.name)
    found = recognise(header.shapes)
    return scheduler_settings(header, found.family) if found else {}


def load_checkpoint(
    pipeline_class: Any, checkpoint: Path, files: ModelFiles, wanted: set[str], dtype: torch.dtype
) -> dict[str, torch.nn.Module]:
    """The networks ``wanted`` out of the file, configured as those of the folder ``files``; no network is used.

    Raises ModelDamaged if weights are missing, and what diffusers raises.
    """
    if checkpoint.suffix == GGUF_SUFFIX:
        return _from_gguf(checkpoint, files, wanted, dtype)
    # What is not wanted from the file is passed as None, so that it is not looked for in it.
    others = {part.name: None for part in files.components if part.weights and part.name not in wanted}
    pipeline = pipeline_class.from_single_file(
        str(checkpoint), config=str(files.folder), local_files_only=True, dtype=dtype, **others
    )
    found: dict[str, torch.nn.Module] = {}
    for name in sorted(wanted):
        network = pipeline.components[name]
        _check(network, name, checkpoint)
        found[name] = network
    return found


def _from_gguf(
    checkpoint: Path, files: ModelFiles, wanted: set[str], dtype: torch.dtype
) -> dict[str, torch.nn.Module]:
    import diffusers

    found: dict[str, torch.nn.Module] = {}
    for part in files.components:
        if part.name in wanted:
            network_class = getattr(diffusers, part.class_name)
            found[part.name], _ = load_gguf(network_class, checkpoint, files.folder / part.name, dtype)
            _check(found[part.name], part.name, checkpoint)
    return found


def _check(network: torch.nn.Module, name: str, checkpoint: Path) -> None:
    missing = [key for key, weight in network.named_parameters() if weight.is_meta]
    if missing:
        raise ModelDamaged(
            f"The checkpoint {checkpoint} lacks {len(missing)} weights of {name}, such as {missing[0]}.",
            hint="get the file again",
            path=str(checkpoint),
        )
