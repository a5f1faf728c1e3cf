"""The caches of the program, one by one: what each keeps, how much, and deleting what is old or too much.

All of it is made again when it is needed. Models are no cache: `audobon models remove` deletes them.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.thumbnails import FOLDER as THUMBNAILS
from audobon_cli.settings.locations import Locations

KEPT = {
    "opened": "copies that `assets open` gave to other programs",
    "vram": "traces of networks, for memory forecasts",
    "digests": "digests of model files, by size and time",
    "presets": "the shipped presets, parsed",
    "loading": "which models took long to load",
    "thumbnails": "small pictures of this library's assets",
    "backup": "what the last backups have sent, so that the next sends less",
}
"""The kinds, and what each keeps."""


@dataclass(frozen=True, slots=True)
class CacheUse:
    """A cache: its place, its files, and how old the oldest is in seconds (0.0 for none)."""

    kind: str
    path: Path
    files: int
    bytes: int
    oldest_seconds: float

    @property
    def what(self) -> str:
        """What it keeps, in words."""
        return KEPT[self.kind]


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Which files go: those older than ``older_seconds``, and the oldest of what is more than ``most_bytes`` together.
    Both None: all."""

    older_seconds: float | None = None
    most_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    path: Path
    bytes: int
    changed: float


def list_caches(locations: Locations, library: Path) -> tuple[CacheUse, ...]:
    """Every cache, for the library in the folder ``library``."""
    now, found = time.time(), []
    for kind, path in _places(locations, library).items():
        files = list(_files(kind, path))
        oldest = max((now - one.changed for one in files), default=0.0)
        found.append(CacheUse(kind, path, len(files), sum(one.bytes for one in files), max(0.0, oldest)))
    return tuple(found)


def prune_caches(
    locations: Locations, library: Path, kinds: Sequence[str], policy: CachePolicy, dry_run: bool = False
) -> tuple[int, int]:
    """Delete files of the caches ``kinds`` (none: all) by ``policy``; how many, and their bytes.

    What cannot be deleted is left. Raises InvalidInput for a kind that there is not.
    """
    places = _places(locations, library)
    for kind in kinds:
        if kind not in places:
            raise InvalidInput(f"There is no cache {kind!r}.", hint=f"there are {', '.join(places)}")
    files = [one for kind in kinds or places for one in _files(kind, places[kind])]
    count = size = 0
    for one in _due(sorted(files, key=lambda one: one.changed), policy):
        try:
            if not dry_run:
                one.path.unlink()
        except OSError:
            continue
        count, size = count + 1, size + one.bytes
    return count, size


def _due(files: Sequence[_File], policy: CachePolicy) -> Iterator[_File]:
    """Those of ``files``, oldest first, that ``policy`` gives up."""
    everything = policy.older_seconds is None and policy.most_bytes is None
    before = -1.0 if policy.older_seconds is None else time.time() - policy.older_seconds
    excess = 0 if policy.most_bytes is None else sum(one.bytes for one in files) - policy.most_bytes
    for one in files:
        if everything or one.changed < before or excess > 0:
            excess -= one.bytes
            yield one


def _places(locations: Locations, library: Path) -> dict[str, Path]:
    return {
        "opened": locations.cache / "opened",
        "vram": locations.trace_cache,
        "digests": locations.digest_cache,
        "presets": locations.preset_cache,
        "loading": locations.cache / "long-loading",
        "thumbnails": library / THUMBNAILS,
        "backup": locations.backup_cache,
    }


def _files(kind: str, path: Path) -> Iterator[_File]:
    folder = path.is_dir()
    paths = (Path(root) / name for root, _, names in os.walk(path) for name in names) if folder else [path]
    for file in paths:
        try:
            found = file.lstat()
        except OSError:
            continue
        yield _File(kind, file, found.st_size, found.st_mtime)
