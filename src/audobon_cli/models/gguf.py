"""GGUF files: whether one can be a model's denoiser, what it takes, and which of those at hand fit a model.

They hold a transformer alone, its matrices packed into few bits. Diffusers loads them by ``from_single_file``.
"""

import importlib.util
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.errors import AudobonError, ModelUnsupported
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.models.files.checkpoint_layouts import mismatch, recognise
from audobon_cli.models.files.components import NetworkFiles, network_digest, read_network
from audobon_cli.models.files.gguf_header import GgufHeader, read_gguf_header
from audobon_cli.models.files.gguf_types import UNPACKED, UNPACKING_BYTES, Packing
from audobon_cli.models.files.weight_header import GGUF_SUFFIX
from audobon_cli.models.registry import ModelRegistry

DENOISER = "transformer"
PACKAGE = "gguf"

CLASSES = {
    "flux": "FluxTransformer2DModel",
    "flux-schnell": "FluxTransformer2DModel",
    "sd3": "SD3Transformer2DModel",
}
"""The networks of the families whose first layout is known."""


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A GGUF file at hand: its name among the models, and how it keeps the weights."""

    name: str
    path: Path
    packing: Packing


def is_gguf(path: Path | None) -> bool:
    """Whether the name is that of a GGUF file."""
    return path is not None and path.suffix == GGUF_SUFFIX


def need_package() -> None:
    """Raise ModelUnsupported where the package that reads GGUF files is not installed."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise ModelUnsupported(
            f"GGUF files are read with the package {PACKAGE}, which is not installed.",
            hint="pip install 'audobon-cli[gguf]'",
        )


def read_packed(file: Path) -> tuple[GgufHeader, Packing]:
    """The header of a GGUF file that diffusers can load, and how it keeps weights.

    Raises ModelDamaged, and ModelUnsupported for a type or a tensor that diffusers cannot unpack.
    """
    header = read_gguf_header(file)
    packed = [tensor for tensor in header.tensors if tensor.kind not in UNPACKED]
    unknown = sorted({tensor.kind for tensor in packed} - set(UNPACKING_BYTES))
    if unknown:
        raise _unsupported(file, f"keeps weights as {', '.join(unknown)}, which diffusers cannot unpack")
    odd = next((tensor.name for tensor in packed if len(tensor.shape) != 2), None)
    if odd is not None:
        raise _unsupported(file, f"packs {odd}, which is no matrix: diffusers unpacks matrices alone")
    counts: dict[str, int] = {}
    for tensor in packed:
        counts[tensor.kind] = counts.get(tensor.kind, 0) + tensor.count
    return header, Packing(
        kind=max(counts, key=lambda kind: counts[kind], default="F16"),
        elements=sum(counts.values()),
        size_bytes=sum(tensor.size_bytes for tensor in packed),
        unpacking_bytes=max((UNPACKING_BYTES[kind] for kind in counts), default=0.0),
    )


def file_mismatch(file: Path, name: str, own: NetworkFiles) -> str:
    """Why the GGUF ``file`` cannot take the place of the network ``own``, the component ``name``; "" if it can.

    Raises as read_packed.
    """
    if name != DENOISER:
        return f"a GGUF file can be a {DENOISER}, and not a {name}"
    header, _ = read_packed(file)
    return _mismatch(header, own.class_name, own.config or {}, dict(own.shapes))


def _mismatch(
    header: GgufHeader, class_name: str, config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> str:
    if set(header.shapes) >= set(shapes):
        wrong = next((key for key, shape in shapes.items() if header.shapes[key] != shape), None)
        return f"its {wrong} has another shape" if wrong else ""
    found = recognise(header.shapes)
    if found is not None:
        known = CLASSES.get(found.family, "another network")
        if known != class_name:
            return f"it is a {known} ({found.family}), and a {class_name} is needed"
        why = mismatch(header.shapes, found.family, config)
        if why:
            return why
    theirs, ours = (sum(map(math.prod, of.values())) for of in (header.shapes, shapes))
    if theirs != ours:
        said = f"it calls itself {header.architecture}, " if header.architecture else ""
        return f"{said}it has {theirs:,} weights, and a {class_name} of {ours:,} is needed"
    return ""


def fits_config(file: Path, family: str, class_name: str, config: Mapping[str, Any]) -> bool:
    """Whether ``file`` is the denoiser of a model of that family and configuration, whose weights are not here.
    Raises as read_packed."""
    header, _ = read_packed(file)
    found = recognise(header.shapes)
    if found is None or found.family != family or CLASSES.get(family) != class_name:
        return False
    return not mismatch(header.shapes, family, config)


def files_for(model: Model, registry: ModelRegistry) -> tuple[GgufFile, ...]:
    """The GGUF registered files that can be the denoiser of ``model``. Reads headers only; files that cannot be
    read are passed over."""
    files = list(registered_files(registry))
    if not files or not (model.folder / DENOISER).is_dir():
        return ()
    own = read_network(model.folder / DENOISER)
    return tuple(file for file in files if not file_mismatch(file.path, DENOISER, own))


def files_like(
    family: str, class_name: str, config: Mapping[str, Any], registry: ModelRegistry
) -> tuple[GgufFile, ...]:
    """The registered files that fits_config."""
    return tuple(
        file for file in registered_files(registry) if fits_config(file.path, family, class_name, config)
    )


def gguf_named(reference: str, registry: ModelRegistry) -> Path | None:
    """The GGUF file that ``reference`` is the path of, or the name among the models; None for anything else."""
    manifest = registry.manifests.get(reference)
    named = Path(manifest.folder) / manifest.single_file if manifest else Path(reference).expanduser()
    return named.absolute() if is_gguf(named) and named.is_file() else None


def registered_files(registry: ModelRegistry) -> Iterator[GgufFile]:
    """All GGUF registered files that can be read."""
    for manifest in registry.manifests.all():
        file = Path(manifest.folder) / manifest.single_file
        if manifest.single_file and is_gguf(file) and not manifest.damaged:
            try:
                yield GgufFile(manifest.name, file, read_packed(file)[1])
            except AudobonError:
                continue


def own_packing(request: ResolvedRequest) -> Packing | None:
    """How the denoiser that was asked for keeps its weights; None where it is no GGUF file."""
    if is_gguf(request.model.checkpoint) and request.model.checkpoint is not None:
        return read_packed(request.model.checkpoint)[1]
    chosen = next((part.path for part in request.components if part.name == DENOISER), None)
    return read_packed(chosen)[1] if chosen is not None and is_gguf(chosen) else None


def as_component(file: GgufFile, model: Model, registry: ModelRegistry) -> ComponentChoice:
    """The choice of ``file`` as the denoiser of ``model``. Hashes the file once; see DigestCache."""
    own = read_network(model.folder / DENOISER)
    digest = network_digest(read_network(file.path), registry.digest_cache)
    return ComponentChoice(DENOISER, file.name, file.path, own.class_name, digest, (file.path.name,))


def _unsupported(file: Path, fact: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"The file {file} {fact}.",
        hint="get a file of another quantisation, such as Q8_0 or Q4_K_S",
        path=str(file),
    )
