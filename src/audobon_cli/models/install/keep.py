"""Keeping models: verify them against their records, bring them up to date, remove them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    ModelAltered,
)
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.models.files.folder import shipped_digests
from audobon_cli.models.files.weight_header import SUFFIXES, read_weight_header
from audobon_cli.models.hub_cache import Removed
from audobon_cli.models.install.convert_pickle import already_converted, converted_path
from audobon_cli.models.install.plan_pull import plan_pull
from audobon_cli.models.install.pull import PullReport, ShouldStop, carry_out
from audobon_cli.models.install.remove import release
from audobon_cli.models.install.request import PullRequest, Terms
from audobon_cli.models.last_used import forget_use
from audobon_cli.models.manifests import model_lock
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import (
    Manifest,
    ManifestFile,
    SourceKind,
    parse_source,
)
from audobon_cli.storage.digest_cache import DigestCache
from audobon_cli.transfer.checksums import digest_of
from audobon_cli.transfer.parallel import in_turn

DEFAULT_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file that is not what its record says; ``why`` in words."""

    model: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was read. ``fast`` means sizes and headers only; ``shipped`` are models that came with Audobon."""

    models: tuple[str, ...]
    files_read: int
    bytes_read: int
    damaged: tuple[DamagedFile, ...]
    fast: bool
    shipped: frozenset[str] = frozenset()
    added: tuple[tuple[str, str], ...] = ()
    """(name, folder) of models that were added and not pulled."""
    places: tuple[tuple[str, str], ...] = ()
    """(name, address) of models that came from a place of `models push`."""

    def error(self) -> ModelAltered | None:
        """The error to raise if anything is damaged."""
        if not self.damaged:
            return None
        names = sorted({file.model for file in self.damaged})
        first = self.damaged[0]
        more = f" and {len(self.damaged) - 1} more files" if len(self.damaged) > 1 else ""
        ways = [self._way(name) for name in names]
        return ModelAltered(
            f"{first.model}: {first.path} {first.why}{more}.",
            hint="fetch what is damaged again: " + ", ".join(ways),
            models=names,
            files=[f"{file.model}: {file.path}" for file in self.damaged],
        )

    def _way(self, name: str) -> str:
        if name in self.shipped:
            return "install Audobon again"
        place = dict(self.places).get(name)
        if place is not None:
            return f"`audobon models remove {name}`, then `audobon models pull {name} --from {place}`"
        folder = dict(self.added).get(name)
        if folder is None:
            return f"`audobon models pull {name}`"
        return f"copy it to {folder} again, or `audobon models add` it as it is now"


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


def verify(
    names: Sequence[str], registry: ModelRegistry, listen: Listener, fast: bool = False
) -> Verification:
    """Compare the files of the models (all if ``names`` is empty, the built-in one included) with their records.

    Reads and hashes every byte; ``fast`` compares sizes and the headers of weights only. What is found is
    put on record: a damaged model is refused by `generate` until a pull or a clean verification. Raises
    ModelNotFound; damage is reported, not raised.
    """
    shipped = {manifest.name: manifest for manifest in _shipped(registry)}
    if names:
        manifests = [shipped.get(name) or registry.manifest(name) for name in names]
    else:
        manifests = [*shipped.values(), *registry.manifests.all()]
    total = 0 if fast else sum(manifest.size_bytes for manifest in manifests)
    damaged: list[DamagedFile] = []
    files = done = 0
    cache = DigestCache(registry.digest_cache)
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
        if manifest.name not in shipped:
            _record(manifest, tuple(file.path for file in found), registry, fast)
        damaged += found
    cache.save()
    checked = tuple(m.name for m in manifests)
    added = tuple((one.name, one.folder) for one in manifests if one.kind is SourceKind.LOCAL)
    places = tuple((one.name, one.place) for one in manifests if one.place)
    return Verification(checked, files, done, tuple(damaged), fast, frozenset(shipped), added, places)


def remove(name: str, registry: ModelRegistry, dry_run: bool = False) -> Removed:
    """Forget the model and delete its files, but for those that another model or revision shares.

    Files of a model that was added from a folder of the user's are never touched. Raises ModelNotFound,
    InvalidInput for the built-in model, ModelBusy.
    """
    manifest = registry.manifest(name)
    if dry_run:
        return release(manifest, registry, dry_run)
    with _lock_of(manifest, registry):
        registry.manifests.drop(name)
        forget_use(name, registry)
        return release(manifest, registry)


def update(
    name: str,
    registry: ModelRegistry,
    listen: Listener,
    should_stop: ShouldStop,
    dry_run: bool = False,
    terms: Terms = DEFAULT_TERMS,
) -> Update:
    """Bring a model of the hub to what its revision names now, one of Cloud Storage to what lies there now.

    The old commit stays in use until the new one is complete and checked; then its files go, but for
    shared ones. Raises InvalidInput for a model that has no newer versions, and as pull does.
    """
    manifest = registry.manifest(name)
    source = parse_source(manifest.source)
    if manifest.kind not in (SourceKind.HUB, SourceKind.GCS) or source is None:
        raise InvalidInput(
            f"{name} comes from {manifest.source}, which has no revisions.",
            hint="pull it anew under another name, or remove it first",
        )
    preset = registry.presets.models.get(name)  # a newer version of the program may name a newer commit
    newest = parse_source(preset.pull) if preset and preset.pull else None
    if newest is None or newest.location != source.location:
        newest = source
    reference = PullRequest(
        str(newest),
        name=name,
        variant=manifest.variant or "none",
        project=terms.project,
        allow_pickle=terms.allow_pickle,
    )
    listen = in_turn(listen)
    registry = registry.heard_by(listen)
    plan = plan_pull(reference, registry)
    before = {file.path: file.sha256 for file in manifest.files}
    if plan.draft.commit == manifest.commit:
        return Update(name, manifest.commit, manifest.commit)
    pickled = plan.pickled
    kept = {converted_path(p) for p in pickled if already_converted(p, plan.files[p], manifest)}
    targets = {converted_path(p) if p in pickled else p: d.target.name for p, d in plan.files.items()}
    old, new = set(before), set(targets)
    folder = Path(manifest.folder)
    changed = [p for p in (old & new) - kept if (folder / p).resolve().name != targets[p]]
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
    report = carry_out(plan, registry, listen, should_stop)
    return replace(found, pulled=report)


def _shipped(registry: ModelRegistry) -> Iterator[Manifest]:
    """A record of each model that came with a list of its digests. Sizes are those on disk: the digests tell."""
    for preset in registry.presets.models.values():
        folder = preset.folder
        sums = shipped_digests(folder) if folder is not None else {}
        if folder is None or not sums or registry.manifests.get(preset.name) is not None:
            continue
        places = {path: folder / path for path in sums}
        sizes = {path: place.stat().st_size if place.is_file() else 0 for path, place in places.items()}
        files = tuple(ManifestFile(path, sizes[path], digest) for path, digest in sums.items())
        yield Manifest(preset.name, SourceKind.LOCAL, preset.source, str(folder), files, "")


def _fault(manifest: Manifest, file: ManifestFile, fast: bool) -> str:
    """What is wrong with the file, "" for nothing."""
    folder = Path(manifest.folder)
    try:
        size = (folder / file.path).stat().st_size
        if size != file.size_bytes:
            return f"has {size} bytes instead of {file.size_bytes}"
        if not fast:
            return "" if digest_of(folder / file.path, "sha256") == file.sha256 else "has other content"
        if file.path.endswith(SUFFIXES):
            read_weight_header(folder, file.path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except AudobonError as error:
        return f"is damaged: {error.message}"
    return ""


def _record(manifest: Manifest, damaged: tuple[str, ...], registry: ModelRegistry, fast: bool) -> None:
    """Note what a verification found; a fast one, which sees less, takes no older note back."""
    noted = tuple(sorted({*damaged, *manifest.damaged})) if fast else damaged
    if noted != manifest.damaged:
        registry.manifests.put(manifest.with_damage(noted))


def _lock_of(manifest: Manifest, registry: ModelRegistry) -> AbstractContextManager[None]:
    """The lock under which a pull of this model would work."""
    source = parse_source(manifest.source)
    if manifest.kind in (SourceKind.HUB, SourceKind.GCS) and source is not None:
        return model_lock(registry.cache(source).incomplete, registry.lock_wait_seconds)
    if manifest.kind is SourceKind.HTTP:
        return model_lock(Path(manifest.folder) / ".incomplete", registry.lock_wait_seconds)
    return nullcontext()
