"""Finding the files of adapters: by a path, or by a name among the pulled and added models."""

import hashlib
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import AdapterFiles
from audobon_cli.domain.errors import (
    AdapterUnfit,
    AudobonError,
    ModelDamaged,
    ModelNotFound,
    ModelUnsupported,
)
from audobon_cli.models.files.folder import PICKLED, model_altered
from audobon_cli.models.files.model_index import INDEX_FILE, is_model_folder
from audobon_cli.models.files.safetensors_header import SafetensorsHeader, read_header
from audobon_cli.models.files.weight_header import SUFFIXES, read_weight_header
from audobon_cli.models.files.weight_kinds import (
    WeightFacts,
    WeightKind,
    embedding_words,
    image_encoder_width,
    image_encoder_widths,
    weight_facts,
)
from audobon_cli.models.loras.scaling import config_beside
from audobon_cli.models.loras.sizes import change_sizes
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, refuse_pickled
from audobon_cli.presets.catalog import nearest
from audobon_cli.storage.digest_cache import DigestCache

CONFIG_FILE = "config.json"
IMAGE_ENCODER = "image_encoder"
IMAGE_ENCODER_PLACES = (IMAGE_ENCODER, f"../{IMAGE_ENCODER}", f"../models/{IMAGE_ENCODER}")
"""Where an IP-Adapter's image encoder lies, seen from its weights: the layouts of h94/IP-Adapter."""

FOLDER_WEIGHTS = (
    "diffusion_pytorch_model",
    "model",
    "pytorch_lora_weights",
    "adapter_model",
    "learned_embeds",
    "ip-adapter",
)
"""Beginnings of the names that libraries give the weights of adapters that are folders, best first."""


OPTIONS = {
    WeightKind.LORA: "--lora",
    WeightKind.EMBEDDING: "--embedding",
    WeightKind.CONTROLNET: "--control-model",
    WeightKind.IP_ADAPTER: "--reference-model",
}
"""The kinds that are added to a model, and how."""


@dataclass(frozen=True, slots=True)
class FoundAdapter:
    """Weights that are on this disk, with what their header says. ``weights`` is the .safetensors file;
    ``manifest`` is None for a path."""

    name: str
    weights: Path
    header: SafetensorsHeader
    facts: WeightFacts
    manifest: Manifest | None = None

    @property
    def changes(self) -> tuple[str, ...]:
        """Of a LoRA: see change_sizes."""
        return change_sizes(self.header.shapes) if self.facts.kind is WeightKind.LORA else ()

    @property
    def words(self) -> tuple[str, ...]:
        """Of an embedding the words that call it: those in its file, or where it holds none, the file's name."""
        if self.facts.kind is not WeightKind.EMBEDDING:
            return ()
        return embedding_words(self.header.shapes) or (self.name,)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that loading it reads."""
        config = self.weights.parent / CONFIG_FILE
        own = (self.weights, config) if self.is_folder else (self.weights,)
        if self.facts.kind is WeightKind.LORA and (scales := config_beside(self.weights)) is not None:
            return (*own, scales)
        encoder = self.image_encoder
        if encoder is None:
            return own
        return (*own, *sorted(p for p in encoder.iterdir() if p.suffix in (".json", ".safetensors")))

    @property
    def is_adapter(self) -> bool:
        """Whether it adds to a model; else it is a model itself, or a part of one."""
        return self.facts.kind in OPTIONS

    @property
    def is_folder(self) -> bool:
        """Whether a configuration lies beside the weights."""
        return self.facts.kind is WeightKind.CONTROLNET and (self.weights.parent / CONFIG_FILE).is_file()

    @property
    def image_encoder(self) -> Path | None:
        """The folder of the image encoder that an IP-Adapter was made for, if it is there."""
        if self.facts.kind is not WeightKind.IP_ADAPTER:
            return None
        wanted = image_encoder_width(self.header.shapes)
        for place in IMAGE_ENCODER_PLACES:
            folder = (self.weights.parent / place).resolve()
            if (folder / CONFIG_FILE).is_file():
                header = read_header(folder, weights_in(folder).name)
                if wanted in set(image_encoder_widths(header.shapes)):
                    return folder
        return None


def find_adapter(reference: str, registry: ModelRegistry) -> FoundAdapter:
    """The weights called ``reference``: a path, or a name among the models. Reads the header only.

    Raises ModelNotFound, AdapterUnfit for whole models, InvalidInput for pickled files, ModelUnsupported for
    folders without weights of an adapter, ModelDamaged for a file that is cut off or is no safetensors file.
    """
    refuse_pickled(reference)
    manifest = registry.manifests.get(reference)
    if manifest is not None and manifest.is_weights:
        return found_in_registry(manifest)
    path = Path(reference).expanduser().absolute()
    if manifest is not None or (path.is_dir() and is_model_folder(path)):
        raise AdapterUnfit(
            f"{reference} is a whole model, not something that is added to one.",
            hint="give it with --model, or where it is to draw the last steps, with --refiner",
            adapter=reference,
        )
    if not path.exists():
        known = [adapter.name for adapter in registered_adapters(registry)]
        near = nearest(reference, known)
        hint = "`audobon models list` shows what is at hand; `audobon models pull https://…` fetches more"
        raise ModelNotFound(
            f"Nothing on the shelf is called {reference!r}, and there is no file of that path.",
            hint=f"did you mean {' or '.join(near)}?" if near else hint,
            model=reference,
            nearest=near,
        )
    return _inspect(path.stem if path.is_file() else path.name, weights_in(path), None)


def adapter_at(path: Path) -> FoundAdapter | None:
    """The adapter that the file or folder ``path`` is; None for whole models and for parts of models.

    Raises InvalidInput for a pickled file, ModelDamaged or ModelUnsupported for a file of another kind.
    """
    if path.is_dir():
        if is_model_folder(path):
            return None
        try:
            weights = weights_in(path)
        except ModelUnsupported:
            return None
    else:
        weights = weights_in(path)
    found = _inspect(path.stem if path.is_file() else path.name, weights, None)
    return found if found.is_adapter else None


def refuse_adapter(found: FoundAdapter) -> None:
    """Raise AdapterUnfit if ``found``, named as a model, is what is added to one."""
    if found.is_adapter:
        kind = found.facts.kind
        raise AdapterUnfit(
            f"{found.name} is no model, but a {kind.value} to be added to one.",
            hint=f"choose another --model, and give this with {OPTIONS[kind]}",
            adapter=found.name,
            kind=kind.value,
        )


def found_in_registry(manifest: Manifest) -> FoundAdapter:
    """The adapter that ``manifest`` records. Raises as find_adapter, and ModelAltered if it was found
    damaged."""
    folder = Path(manifest.folder)
    if manifest.damaged:
        raise model_altered(manifest.name, folder, manifest.damaged)
    names = [file.path for file in manifest.files if file.path.endswith(SUFFIXES)]
    own = [name for name in names if Path(name).parent.name != IMAGE_ENCODER]
    return _inspect(manifest.name, folder / own[0] if own else weights_in(folder), manifest)


def registered_adapters(registry: ModelRegistry) -> tuple[FoundAdapter, ...]:
    """All pulled and added weights that are no whole models. Those that cannot be read are passed over."""
    found = []
    for manifest in registry.manifests.all():
        if any(file.path == INDEX_FILE for file in manifest.files):
            continue
        try:
            found.append(found_in_registry(manifest))
        except AudobonError:
            continue
    return tuple(found)


def weights_in(path: Path) -> Path:
    """The weights of the adapter at ``path``, a file or folder. Raises ModelUnsupported without any."""
    if path.is_file():
        refuse_pickled(path.name)
        return path
    if not path.is_dir():
        raise ModelUnsupported(
            f"{path} is neither a file nor a folder.", hint="name the file or folder of an adapter"
        )
    files = sorted(path.glob("*.safetensors"))
    for beginning in FOLDER_WEIGHTS:
        named = [file for file in files if file.name.startswith(beginning)]
        if named:
            files = named
            break
    if len(files) == 1:
        return files[0]
    for file in sorted(path.iterdir()):
        if not files and file.suffix in PICKLED:
            refuse_pickled(file.name)
    if files:
        raise ModelUnsupported(
            f"{path} holds {len(files)} files of weights.", hint=f"name one of them, such as {files[0]}"
        )
    raise ModelUnsupported(
        f"{path} holds no weights (.safetensors).", hint="name the file or folder of an adapter"
    )


def check_digest(adapter: FoundAdapter, registry: ModelRegistry) -> AdapterFiles:
    """The files of ``adapter`` with the digest of what they hold now; hashed once, see DigestCache.

    Raises ModelAltered if one is not what was pulled or added, ModelDamaged if one cannot be read.
    """
    cache = DigestCache(registry.digest_cache)
    folder = Path(adapter.manifest.folder) if adapter.manifest else adapter.weights.parent
    recorded = {folder / f.path: f.sha256 for f in adapter.manifest.files} if adapter.manifest else {}
    digests = []
    for path in adapter.files:
        try:
            digest = cache.digest(path)
        except OSError as error:
            raise ModelDamaged(
                f"The file {path} cannot be read: {error.strerror}.",
                hint="check its permissions, or copy it again",
                path=str(path),
            ) from error
        if recorded.get(path, digest) != digest:
            raise model_altered(adapter.name, folder, [path.name])
        digests.append(digest)
    cache.save()
    whole = digests[0]
    if len(digests) > 1:
        lines = (f"{path.name}\0{digest}\n" for path, digest in zip(adapter.files, digests, strict=True))
        whole = hashlib.sha256("".join(lines).encode()).hexdigest()
    place = adapter.weights.parent if adapter.is_folder else adapter.weights
    return AdapterFiles(adapter.name, place, whole, adapter.image_encoder)


def _inspect(name: str, weights: Path, manifest: Manifest | None) -> FoundAdapter:
    if weights.suffix not in SUFFIXES:
        raise ModelUnsupported(
            f"{weights} is not a .safetensors file.", hint="name the .safetensors file of an adapter"
        )
    header = read_weight_header(weights.parent, weights.name)
    return FoundAdapter(name, weights, header, weight_facts(header), manifest)
