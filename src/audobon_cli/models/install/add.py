"""Making models that lie on this disk known by a name."""

import os
from pathlib import Path

from audobon_cli.domain.errors import ModelExists, ModelNotFound
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.models.adapter_files import adapter_at
from audobon_cli.models.files.folder import PICKLED, inspect_model, loaded_files
from audobon_cli.models.files.weight_header import read_weight_header
from audobon_cli.models.install.convert_pickle import adopt_folder, convert, warning
from audobon_cli.models.install.pull import check_usable, now
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ManifestFile, SourceKind, is_pickled, refuse_pickled
from audobon_cli.storage.digest_cache import DigestCache


def add(
    path: Path,
    name: str | None,
    registry: ModelRegistry,
    listen: Listener = ignore,
    allow_pickle: bool = False,
) -> Manifest:
    """Make a model, or an adapter such as a LoRA, on this disk known by a name, with the digests of now.

    ``path`` is a folder, a .safetensors or a .gguf file. Nothing is copied; but with ``allow_pickle``, where
    weights are pickled, they are converted into a folder of ours that links to the other files. Raises
    ModelNotFound, ModelExists, InvalidInput, ModelDamaged or ModelUnsupported.
    """
    place = _existing(path)
    chosen = registry.manifests.new_name(name or _own_name(place))
    known = registry.manifests.get(chosen)
    if (known and known.source != str(place)) or (known is None and chosen in registry.presets.models):
        raise ModelExists(
            f"Another model is called {chosen}.",
            hint="give this one a name of its own with --name",
            name=chosen,
        )
    source, own = place, registry.files(chosen)
    if allow_pickle and place.is_dir() and any(file.suffix in PICKLED for file in place.glob("*/*")):
        adopt_folder(place, own, listen)
        place = own
    elif allow_pickle and is_pickled(place.name):
        target = own / f"{place.stem}.safetensors"
        convert(place, target, by_digest=False)
        listen(warning(str(place), target.name))
        place = target
    manifest = _record(place, source, chosen, registry)
    registry.manifests.put(manifest)
    return manifest


def record_of(path: Path, name: str | None, registry: ModelRegistry) -> Manifest:
    """The record that `add` would make of ``path``, which stays unknown. Raises as `add` does, but for ModelExists."""
    place = _existing(path)
    return _record(place, place, registry.manifests.new_name(name or _own_name(place)), registry)


def _existing(path: Path) -> Path:
    place = path.expanduser().absolute()
    if not place.exists():
        raise ModelNotFound(f"There is no file or folder {place}.", hint="check the path", path=str(place))
    return place


def _own_name(place: Path) -> str:
    return place.stem if place.is_file() else place.name


def _record(place: Path, source: Path, name: str, registry: ModelRegistry) -> Manifest:
    """A checked record of what lies at ``place``, made of ``source``."""
    family = ""
    adapter = adapter_at(place)
    if adapter is not None:
        paths = list(adapter.files)
        folder = Path(os.path.commonpath([p.parent for p in paths]))
        family = adapter.facts.family
    elif place.is_dir():
        files = inspect_model(place)
        found = registry.presets.family_of_pipeline(files.pipeline, files.traits)
        family = found.name if found else ""
        folder, paths = place, list(loaded_files(place))
    else:
        refuse_pickled(place.name)
        read_weight_header(place.parent, place.name)
        folder, paths = place.parent, [place]
    cache = DigestCache(registry.digest_cache)
    entries = sorted(
        (ManifestFile(p.relative_to(folder).as_posix(), p.stat().st_size, cache.digest(p)) for p in paths),
        key=lambda entry: entry.path,
    )
    cache.save()
    manifest = Manifest(
        name, SourceKind.LOCAL, str(source), str(folder), tuple(entries), now(), family=family
    )
    check_usable(manifest)
    return manifest
