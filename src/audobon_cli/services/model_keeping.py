"""Keeping models: verify them against their records, bring them up to date, remove them, add local ones."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    ModelAltered,
    ModelExists,
    ModelNotFound,
)
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.domain.model_source import (
    Manifest,
    ManifestFile,
    SourceKind,
    check_name,
    parse_source,
    refuse_pickled,
)
from audobon_cli.services.adapter_files import adapter_at
from audobon_cli.services.model_plans import PullRequest, plan_pull
from audobon_cli.services.model_pulling import PullReport, ShouldStop, carry_out, check_usable, now
from audobon_cli.services.model_release import release
from audobon_cli.services.model_shelf import ModelShelf
from audobon_cli.stores.checksums import digest_of
from audobon_cli.stores.digest_cache import DigestCache
from audobon_cli.stores.hub_cache import HubCache, Removed
from audobon_cli.stores.manifests import model_lock
from audobon_cli.stores.model_files import inspect_model, loaded_files
from audobon_cli.stores.safetensors_header import read_header


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file that is not what its record says; ``why`` in words."""

    model: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was read. ``fast`` means sizes and headers only."""

    models: tuple[str, ...]
    files_read: int
    bytes_read: int
    damaged: tuple[DamagedFile, ...]
    fast: bool

    def error(self) -> ModelAltered | None:
        """The error to raise if anything is damaged."""
        if not self.damaged:
            return None
        names = sorted({file.model for file in self.damaged})
        first = self.damaged[0]
        more = f" and {len(self.damaged) - 1} more files" if len(self.damaged) > 1 else ""
        return ModelAltered(
            f"{first.model}: {first.path} {first.why}{more}.",
            hint="fetch what is damaged again: " + ", ".join(f"`audobon models pull {n}`" for n in names),
            models=names,
            files=[f"{file.model}: {file.path}" for file in self.damaged],
        )


@dataclass(frozen=True, slots=True)
class Update:
    """What ``update`` found. ``changed``, ``added`` and ``gone`` are paths; ``pulled`` is None on a dry
    run and where nothing changed."""

    name: str
    before: str
    after: str
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    pulled: PullReport | None = None


def verify(names: Sequence[str], shelf: ModelShelf, listen: Listener, fast: bool = False) -> Verification:
    """Compare the files of the models (all pulled and added ones if ``names`` is empty) with their records.

    Reads and hashes every byte; ``fast`` compares sizes and the headers of weights only. What is found is
    put on record: a damaged model is refused by `generate` until a pull or a clean verification. Raises
    ModelNotFound; damage is reported, not raised.
    """
    manifests = [shelf.manifest(name) for name in names] if names else list(shelf.manifests.all())
    total = 0 if fast else sum(manifest.size_bytes for manifest in manifests)
    damaged: list[DamagedFile] = []
    files = done = 0
    cache = DigestCache(shelf.digest_cache)
    for manifest in manifests:
        found = []
        for file in manifest.files:
            why = _fault(manifest, file, fast)
            if why:
                cache.forget(Path(manifest.folder) / file.path)
                found.append(DamagedFile(manifest.name, file.path, why))
            files += 1
            if not fast:
                done += file.size_bytes
                listen(Progress("verifying", done, total, "bytes"))
        _record(manifest, tuple(file.path for file in found), shelf, fast)
        damaged += found
    cache.save()
    return Verification(tuple(m.name for m in manifests), files, done, tuple(damaged), fast)


def remove(name: str, shelf: ModelShelf, dry_run: bool = False) -> Removed:
    """Forget the model and delete its files, but for those that another model or revision shares.

    Files of a model that was added from a folder of the user's are never touched. Raises ModelNotFound,
    InvalidInput for the built-in model, ModelBusy.
    """
    manifest = shelf.manifest(name)
    if dry_run:
        return release(manifest, shelf, dry_run)
    with _lock_of(manifest, shelf):
        shelf.manifests.drop(name)
        return release(manifest, shelf)


def update(
    name: str, shelf: ModelShelf, listen: Listener, should_stop: ShouldStop, dry_run: bool = False
) -> Update:
    """Bring a model of the hub to what its revision names now.

    The old commit stays in use until the new one is complete and checked; then its files go, but for
    shared ones. Raises InvalidInput for a model that has no newer versions, and as pull does.
    """
    manifest = shelf.manifest(name)
    source = parse_source(manifest.source)
    if manifest.kind is not SourceKind.HUB or source is None:
        raise InvalidInput(
            f"{name} comes from {manifest.source}, which has no revisions.",
            hint="pull it anew under another name, or remove it first",
        )
    preset = shelf.presets.models.get(name)  # a newer version of the program may name a newer commit
    newest = parse_source(preset.pull) if preset and preset.pull else None
    if newest is None or newest.location != source.location:
        newest = source
    reference = PullRequest(str(newest), name=name, variant=manifest.variant or "none")
    plan = plan_pull(reference, shelf)
    before = {file.path: file.sha256 for file in manifest.files}
    if plan.draft.commit == manifest.commit:
        return Update(name, manifest.commit, manifest.commit)
    old, new = set(before), set(plan.files)
    folder = Path(manifest.folder)
    changed = [path for path in old & new if (folder / path).resolve().name != plan.files[path].target.name]
    found = Update(
        name,
        manifest.commit,
        plan.draft.commit,
        tuple(sorted(changed)),
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
    )
    if dry_run:
        return found
    report = carry_out(plan, shelf, listen, should_stop)
    return replace(found, pulled=report)


def add(path: Path, name: str | None, shelf: ModelShelf) -> Manifest:
    """Make a model, or an adapter such as a LoRA, on this disk known by a name, with the digests of now.

    ``path`` is a folder or a .safetensors file. Nothing is copied. Raises ModelNotFound, ModelExists,
    InvalidInput, ModelDamaged or ModelUnsupported.
    """
    place = path.expanduser().absolute()
    if not place.exists():
        raise ModelNotFound(f"There is no file or folder {place}.", hint="check the path", path=str(place))
    chosen = check_name(name or place.name.removesuffix(".safetensors"))
    known = shelf.manifests.get(chosen)
    if (known and known.source != str(place)) or (known is None and chosen in shelf.presets.models):
        raise ModelExists(
            f"Another model is called {chosen}.",
            hint="give this one a name of its own with --name",
            name=chosen,
        )
    family = ""
    adapter = adapter_at(place)
    if adapter is not None:
        paths = list(adapter.files)
        folder = Path(os.path.commonpath([p.parent for p in paths]))
        family = adapter.facts.family
    elif place.is_dir():
        files = inspect_model(place)
        found = shelf.presets.family_of_pipeline(files.pipeline, files.traits)
        family = found.name if found else ""
        folder, paths = place, list(loaded_files(place))
    else:
        refuse_pickled(place.name)
        read_header(place.parent, place.name)
        folder, paths = place.parent, [place]
    cache = DigestCache(shelf.digest_cache)
    entries = sorted(
        (ManifestFile(p.relative_to(folder).as_posix(), p.stat().st_size, cache.digest(p)) for p in paths),
        key=lambda entry: entry.path,
    )
    cache.save()
    manifest = Manifest(
        chosen, SourceKind.LOCAL, str(place), str(folder), tuple(entries), now(), family=family
    )
    check_usable(manifest)
    shelf.manifests.put(manifest)
    return manifest


def _fault(manifest: Manifest, file: ManifestFile, fast: bool) -> str:
    """What is wrong with the file, "" for nothing."""
    folder = Path(manifest.folder)
    try:
        size = (folder / file.path).stat().st_size
        if size != file.size_bytes:
            return f"has {size} bytes instead of {file.size_bytes}"
        if not fast:
            return "" if digest_of(folder / file.path, "sha256") == file.sha256 else "has other content"
        if file.path.endswith(".safetensors"):
            read_header(folder, file.path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except AudobonError as error:
        return f"is damaged: {error.message}"
    return ""


def _record(manifest: Manifest, damaged: tuple[str, ...], shelf: ModelShelf, fast: bool) -> None:
    """Note what a verification found; a fast one, which sees less, takes no older note back."""
    noted = tuple(sorted({*damaged, *manifest.damaged})) if fast else damaged
    if noted != manifest.damaged:
        shelf.manifests.put(manifest.with_damage(noted))


def _lock_of(manifest: Manifest, shelf: ModelShelf) -> AbstractContextManager[None]:
    """The lock under which a pull of this model would work."""
    source = parse_source(manifest.source)
    if manifest.kind is SourceKind.HUB and source is not None:
        return model_lock(HubCache(shelf.hub.cache, source.location).incomplete, shelf.lock_wait_seconds)
    if manifest.kind is SourceKind.HTTP:
        return model_lock(Path(manifest.folder) / ".incomplete", shelf.lock_wait_seconds)
    return nullcontext()
