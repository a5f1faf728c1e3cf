"""Model folders on disk: what is in them, whether they are whole, and their digest.

A model folder is what ``DiffusionPipeline.save_pretrained`` writes: ``model_index.json`` and a folder
for each component. Nothing here imports torch or diffusers: weights are judged by their safetensors
headers, which give every tensor's type, shape and place in the file.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelAltered, ModelDamaged, ModelUnsupported
from audobon_cli.domain.units import Size
from audobon_cli.models.files.model_index import (
    INDEX_FILE,
    PIPELINE_MODULES,
    check_text,
    damaged,
    read_index,
    read_object,
)
from audobon_cli.models.files.safetensors_header import read_header
from audobon_cli.models.files.single_network import WHOLE
from audobon_cli.storage.digest_cache import DigestCache

WEIGHT_NAMES = {
    "diffusers": "diffusion_pytorch_model",
    "transformers": "model",
    "stable_diffusion": "model",
    **dict.fromkeys(PIPELINE_MODULES, "diffusion_pytorch_model"),
}
"""File name stems that the ``save_pretrained`` of each library gives its weights."""

VOCABULARIES = (
    "tokenizer.json",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "tokenizer.model",
    "sentencepiece.bpe.model",
)
TEXTS = ("merges.txt", "vocab.txt")
"""Texts that tokenizers are made of where there is no tokenizer.json, which holds all of them."""
TEMPLATES = "*.jinja"
PICKLED = (".bin", ".ckpt", ".pt", ".pth")
READ_SUFFIXES = (".json", ".txt", ".model", ".safetensors", ".jinja")
SUMS_FILE = "SHA256SUMS"
NEVER_READ = ("README", "LICENSE", "NOTICE")


@dataclass(frozen=True, slots=True)
class ComponentFiles:
    """One component of a pipeline: its class and, if it is a network, its weights.

    ``weights`` are paths relative to the model folder, empty for schedulers, tokenizers and the like;
    ``dtypes`` are safetensors names (F32, F16, BF16 ...), sorted.
    """

    name: str
    library: str
    class_name: str
    weights: tuple[str, ...] = ()
    parameters: int = 0
    weights_bytes: int = 0
    dtypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What a model folder holds.

    ``variant`` is the infix of the weight files to load ("fp16", or None for the plain ones);
    ``native_size`` is a guess from the denoiser's sample size and the autoencoder's scale, None when
    they do not tell; ``channels`` is the decoder's number of output channels, 4 for RGBA; ``traits``
    are the single values in the configurations, as ``key`` (the index) or ``component.key``; ``configs`` are the
    networks' configurations themselves.
    """

    folder: Path
    pipeline: str
    components: tuple[ComponentFiles, ...]
    variant: str | None
    native_size: Size | None
    channels: int
    traits: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def is_single_network(self) -> bool:
        """Whether the model is one network, and no pipeline."""
        return any(part.name == WHOLE for part in self.components)

    @property
    def parameters(self) -> int:
        """Parameters of all components together."""
        return sum(part.parameters for part in self.components)

    @property
    def weights_bytes(self) -> int:
        """Bytes of all weight files together."""
        return sum(part.weights_bytes for part in self.components)

    @property
    def dtypes(self) -> tuple[str, ...]:
        """All tensor types in the weight files, sorted."""
        return tuple(sorted({dtype for part in self.components for dtype in part.dtypes}))


def inspect_model(folder: Path) -> ModelFiles:
    """Read a model folder's index, configurations and weight headers (not the weights).

    Raises ModelNotFound if there is no such folder; ModelDamaged, naming the file, if one is missing,
    truncated, padded or not readable; ModelUnsupported if it would run code of its own, has only
    pickled weights or is no diffusers folder. Takes some ten milliseconds.
    """
    index = read_index(folder)
    variant = _find_variant(folder, index.components)
    components = tuple(
        ComponentFiles(name, library, class_name)
        if index.may_be_absent(name) and not (folder / name).exists()
        else _read_component(folder, name, library, class_name, variant)
        for name, (library, class_name) in index.components.items()
    )
    networks = [part.name for part in components if part.weights]
    configs = {name: read_object(folder, f"{name}/config.json") for name in networks}
    vae = configs.get("vae") or configs.get("movq") or {}
    traits = dict(index.settings)
    for name, config in configs.items():
        values = {f"{name}.{key}": value for key, value in config.items()}
        traits |= {key: value for key, value in values.items() if isinstance(value, bool | int | float | str)}
    denoiser = configs.get("unet") or configs.get("transformer") or {}
    return ModelFiles(
        folder=folder,
        pipeline=index.pipeline,
        components=components,
        variant=variant,
        native_size=_native_size(denoiser, vae),
        channels=int(vae.get("out_channels") or 3),
        traits=traits,
        configs=configs,
    )


def model_digest(
    folder: Path, cache_file: Path | None = None, expected: Mapping[str, str] | None = None
) -> str:
    """SHA-256 over the sorted (relative path, SHA-256) pairs of all files that loading may read.

    READMEs, pictures, licences and weights in formats that are never loaded are left out, so that they
    can come and go. Digests of files are kept in ``cache_file``, keyed by path, size, times and
    inode (see DigestCache); a missing, broken or unwritable cache only costs the time to hash again.

    ``expected`` maps relative paths to the SHA-256 that they must have; files it does not name may be
    there. Raises ModelDamaged if the index or a file cannot be read, ModelAltered if a digest differs.
    """
    expected = expected or {}
    altered = []
    cache = DigestCache(cache_file)
    whole = hashlib.sha256()
    for path in sorted(loaded_files(folder), key=lambda file: file.relative_to(folder).as_posix()):
        relative = path.relative_to(folder).as_posix()
        try:
            digest = cache.digest(path)
        except OSError as error:
            raise damaged(folder, relative, f"cannot be read ({error.strerror})") from error
        if expected.get(relative, digest) != digest:
            altered.append(relative)
        whole.update(f"{relative}\0{digest}\n".encode())
    cache.save()
    if altered:
        raise model_altered(folder.name, folder, altered)
    return whole.hexdigest()


def shipped_digests(folder: Path) -> dict[str, str]:
    """SHA-256 by path from the folder's own list, as ``sha256sum`` writes it; empty where there is none."""
    try:
        lines = (folder / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines) if path}


def model_altered(name: str, folder: Path, paths: Sequence[str]) -> ModelAltered:
    """The error for files of ``folder`` that are not what was pulled or added."""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return ModelAltered(
        f"{folder / paths[0]}{more} is not the file that was pulled or added: it is damaged or was changed.",
        hint="`audobon models verify` names every such file; `audobon models pull` fetches them again",
        model=name,
        path=str(folder),
        files=list(paths),
    )


def loaded_files(folder: Path) -> Iterator[Path]:
    """Every file of the folder that loading may read. Raises as read_index."""
    index = read_index(folder)
    if index.file == INDEX_FILE:
        yield folder / INDEX_FILE
    for name in index.components:
        if index.may_be_absent(name) and not (folder / name).exists():
            continue
        try:
            paths = list((folder / name).iterdir())
        except OSError as error:
            raise damaged(folder, name, f"cannot be read ({error.strerror})") from error
        for path in paths:
            if path.suffix in READ_SUFFIXES and path.stem.upper() not in NEVER_READ and path.is_file():
                yield path


def config_name(class_name: str) -> str:
    """The configuration file that a component of this class must have."""
    if class_name.endswith("Scheduler"):
        return "scheduler_config.json"
    if "Tokenizer" in class_name:
        return "tokenizer_config.json"
    if class_name.endswith(("Processor", "FeatureExtractor", "ImageProcessorFast", "ImageProcessorPil")):
        return "preprocessor_config.json"
    return "config.json"


def _find_variant(folder: Path, components: dict[str, tuple[str, str]]) -> str | None:
    """The infix fp16 if some network has its safetensors weights only under that, else None."""
    for name, (library, class_name) in components.items():
        stem = WEIGHT_NAMES[library]
        plain = config_name(class_name) != "config.json" or weight_files(folder, name, stem, None)
        if not plain and weight_files(folder, name, stem, "fp16"):
            return "fp16"
    return None


def weight_files(folder: Path, name: str, stem: str, variant: str | None) -> tuple[str, ...]:
    """The weight files of a component that loading ``variant`` reads, relative to the folder.

    Raises ModelDamaged if a shard that the index names is missing.
    """
    infix = f".{variant}" if variant else ""
    if (folder / name / f"{stem}{infix}.safetensors").is_file():
        return (f"{name}/{stem}{infix}.safetensors",)
    index = f"{name}/{stem}.safetensors.index{infix}.json"
    if not (folder / index).is_file():
        return ()
    places = read_object(folder, index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise damaged(folder, index, "has no weight_map")
    shards = tuple(sorted({f"{name}/{place}" for place in places.values()}))
    for shard in shards:
        if not (folder / shard).is_file():
            raise damaged(folder, shard, "is missing, though the index names it")
    return shards


def _read_component(
    folder: Path, name: str, library: str, class_name: str, variant: str | None
) -> ComponentFiles:
    if not (folder / name).is_dir():
        raise damaged(folder, name, "is missing, though model_index.json names it")
    config = config_name(class_name)
    for path in sorted({folder / name / config, *(folder / name).glob("*.json")}):
        read_object(folder, path.relative_to(folder).as_posix())
    for path in _texts(folder / name):
        check_text(folder, path.relative_to(folder).as_posix())
    if config == "tokenizer_config.json" and not any((folder / name / v).is_file() for v in VOCABULARIES):
        raise damaged(folder, f"{name}/tokenizer.json", "is missing")
    if config != "config.json":
        return ComponentFiles(name, library, class_name)

    stem = WEIGHT_NAMES[library]
    weights = weight_files(folder, name, stem, variant) or weight_files(folder, name, stem, None)
    if not weights:
        raise _no_weights(folder, name, stem)
    headers = [read_header(folder, weight) for weight in weights]
    return ComponentFiles(
        name=name,
        library=library,
        class_name=class_name,
        weights=weights,
        parameters=sum(header.parameters for header in headers),
        weights_bytes=sum(header.file_bytes for header in headers),
        dtypes=tuple(sorted({dtype for header in headers for dtype in header.dtypes})),
    )


def _texts(place: Path) -> Iterator[Path]:
    """The texts of a component that its library reads."""
    yield from sorted(place.glob(TEMPLATES))
    if not (place / "tokenizer.json").is_file():
        yield from (place / name for name in TEXTS if (place / name).is_file())


def _no_weights(folder: Path, name: str, stem: str) -> ModelDamaged | ModelUnsupported:
    pickled = sorted(path.name for path in (folder / name).iterdir() if path.suffix in PICKLED)
    if pickled:
        return ModelUnsupported(
            f"The weights {folder / name / pickled[0]} are pickled: loading them could run any code, "
            "so only safetensors files are loaded.",
            hint="get the model's safetensors files, or convert these, reading nothing but tensors: "
            f"`audobon models add {folder} --allow-pickle`",
            path=str(folder),
            file=f"{name}/{pickled[0]}",
        )
    return damaged(folder, f"{name}/{stem}.safetensors", "is missing")


def _native_size(denoiser: dict[str, Any], vae: dict[str, Any]) -> Size | None:
    """Pixels: the denoiser's ``sample_size`` times 2 for each halving in the autoencoder."""
    sample = denoiser.get("sample_size")
    sides = sample if isinstance(sample, list) else [sample, sample]
    if len(sides) != 2:
        return None
    height, width = sides
    if not (isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0):
        return None
    channels = vae.get("block_out_channels")
    if not isinstance(channels, list) or not channels:
        return None
    scale = 2 ** (len(channels) - 1)
    return Size(width * scale, height * scale)
