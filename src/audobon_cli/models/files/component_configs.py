"""What a model folder says of its networks, from configurations alone; weights need not be there."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.models.files.model_index import damaged, read_index, read_object
from audobon_cli.models.files.safetensors_header import SafetensorsHeader, read_header
from audobon_cli.models.files.single_network import CONFIG_FILE, MUSICGEN, WHOLE

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
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """All configurations that there are, by component, as ModelFiles has them."""
    whole: bool = False
    """It is one network of transformers, of which the parts cannot be moved apart."""


def read_folder_config(folder: Path) -> FolderConfig:
    """Read ``model_index.json`` and the networks' ``config.json``.

    Raises ModelNotFound, ModelUnsupported and ModelDamaged, as read_index does, and ModelDamaged for a
    folder without denoiser or decoder.
    """
    index = read_index(folder)
    if index.pipeline == MUSICGEN:
        return _musicgen(folder)
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
    configs = {name: network.config for name, network in networks.items()}
    return FolderConfig(
        folder, index.pipeline, encoders, denoiser, decoder, extra, distilled, vocoder, configs
    )


MUSICGEN_PARTS = {
    "text_encoder": "transformers.T5EncoderModel",
    "decoder": "transformers.MusicgenForCausalLM",
    "audio_encoder": "transformers.EncodecModel",
}
"""The networks within MusicGen's, by the name under which its one configuration and its weights have them."""


def _musicgen(folder: Path) -> FolderConfig:
    """The parts of MusicGen: a text encoder, the language model that makes codes, and the codec that plays them."""
    config = read_object(folder, CONFIG_FILE)
    headers = _headers(folder, folder)
    parts = []
    for name, class_name in MUSICGEN_PARTS.items():
        own = config.get(name)
        if not isinstance(own, dict):
            raise damaged(folder, CONFIG_FILE, f"has no {name}")
        parameters = _parameters(headers, f"{name}.")
        parts.append(NetworkConfig(name, class_name, own, parameters, 0))
    text, decoder, codec = parts
    # What takes the text's states to the width of the language model, where they differ, belongs to none of them.
    extra = _parameters(headers, "") - sum(part.parameters for part in parts)
    return FolderConfig(folder, MUSICGEN, (text,), decoder, codec, extra, configs={WHOLE: config}, whole=True)


def _parameters(headers: Sequence[SafetensorsHeader], prefix: str) -> int:
    """How many numbers the tensors have whose names begin so."""
    shapes = [header.shapes for header in headers]
    return sum(math.prod(shape) for one in shapes for name, shape in one.items() if name.startswith(prefix))


def _headers(folder: Path, place: Path) -> list[SafetensorsHeader]:
    """Those of the weights in ``place``, a folder of the model's; none where it holds none."""
    files = sorted(place.glob("*.safetensors"))
    variants = {"".join(file.suffixes[:-1]) for file in files}
    # A folder with several variants of the same weights is loaded from one of them.
    chosen = [file for file in files if "".join(file.suffixes[:-1]) == min(variants)]
    if any("-of-" in file.name for file in files):
        chosen = [file for file in files if ".fp16" not in file.name] or files
    return [read_header(folder, file.relative_to(folder).as_posix()) for file in chosen]


def _network(folder: Path, name: str, class_name: str) -> NetworkConfig:
    headers = _headers(folder, folder / name)
    return NetworkConfig(
        name,
        class_name,
        read_object(folder, f"{name}/config.json"),
        sum(header.parameters for header in headers),
        sum(header.file_bytes for header in headers),
    )
