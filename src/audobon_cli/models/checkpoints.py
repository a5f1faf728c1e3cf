"""Single-file checkpoints: which model at hand lends the configurations that the file does not hold."""

from collections.abc import Iterator
from pathlib import Path

from audobon_cli.domain.errors import AudobonError, ModelUnsupported
from audobon_cli.models.base_models import base_of
from audobon_cli.models.files.checkpoint_layouts import Checkpoint, mismatch, recognise
from audobon_cli.models.files.checkpoint_marks import unsupported_noise
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.model_index import read_object
from audobon_cli.models.files.weight_header import read_weight_header
from audobon_cli.models.files.weight_kinds import denoiser_architecture
from audobon_cli.models.registry import ModelRegistry


def find_base(file: Path, registry: ModelRegistry) -> tuple[Checkpoint, Path]:
    """What the checkpoint ``file`` is, and the folder of a model of its family and shape.

    Raises ModelDamaged for a broken file, ModelUnsupported for one of no known layout, or if no model at
    hand can lend what it lacks.
    """
    header = read_weight_header(file.parent, file.name)
    checkpoint = recognise(header.shapes)
    if checkpoint is None:
        raise ModelUnsupported(
            f"{file} is no checkpoint of a layout that is known here (Stable Diffusion 1 to 3.5, SDXL, FLUX.1).",
            hint="a single network goes with --vae or --component; a LoRA is no model by itself",
            path=str(file),
        )
    mark = unsupported_noise(header.shapes)
    if mark:
        raise ModelUnsupported(
            f"{file.name} was trained with noise of another kind (EDM, by its mark {mark}), which is not drawn here.",
            hint="use its diffusers folder, if its authors publish one",
            path=str(file),
            family=checkpoint.family,
        )
    why = f"there is no model of the family {checkpoint.family}"
    for name, folder in _candidates(checkpoint.family, registry):
        try:
            files = inspect_model(folder)
        except AudobonError:
            continue
        denoiser = checkpoint.parts[0]
        if denoiser not in {part.name for part in files.components}:
            continue
        mismatches = mismatch(
            header.shapes, checkpoint.family, read_object(folder, f"{denoiser}/config.json")
        )
        if not mismatches:
            return checkpoint, folder
        why = f"{name} does not fit: {mismatches}"
    lender = base_of(checkpoint.family, denoiser_architecture(header.shapes), registry.presets)
    raise ModelUnsupported(
        f"{file.name} is a checkpoint of the family {checkpoint.family}; it takes its configuration and "
        f"tokenizers from another model of its kind, and {why}.",
        hint=f"fetch one with `audobon models pull {lender.name}`"
        if lender
        else "add a diffusers folder of its kind",
        path=str(file),
        family=checkpoint.family,
        base=lender.name if lender else "",
    )


def _candidates(family: str, registry: ModelRegistry) -> Iterator[tuple[str, Path]]:
    for manifest in registry.manifests.all():
        if manifest.family == family and not manifest.single_file and not manifest.damaged:
            yield manifest.name, Path(manifest.folder)
    for preset in registry.presets.models.values():
        if preset.folder is not None and preset.family == family:
            yield preset.name, preset.folder
