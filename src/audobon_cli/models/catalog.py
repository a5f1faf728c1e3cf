"""The models that a request can name: those with a short name, pulled and added ones, and folders."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audobon_cli.domain.capabilities import UNKNOWN_FAMILY, Option
from audobon_cli.domain.errors import AudobonError, ModelNotFound
from audobon_cli.domain.media import SOUND
from audobon_cli.domain.model import LOCAL_ENGINE, AlphaMode, Model, SizeRule
from audobon_cli.models.adapter_files import (
    FoundAdapter,
    check_digest,
    find_adapter,
    found_in_registry,
    refuse_adapter,
)
from audobon_cli.models.architecture import models_with
from audobon_cli.models.checkpoints import find_base
from audobon_cli.models.files.folder import (
    ModelFiles,
    inspect_model,
    loaded_files,
    model_altered,
    model_digest,
    shipped_digests,
)
from audobon_cli.models.files.sound_rules import sound_rule
from audobon_cli.models.files.weight_header import SUFFIXES
from audobon_cli.models.gguf import is_gguf, need_package, read_packed
from audobon_cli.models.refused import refuse_known
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.schedulers import schedulers_for
from audobon_cli.models.source import Manifest, ManifestFile
from audobon_cli.models.without_files import family_of, model_without_files
from audobon_cli.presets.catalog import Family, ModelPreset, Presets, nearest
from audobon_cli.storage.digest_cache import DigestCache


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model in a list.

    ``state`` is ready, damaged or not pulled; ``problem`` says why it cannot be used now, empty when it
    can. ``folder`` is None and ``size_bytes`` 0 for what is not here; ``download_bytes`` is about what
    pulling it would fetch. ``kind`` is model, or what the weights are: LoRA, ControlNet … (see
    models.files.weight_kinds.WeightKind). ``source`` is built-in, own (a preset of the user's) or where it came from.
    """

    name: str
    family: str
    description: str
    licence: str
    folder: Path | None
    size_bytes: int
    source: str
    problem: str
    state: str
    commit: str = ""
    download_bytes: int = 0
    download_at_least: int = 0
    """Where ``download_bytes`` is not known: see ModelPreset."""
    kind: str = "model"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "folder": None if self.folder is None else str(self.folder)}


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model with what its files say. ``digest`` covers every file that loading reads, which ``contents``
    are; a single weight file or adapter has ``weights`` in place of ``model`` and ``files``, and in ``fits`` the
    models at hand that it goes with. ``manifest`` is None for what was not pulled."""

    manifest: Manifest | None
    digest: str
    model: Model | None = None
    files: ModelFiles | None = None
    contents: tuple[ManifestFile, ...] = ()
    weights: FoundAdapter | None = None
    fits: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    schedulers: tuple[str, ...] = ()


def list_models(registry: ModelRegistry) -> tuple[ModelSummary, ...]:
    """All models with a short name and all pulled and added ones. Reads sizes and headers, not weights."""
    found = {preset.name: _summary(preset) for preset in registry.presets.models.values()}
    found |= {
        manifest.name: _pulled_summary(manifest, registry.presets) for manifest in registry.manifests.all()
    }
    return tuple(found[name] for name in sorted(found))


def find_model(reference: str, registry: ModelRegistry) -> Model:
    """The model with the short name ``reference``, or in the folder of that path, ready to be run.

    Raises ModelNotFound with the nearest names, ModelDamaged, ModelAltered for one that a verification
    found to differ from what was pulled, or ModelUnsupported for what this version cannot run. A pipeline of
    no known family is of the family ``unknown``.
    """
    return _find(reference, registry)


def show_model(reference: str, registry: ModelRegistry) -> ModelDetails:
    """A model with its components and digest. Hashes every file the first time; see model_digest."""
    manifest = registry.manifests.get(reference)
    if manifest is not None and manifest.is_weights:
        weights = found_in_registry(manifest)
        return ModelDetails(
            manifest,
            check_digest(weights, registry).digest,
            weights=weights,
            fits=_fits(weights, registry),
            contents=manifest.files,
        )
    model = _find(reference, registry)
    options = tuple(o.value for o in Option if registry.presets.capabilities.honours(model.family, o))
    if model.folder == Path():
        return ModelDetails(None, "", model, options=options)
    digest = model_digest(model.folder, registry.digest_cache, dict(model.digests))
    contents = manifest.files if manifest else _contents(model.folder, registry)
    files = inspect_model(model.folder)
    schedulers = schedulers_for(model, registry.presets)
    return ModelDetails(
        manifest, digest, model, files, contents=contents, options=options, schedulers=schedulers
    )


def _contents(folder: Path, registry: ModelRegistry) -> tuple[ManifestFile, ...]:
    cache = DigestCache(registry.digest_cache)
    files = (
        ManifestFile(path.relative_to(folder).as_posix(), path.stat().st_size, cache.digest(path))
        for path in loaded_files(folder)
    )
    return tuple(sorted(files, key=lambda file: file.path))


def _fits(weights: FoundAdapter, registry: ModelRegistry) -> tuple[str, ...]:
    architecture = weights.facts.architecture
    if architecture is None or not weights.is_adapter:
        return ()
    return models_with(architecture, weights.facts.kind, registry)


def _find(reference: str, registry: ModelRegistry) -> Model:
    presets, manifests = registry.presets, registry.manifests
    preset = presets.models.get(reference)
    if preset is not None and preset.without_files:
        return model_without_files(preset, presets)
    if preset is not None and preset.folder is not None:
        return _from_preset(preset, preset.folder, presets)
    manifest = manifests.get(reference)
    if manifest is not None and manifest.is_weights and not manifest.damaged:
        refuse_adapter(found_in_registry(manifest))
    if manifest is not None and manifest.single_file and not manifest.damaged:
        file = Path(manifest.folder) / manifest.single_file
        return _from_checkpoint(manifest.name, file, manifest.files[0].sha256, manifest.licence, registry)
    if manifest is not None:
        return _from_manifest(manifest, presets)
    if preset is not None:
        raise not_pulled(reference)
    folder = Path(reference).expanduser()
    if folder.is_dir():
        return _from_folder(folder.absolute(), presets)
    if folder.is_file() and folder.suffix in SUFFIXES:
        refuse_adapter(find_adapter(reference, registry))
        return _from_checkpoint(folder.stem, folder.absolute(), "", "unknown", registry)
    refuse_known(reference, presets)
    near = nearest(reference, [*presets.models, *(m.name for m in manifests.all())])
    raise ModelNotFound(
        f"There is no model called {reference!r}, and no folder of that path.",
        hint=(f"did you mean {' or '.join(near)}? " if near else "")
        + "`audobon models list` shows the models",
        model=reference,
        nearest=near,
    )


def not_pulled(name: str) -> ModelNotFound:
    """The error for a listed model that is not here."""
    return ModelNotFound(
        f"The model {name} has not been pulled yet.",
        hint=f"fetch it with `audobon models pull {name}`",
        model=name,
        nearest=[],
    )


def _summary(preset: ModelPreset) -> ModelSummary:
    size_bytes, problem, state = 0, "", "ready"
    if preset.folder is None and not preset.without_files:
        problem, state = f"not pulled: `audobon models pull {preset.name}`", "not pulled"
    elif preset.folder is not None:
        try:
            size_bytes = inspect_model(preset.folder).weights_bytes
        except AudobonError as error:
            problem, state = error.message, "damaged"
    return ModelSummary(
        preset.name,
        preset.family,
        preset.description,
        preset.licence,
        preset.folder,
        size_bytes,
        preset.pull or preset.source,
        problem,
        state,
        download_bytes=preset.download_bytes,
        download_at_least=preset.download_at_least,
    )


def _pulled_summary(manifest: Manifest, presets: Presets) -> ModelSummary:
    problem = _problem(manifest)
    state = "damaged" if problem else "ready"
    weights = None
    if manifest.is_weights and not problem:
        try:
            weights = found_in_registry(manifest)
        except AudobonError as error:
            problem, state = error.message, "damaged"
    preset = presets.models.get(manifest.name)
    return ModelSummary(
        manifest.name,
        manifest.family or (weights.facts.family if weights else ""),
        manifest.description
        or (preset.description if preset else weights.facts.kind.value if weights else ""),
        manifest.licence,
        Path(manifest.folder),
        manifest.size_bytes,
        manifest.source,
        problem,
        state,
        manifest.commit,
        kind=weights.facts.kind.value if weights else "model",
    )


def _problem(manifest: Manifest) -> str:
    """What can be seen to be wrong with a pulled model from names, sizes and older findings."""
    if manifest.damaged:
        return f"{manifest.damaged[0]} was found damaged: `audobon models pull {manifest.name}`"
    for file in manifest.files:
        try:
            size = (Path(manifest.folder) / file.path).stat().st_size
        except OSError:
            return f"{file.path} is missing: `audobon models pull {manifest.name}`"
        if size != file.size_bytes:
            return f"{file.path} has {size} bytes instead of {file.size_bytes}"
    return ""


def _from_manifest(manifest: Manifest, presets: Presets) -> Model:
    folder = Path(manifest.folder)
    if manifest.damaged:
        raise model_altered(manifest.name, folder, manifest.damaged)
    files = inspect_model(folder)
    family = presets.families.get(manifest.family) or _family(files, presets)
    preset = presets.models.get(manifest.name)
    return Model(
        name=manifest.name,
        folder=folder,
        licence=manifest.licence,
        description=manifest.description,
        digests=tuple((file.path, file.sha256) for file in manifest.files),
        **_of_family(family, files, preset),
    )


def _from_preset(preset: ModelPreset, folder: Path, presets: Presets) -> Model:
    files = inspect_model(folder)
    family = family_of(preset, presets)
    return Model(
        name=preset.name,
        folder=folder,
        licence=preset.licence,
        description=preset.description,
        builtin=preset.source == "built-in",
        digests=tuple(shipped_digests(folder).items()),
        scorer=preset.scorer,
        exemplars=preset.exemplars,
        strength=preset.strength,
        exports=preset.exports,
        **_of_family(family, files, preset),
    )


def _from_folder(folder: Path, presets: Presets) -> Model:
    files = inspect_model(folder)
    family = _family(files, presets)
    return Model(name=folder.name, folder=folder, licence="unknown", **_of_family(family, files, None))


def _from_checkpoint(name: str, file: Path, sha256: str, licence: str, registry: ModelRegistry) -> Model:
    """A model in one file, with what it lacks from a model of its family at hand."""
    if is_gguf(file):
        need_package()
        read_packed(file)
    checkpoint, base = find_base(file, registry)
    files = inspect_model(base)
    family = registry.presets.families[checkpoint.family]
    return Model(
        name=name,
        folder=base,
        licence=licence,
        checkpoint=file,
        digests=((file.name, sha256),) if sha256 else (),
        **_of_family(family, files, None),
    )


def _family(files: ModelFiles, presets: Presets) -> Family:
    """The family of the files' pipeline, or ``unknown``: whether that can be run shows when it is loaded."""
    return presets.family_of_pipeline(files.pipeline, files.traits) or presets.families[UNKNOWN_FAMILY]


def _of_family(family: Family, files: ModelFiles, preset: ModelPreset | None) -> dict[str, Any]:
    """The fields of a Model that its family, its files and its preset give."""
    return {
        "family": family.name,
        "pipeline": files.pipeline,
        "size_rule": _size_rule(family, files),
        "alpha": _alpha(files),
        "default_style": preset.default_style if preset else "",
        "quality": preset.quality if preset else (),
        "scheduler": preset.scheduler if preset else "",
        "float16": family.float16,
        "engine": family.engine,
        "produces": family.produces,
        "calling": None if family.name == UNKNOWN_FAMILY else family.calling,
        "sound_rule": sound_rule(files, family.usual_seconds, family.longest_seconds)
        if family.produces == SOUND and family.engine == LOCAL_ENGINE
        else None,
    }


def _alpha(files: ModelFiles) -> AlphaMode:
    return AlphaMode.PREMULTIPLIED if files.channels == 4 else AlphaMode.NONE


def _size_rule(family: Family, files: ModelFiles) -> SizeRule:
    return SizeRule(
        native=(None if family.native_is_fixed else files.native_size) or family.native,
        multiple=family.multiple,
        scales=family.scales,
        minimum=family.minimum,
        maximum=family.maximum,
    )
