"""Networks out of a single file that holds a whole model in its first layout."""

from pathlib import Path
from typing import Any

import torch

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.stores.checkpoints import recognise
from audobon_cli.stores.model_files import ModelFiles
from audobon_cli.stores.safetensors_header import read_header


def parts_of(checkpoint: Path) -> tuple[str, ...]:
    """The pipeline's networks that the file holds."""
    found = recognise(read_header(checkpoint.parent, checkpoint.name).shapes)
    return found.parts if found else ()


def load_checkpoint(
    pipeline_class: Any, checkpoint: Path, files: ModelFiles, wanted: set[str], dtype: torch.dtype
) -> dict[str, torch.nn.Module]:
    """The networks ``wanted`` out of the file, configured as those of the folder ``files``; no network is used.

    Raises ModelDamaged if weights are missing, and what diffusers raises.
    """
    # What is not wanted from the file is passed as None, so that it is not looked for in it.
    others = {part.name: None for part in files.components if part.weights and part.name not in wanted}
    pipeline = pipeline_class.from_single_file(
        str(checkpoint), config=str(files.folder), local_files_only=True, dtype=dtype, **others
    )
    found: dict[str, torch.nn.Module] = {}
    for name in sorted(wanted):
        network = pipeline.components[name]
        missing = [key for key, weight in network.named_parameters() if weight.is_meta]
        if missing:
            raise ModelDamaged(
                f"The checkpoint {checkpoint} lacks {len(missing)} weights of {name}, such as {missing[0]}.",
                hint="get the file again",
                path=str(checkpoint),
            )
        found[name] = network
    return found
