"""What takes the space: the library, its trash, models, caches; and how each is freed."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audobon_cli.domain.units import plural
from audobon_cli.library.stats import library_statistics
from audobon_cli.library.store.library import Library
from audobon_cli.library.trash import collect_garbage, list_trash, purge_assets
from audobon_cli.models.catalog import list_models
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.settings.locations import Locations

CACHES = ("opened", "vram", "presets")
"""Folders of the cache that are made again when they are needed: copies that were opened, traces of networks, parsed
presets."""
REMOTE = ("hf:", "gs:", "https:", "http:")
"""What the sources of pulled models begin with; added ones are the user's own files."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Something that takes space: how much, of what, and the command that frees it ("" if none does)."""

    name: str
    bytes: int
    what: str
    free: str = ""


@dataclass(frozen=True, slots=True)
class Freed:
    """What was freed, or would be."""

    name: str
    bytes: int
    count: int


class DiskContext(Protocol):
    """What is looked at: a workspace."""

    @property
    def locations(self) -> Locations: ...
    @property
    def models(self) -> ModelRegistry: ...
    @property
    def library(self) -> Library: ...
    @property
    def library_path(self) -> Path: ...


def disk_use(here: DiskContext) -> tuple[DiskUse, ...]:
    """What takes space, the library first. Sizes of folders are those of their files."""
    library = here.library
    found = library_statistics(library)
    trashed = trash_bytes(library)
    database = sum(_size(path) for path in here.library_path.glob("audobon.db*"))
    kept = f"{plural(found.assets, 'asset')} in {plural(found.stored_files, 'file')}"
    empty = "audobon disk free --trash" if found.trashed else ""
    uses = [
        DiskUse("library", found.stored_bytes - trashed, kept),
        DiskUse("trash", trashed, plural(found.trashed, "asset"), empty),
        DiskUse("database", database, "records, history, queue"),
    ]
    models = [one for one in list_models(here.models) if one.size_bytes and one.source.startswith(REMOTE)]
    models.sort(key=lambda one: -one.size_bytes)
    uses += [
        DiskUse("model", one.size_bytes, one.name, f"audobon models remove {one.name}") for one in models
    ]
    caches = cache_bytes(here.locations)
    uses.append(
        DiskUse("caches", caches, str(here.locations.cache), "audobon disk free --caches" if caches else "")
    )
    return tuple(uses)


def trash_bytes(library: Library) -> int:
    """The bytes of the assets in the trash; a file that a living asset has, too, counts all the same."""
    held = list_trash(library, max(1, library.survey.count_trashed()))
    return sum({one.asset.blob: one.asset.size_bytes for one in held}.values())


def cache_bytes(locations: Locations) -> int:
    """The bytes of the caches that may be deleted."""
    return sum(_folder_bytes(locations.cache / name) for name in CACHES)


def empty_trash(library: Library, dry_run: bool) -> Freed:
    """Purge all that is in the trash."""
    held = [one.asset for one in list_trash(library, max(1, library.survey.count_trashed()))]
    size = trash_bytes(library)
    if held and not dry_run:
        purge_assets(library, held)
    return Freed("trash", size, len(held))


def delete_unused(library: Library) -> Freed:
    """Delete the stored files that nothing names any more, at once; what history names stays."""
    found = collect_garbage(library, grace_hours=0)
    return Freed("unused files", found.deleted_bytes, found.deleted)


def empty_caches(locations: Locations, dry_run: bool) -> Freed:
    """Delete the caches that are made again when they are needed."""
    count = size = 0
    for path in (file for name in CACHES for file in _files(locations.cache / name)):
        bytes_ = _size(path)
        try:
            if not dry_run:
                path.unlink()
        except OSError:
            continue
        count, size = count + 1, size + bytes_
    return Freed("caches", size, count)


def _folder_bytes(folder: Path) -> int:
    return sum(_size(path) for path in _files(folder))


def _files(folder: Path) -> Iterable[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root) / name for name in names)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
