"""Pulling models: fetch what is missing, check all of it, and only then record the model."""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from audobon_cli.domain.errors import ModelDamaged, ModelExists
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.weight_header import SUFFIXES, read_weight_header
from audobon_cli.models.install.convert_pickle import already_converted, convert_pulled
from audobon_cli.models.install.plan import PullPlan
from audobon_cli.models.install.plan_pull import plan_pull
from audobon_cli.models.install.remove import release
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.manifests import model_lock
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, ManifestFile
from audobon_cli.platforms import current
from audobon_cli.storage.digest_cache import DigestCache
from audobon_cli.storage.disk_errors import model_errors
from audobon_cli.transfer.download import Download, check_space
from audobon_cli.transfer.parallel import fetch_all, in_turn

ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class PulledFile:
    """One file of a pull: ``status`` is present, partial or missing before it, all present after."""

    path: str
    size_bytes: int | None
    kept_bytes: int
    status: str


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did, or with ``dry_run`` would do. ``fetch_bytes``: what goes over the line; None if
    the source does not say."""

    manifest: Manifest
    files: tuple[PulledFile, ...]
    fetch_bytes: int | None
    dry_run: bool


def pull(
    request: PullRequest,
    registry: ModelRegistry,
    listen: Listener,
    should_stop: ShouldStop = lambda: False,
    dry_run: bool = False,
) -> PullReport:
    """Make the model that ``request`` names complete on this disk and record it under its name.

    What is there already, whoever put it there, is checked against the published digests and not fetched
    again. Run again after any interruption, it goes on where it ended. Raises ModelExists if another
    model has the name, DiskFull before anything is fetched, DownloadCorrupt, ModelDamaged, ModelBusy and
    what plan_pull and transfer.download.fetch raise.
    """
    listen = in_turn(listen)  # files are fetched, and asked for again, in threads
    registry = registry.heard_by(listen)
    plan = plan_pull(request, registry)
    refuse_other(plan.draft, registry)
    if dry_run:
        return _pull_report(plan, inspect_files(plan, registry), plan.draft, dry_run)
    return carry_out(plan, registry, listen, should_stop)


def carry_out(
    plan: PullPlan, registry: ModelRegistry, listen: Listener, should_stop: ShouldStop
) -> PullReport:
    """Fetch what ``plan`` lacks, check the whole, record it; then let go of what only the model of before
    used. Raises as pull."""
    wait = registry.lock_wait_seconds
    waiting = Warned(f"Another process is fetching or removing this model: waiting up to {wait:.0f} seconds.")
    with model_lock(plan.workplace, wait, lambda: listen(waiting)):
        looked = inspect_files(plan, registry)
        done = {path: file for path in plan.pickled if (file := _converted(plan, path, registry))}
        missing = _missing(plan, looked)
        wanted = sum(max(0, (d.size_bytes or 0) - d.kept_bytes()) for _, d in missing)
        check_space(plan.workplace, wanted)
        for path, download in missing:
            _set_aside(path, download, listen)
        fetched = fetch_all(missing, listen, should_stop, registry.retries) if missing else {}
        known = {path: (file.size_bytes, file.sha256) for path, file in fetched.items()}
        cache = DigestCache(registry.digest_cache)
        for path, download in plan.files.items():
            if path not in known and path not in done:
                known[path] = (download.target.stat().st_size, cache.digest(download.target))
        cache.save()
        converted = convert_pulled(plan, known, set(fetched), listen)
        if plan.cache is not None:
            links = [(p, d.target.name) for p, d in plan.files.items() if p not in plan.pickled]
            links += [(path, one.place.name) for path, one in converted.items()]
            links += [(file.path, file.sha256) for file in done.values()]
            plan.cache.link(plan.draft.commit, links)
            plan.cache.write_ref(plan.revision, plan.draft.commit)
        manifest = _finished(plan, known, [*(one.file for one in converted.values()), *done.values()])
        try:
            check_usable(manifest)
        except ModelDamaged as error:
            raise _lacking(manifest, error) from error
        manifest = with_family(manifest, registry)
        old = registry.manifests.get(manifest.name)
        registry.manifests.put(manifest)
        if old is not None:
            release(old, registry)  # what the new one shares with it stays
    return _pull_report(plan, looked, manifest, dry_run=False)


def inspect_files(plan: PullPlan, registry: ModelRegistry) -> dict[str, PulledFile]:
    """What of the plan's files is there. Hashes files that are not known from an earlier run."""
    cache = DigestCache(registry.digest_cache)
    looked = {}
    for path, download in plan.files.items():
        kept = download.kept_bytes()
        right = _is_right(download, cache) or (path in plan.pickled and _converted(plan, path, registry))
        status = "present" if right else "partial" if kept else "missing"
        looked[path] = PulledFile(path, download.size_bytes, kept, status)
    cache.save()
    return looked


def refuse_other(draft: Manifest, registry: ModelRegistry) -> None:
    """Raise ModelExists if the draft's name belongs to a model from elsewhere."""
    known = registry.manifests.get(draft.name)
    preset = registry.presets.models.get(draft.name)
    taken = known.source if known else str(preset.folder) if preset and preset.folder else ""
    if taken and taken.split("@")[0] != draft.source.split("@")[0]:
        raise ModelExists(
            f"Another model is called {draft.name}: it comes from {taken}.",
            hint="give this one a name of its own with --name, or remove the other first",
            name=draft.name,
            source=taken,
        )


def check_usable(manifest: Manifest) -> None:
    """Raise ModelDamaged or ModelUnsupported unless the model's files make sense together."""
    if manifest.is_weights:
        for file in manifest.files:
            if file.path.endswith(SUFFIXES):
                read_weight_header(Path(manifest.folder), file.path)
    else:
        inspect_model(Path(manifest.folder))


def _lacking(manifest: Manifest, error: ModelDamaged) -> ModelDamaged:
    """The error for files that came whole and are no whole model: what is wrong is wrong at the source."""
    what = error.message.replace(manifest.folder.rstrip("/") + "/", "")
    return ModelDamaged(
        f"What {manifest.source} holds is no whole model. {what}",
        hint="put there what it lacks, or take another source; models that were here before stay as they are",
        source=manifest.source,
        file=str(error.details.get("file", "")),
    )


def with_family(manifest: Manifest, registry: ModelRegistry) -> Manifest:
    """``manifest`` with the family that its configurations tell, where the class of its pipeline alone did not."""
    if manifest.family or manifest.is_weights:
        return manifest
    files = inspect_model(Path(manifest.folder))
    found = registry.presets.family_of_pipeline(files.pipeline, files.traits)
    return replace(manifest, family=found.name) if found else manifest


def now() -> str:
    """The present moment, in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()


def _is_right(download: Download, cache: DigestCache) -> bool:
    target, checksum = download.target, download.checksum
    if checksum is None or not target.is_file():
        return False
    if download.size_bytes is not None and target.stat().st_size != download.size_bytes:
        return False
    if checksum.algorithm == "sha256":
        return cache.digest(target) == checksum.value
    return checksum.matches(target)


def _set_aside(path: str, download: Download, listen: Listener) -> None:
    """Move a file that is not what the source publishes out of the way; it is not deleted."""
    if not download.target.exists():
        return
    with model_errors(download.quarantine):
        download.quarantine.mkdir(parents=True, exist_ok=True)
        aside = download.quarantine / f"{download.key}-{time.time_ns()}"
        current().replace(download.target, aside)
    listen(Warned(f"{path} was on disk, but is not what its source publishes; it is kept in {aside}."))


def _missing(plan: PullPlan, looked: dict[str, PulledFile]) -> list[tuple[str, Download]]:
    """What is to be fetched; of files with the same content (tokenizers often are) only one."""
    unique: dict[Path, tuple[str, Download]] = {}
    for path, file in looked.items():
        if file.status != "present":
            unique.setdefault(plan.files[path].target, (path, plan.files[path]))
    return list(unique.values())


def _converted(plan: PullPlan, path: str, registry: ModelRegistry) -> ManifestFile | None:
    """What an earlier pull made of the pickle ``path`` that is wanted now, if it is whole."""
    return already_converted(path, plan.files[path], registry.manifests.get(plan.draft.name))


def _finished(plan: PullPlan, known: dict[str, tuple[int, str]], converted: list[ManifestFile]) -> Manifest:
    versions = plan.versions
    files = [ManifestFile(p, *known[p], versions.get(p, "")) for p in known if p not in plan.pickled]
    files = sorted([*files, *converted], key=lambda file: file.path)
    return replace(plan.draft, files=tuple(files), pulled=now())


def _pull_report(
    plan: PullPlan, looked: dict[str, PulledFile], manifest: Manifest, dry_run: bool
) -> PullReport:
    todo = [looked[path] for path, _ in _missing(plan, looked)]
    sizes = [None if file.size_bytes is None else max(0, file.size_bytes - file.kept_bytes) for file in todo]
    fetch_bytes = None if None in sizes else sum(size or 0 for size in sizes)
    files = looked.values() if dry_run else (replace(file, status="present") for file in looked.values())
    return PullReport(manifest, tuple(files), fetch_bytes, dry_run)
