"""Taking the rights of others from a library's folder and files."""

import os
from collections.abc import Iterator
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import library_errors


@dataclass(frozen=True, slots=True)
class LibraryModes:
    """How many folders and files others had rights on; ``inherited`` where modes are no matter of single files."""

    folders: int = 0
    files: int = 0
    inherited: bool = False


def keep_from_others(root: Path, dry_run: bool = False) -> LibraryModes:
    """Take from the library's folder, and all in it, the rights that others have; links are passed by.

    The folder itself comes first, so that nobody comes in meanwhile. Killed, the same call goes on. Raises
    LibraryReadOnly for what belongs to somebody else.
    """
    system = current()
    if not system.has_modes:
        return LibraryModes(inherited=True)
    folders = files = 0
    with library_errors(root):
        for path, is_folder in _all_in(root):
            if system.is_open_to_others(path):
                folders, files = folders + is_folder, files + (not is_folder)
                if not dry_run:
                    system.close_to_others(path)
    return LibraryModes(folders, files)


def begin_private(root: Path) -> None:
    """Let nobody else into the folder of a library that is being made, before anything of it is there."""
    system = current()
    if system.has_modes:
        system.close_to_others(root)


def may_be_entered(root: Path) -> bool:
    """Whether others may reach into the library's folder; False where modes are no matter of it."""
    system = current()
    return system.has_modes and system.is_open_to_others(root)


def _all_in(root: Path) -> Iterator[tuple[Path, bool]]:
    yield root, True
    for place, folders, files in os.walk(root):
        for names, is_folder in ((folders, True), (files, False)):
            for name in names:
                path = Path(place, name)
                if not path.is_symlink():
                    yield path, is_folder
