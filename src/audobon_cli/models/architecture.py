"""What adapters must fit to go with a model, read from the headers of its weights."""

from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError
from audobon_cli.domain.model import Model
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.model_index import INDEX_FILE
from audobon_cli.models.files.safetensors_header import read_header
from audobon_cli.models.files.weight_kinds import (
    Architecture,
    WeightKind,
    denoiser_architecture,
    embedding_architecture,
)
from audobon_cli.models.registry import ModelRegistry

DENOISERS = ("unet", "transformer")


@dataclass(frozen=True, slots=True)
class ModelArchitecture:
    """That of the denoiser and that of the text encoders; None where names and shapes do not tell."""

    denoiser: Architecture | None
    text: Architecture | None

    def for_kind(self, kind: WeightKind) -> Architecture | None:
        """The one that adapters of ``kind`` go with."""
        return self.text if kind is WeightKind.EMBEDDING else self.denoiser


def architecture_of(model: Model) -> ModelArchitecture:
    """The architecture of ``model``. Raises as inspect_model; reads headers only."""
    return _architecture(model.folder)


def models_with(architecture: Architecture, kind: WeightKind, registry: ModelRegistry) -> tuple[str, ...]:
    """The names of the models at hand that adapters of ``kind`` and ``architecture`` fit."""
    folders = {
        manifest.name: Path(manifest.folder)
        for manifest in registry.manifests.all()
        if any(file.path == INDEX_FILE for file in manifest.files)
    }
    folders |= {preset.name: preset.folder for preset in registry.presets.models.values() if preset.folder}
    fitting = []
    for name, folder in sorted(folders.items()):
        try:
            own = _architecture(folder).for_kind(kind)
            if own is not None and own.agrees_with(architecture):
                fitting.append(name)
        except AudobonError:
            continue  # one that cannot be used is not offered
    return tuple(fitting)


def _architecture(folder: Path) -> ModelArchitecture:
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    for part in inspect_model(folder).components:
        if part.name in DENOISERS or part.name.startswith("text_encoder"):
            shapes[part.name] = {
                name: shape
                for file in part.weights
                for name, shape in read_header(folder, file).shapes.items()
            }
    denoiser = next((shapes[name] for name in DENOISERS if name in shapes), None)
    texts = [shapes[name] for name in sorted(shapes) if name.startswith("text_encoder")]
    return ModelArchitecture(
        denoiser_architecture(denoiser) if denoiser is not None else None, embedding_architecture(*texts)
    )
