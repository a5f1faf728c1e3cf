"""What a model folder says of its networks, from configurations alone; weights need not be there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.models.files.model_index import read_index, read_object
from audobon_cli.models.files.safetensors_header import read_header

DENOISERS = ("transformer", "unet")
DECODERS = ("vae", "vqvae", "movq")
ENCODERS = ("text_encoder", "text_encoder_2", "text_encoder_3", "prior_text_encoder", "prior_prior")
"""In the order of their calls; Kandinsky 2.2's prior makes a picture's embedding of the text's."""
BESIDE = (
    *("safety_checker", "image_encoder", "prior_image_encoder"),
    *("projection_model", "duration_embedder", "language_model"),
)
"""Networks that lie in memory with the others but are in none of the forecast's stages: what is unused, or so small
that no stage peaks in it."""
BESIDE_CLASSES = ("transformers.ClapModel",)
"""The same by class: a text encoder of AudioLDM 2 that hears, too."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """One network: ``parameters`` and ``weights_bytes`` are those of its safetensors files, 0 without any."""

    name: str
    class_name: str
    config: Mapping[str, Any]
    parameters: int
    weights_bytes: int

    @property
    def quantisation(self) -> str:
        """How its file keeps weights: int8, nf4 or float8; empty for plain numbers."""
        kept = self.config.get("quantization_config")
        if not isinstance(kept, dict):
            return ""
        if kept.get("load_in_8bit"):
            return "int8"
        return "nf4" if kept.get("load_in_4bit") else ""


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """The networks of a folder by role, in the order of their calls. ``extra_parameters`` are of BESIDE;
    ``distilled`` is the pipeline's own word for a model that needs no guidance."""

    folder: Path
    pipeline: str
    encoders: tuple[NetworkConfig, ...]
    denoiser: NetworkConfig
    decoder: NetworkConfig
    extra_parameters: int
    distilled: bool = False
    vocoder: NetworkConfig | None = None
    """What makes samples of the spectrogram that the decoder gives."""


def read_folder_config(folder: Path) -> FolderConfig:
    """Read ``model_index.json`` and the networks' ``config.json``.

    Raises ModelNotFound, ModelUnsupported and ModelDamaged, as read_index does, and ModelDamaged for a
    folder without denoiser or decoder.
    """
    index = read_index(folder)
    networks = {
        name: _network(folder, name, f"{library}.{class_name}")
        for name, (library, class_name) in index.components.items()
        if (folder / name / "config.json").is_file()
    }
    denoiser = next((networks[name] for name in DENOISERS if name in networks), None)
    decoder = next((networks[name] for name in DECODERS if name in networks), None)
    if denoiser is None or decoder is None:
        raise ModelDamaged(
            f"The model {folder} has no configuration of its {'decoder' if denoiser else 'denoiser'}.",
            hint="copy or download the model again; the config.json of each component is enough for a plan",
            path=str(folder),
        )
    beside = {name for name in networks if name in BESIDE or networks[name].class_name in BESIDE_CLASSES}
    encoders = tuple(networks[name] for name in ENCODERS if name in networks and name not in beside)
    extra = sum(networks[name].parameters for name in beside)
    distilled = bool(index.settings.get("is_distilled"))
    vocoder = networks.get("vocoder")
    return FolderConfig(folder, index.pipeline, encoders, denoiser, decoder, extra, distilled, vocoder)


def _network(folder: Path, name: str, class_name: str) -> NetworkConfig:
    files = sorted((folder / name).glob("*.safetensors"))
    variants = {"".join(file.suffixes[:-1]) for file in files}
    # A folder with several variants of the same weights is loaded from one of them.
    chosen = [file for file in files if "".join(file.suffixes[:-1]) == min(variants)]
    if any("-of-" in file.name for file in files):
        chosen = [file for file in files if ".fp16" not in file.name] or files
    headers = [read_header(folder, file.relative_to(folder).as_posix()) for file in chosen]
    return NetworkConfig(
        name,
        class_name,
        read_object(folder, f"{name}/config.json"),
        sum(header.parameters for header in headers),
        sum(header.file_bytes for header in headers),
    )
