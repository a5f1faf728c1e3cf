"""Letting go of the files of a model that is removed or replaced."""

from pathlib import Path

from audobon_cli.models.hub_cache import Removed
from audobon_cli.models.install.convert_pickle import clear_folder
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import Manifest, SourceKind, parse_source
from audobon_cli.storage.disk_errors import model_errors


def release(manifest: Manifest, registry: ModelRegistry, dry_run: bool = False) -> Removed:
    """Delete those files of ``manifest``, which is on record no more, that no other one names.

    Files of the user's own and files that another snapshot of the cache shows stay. With ``dry_run`` it is
    only counted. The caller holds the model's lock.
    """
    same_place = [other for other in registry.manifests.all() if other.folder == manifest.folder]
    # A dry run finds the model itself still on record.
    others = [other for other in same_place if not (dry_run and other.name == manifest.name)]
    shared = {file.path: file.size_bytes for other in others for file in other.files}
    own = [file for file in manifest.files if file.path not in shared]
    kept = sum(file.size_bytes for file in manifest.files if file.path in shared)
    source = parse_source(manifest.source)
    own_folder = registry.files(manifest.name)
    if manifest.kind is SourceKind.LOCAL and Path(manifest.folder) == own_folder:
        return _release_converted(manifest, dry_run)
    if manifest.place and Path(manifest.folder).parent == own_folder:
        return _release_converted(manifest, dry_run)
    if manifest.kind is SourceKind.LOCAL or source is None:
        return Removed(0, manifest.size_bytes)
    folder = Path(manifest.folder)
    if manifest.kind in (SourceKind.HUB, SourceKind.GCS):
        cache = registry.cache(source)
        if cache.snapshot(manifest.commit) != folder:  # the cache was moved since: leave it alone
            return Removed(0, manifest.size_bytes)
        gone = cache.remove(manifest.commit, [file.path for file in own], dry_run)
        return Removed(gone.freed_bytes, gone.kept_bytes + kept)
    if dry_run:
        return Removed(sum(file.size_bytes for file in own), kept)
    with model_errors(folder):
        for file in own:
            (folder / file.path).unlink(missing_ok=True)
        for below in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
            if not any(below.iterdir()):
                below.rmdir()
    return Removed(sum(file.size_bytes for file in own), kept)


def _release_converted(manifest: Manifest, dry_run: bool) -> Removed:
    """The folder that `add --allow-pickle` made: converted weights, and links to what is the user's."""
    folder = Path(manifest.folder)
    own = [folder / file.path for file in manifest.files if not (folder / file.path).is_symlink()]
    freed = sum(path.stat().st_size for path in own if path.is_file())
    if not dry_run:
        with model_errors(folder):
            clear_folder(folder)
    return Removed(freed, manifest.size_bytes - freed)
