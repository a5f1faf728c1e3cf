"""A single network on disk: a folder with a configuration and weights, or one file of weights."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelNotFound
from audobon_cli.models.files.folder import model_altered, weight_files
from audobon_cli.models.files.model_index import damaged, read_object
from audobon_cli.models.files.weight_header import read_weight_header
from audobon_cli.storage.digest_cache import DigestCache


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """``config`` is None for a single file; ``class_name`` then is empty. ``weights`` are relative to the
    folder; ``shapes`` maps every tensor to its shape."""

    path: Path
    config: dict[str, Any] | None
    class_name: str
    weights: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]]


def read_network(path: Path) -> NetworkFiles:
    """What lies at ``path``, from its configuration and headers. Raises ModelNotFound, ModelDamaged."""
    if path.is_file():
        header = read_weight_header(path.parent, path.name)
        return NetworkFiles(path, None, "", (path.name,), header.shapes)
    if not path.is_dir():
        raise ModelNotFound(f"There is no file or folder {path}.", hint="check the path", path=str(path))
    config = read_object(path, "config.json")
    architectures = config.get("architectures")
    class_name = config.get("_class_name") or (architectures[0] if isinstance(architectures, list) else "")
    shapes: dict[str, tuple[int, ...]] = {}
    weights = _weights(path)
    for weight in weights:
        shapes.update(read_weight_header(path, weight).shapes)
    return NetworkFiles(path, config, str(class_name), weights, shapes)


def network_digest(files: NetworkFiles, cache_file: Path | None) -> str:
    """SHA-256 of a single file; for a folder, over the sorted (name, SHA-256) pairs of what is loaded."""
    cache = DigestCache(cache_file)
    if files.config is None:
        digest = cache.digest(files.path)
        cache.save()
        return digest
    whole = hashlib.sha256()
    for name in sorted(("config.json", *files.weights)):
        whole.update(f"{name}\0{cache.digest(files.path / name)}\n".encode())
    cache.save()
    return whole.hexdigest()


def checkpoint_digest(
    base: str, file: Path, cache_file: Path | None, expected: Mapping[str, str] | None = None
) -> str:
    """SHA-256 over the digest of the lending model and that of the checkpoint ``file``. Raises ModelAltered if
    ``expected`` has another digest for the file, ModelDamaged if it cannot be read."""
    cache = DigestCache(cache_file)
    try:
        digest = cache.digest(file)
    except OSError as error:
        raise damaged(file.parent, file.name, f"cannot be read ({error.strerror})") from error
    cache.save()
    if (expected or {}).get(file.name, digest) != digest:
        raise model_altered(file.stem, file.parent, [file.name])
    return hashlib.sha256(f"{base}\0{digest}\n".encode()).hexdigest()


def _weights(folder: Path) -> tuple[str, ...]:
    for stem in ("diffusion_pytorch_model", "model"):
        for variant in (None, "fp16"):
            found = weight_files(folder.parent, folder.name, stem, variant)
            if found:
                return tuple(path.partition("/")[2] for path in found)
    raise damaged(folder, "diffusion_pytorch_model.safetensors", "is missing")
