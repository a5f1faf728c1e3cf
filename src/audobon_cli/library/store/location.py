"""Where libraries lie, told without opening one."""

import os
from pathlib import Path

DATABASE_NAME = "audobon.db"
KEYS_FOLDER = "keys"
ENCRYPTING = "encrypting"
"""A file in a folder in which `library encrypt` has not come to its end; it names the library that is read."""
LIBRARY_FOLDER = ".audobon"
"""The name of a project's library folder."""


def has_library(root: Path) -> bool:
    """Whether a library was made in ``root``."""
    return (root / DATABASE_NAME).is_file()


def is_encrypted(root: Path) -> bool:
    """Whether the library in ``root`` is encrypted, or one that is to be was begun there."""
    return os.path.isdir(root / KEYS_FOLDER)


def find_library(start: Path) -> Path | None:
    """The ``.audobon`` folder nearest to ``start``, there or in a folder above it; None without one.

    A folder in which `init` was killed counts too, so that pictures do not go elsewhere unnoticed.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        candidate = folder / LIBRARY_FOLDER
        if (candidate / DATABASE_NAME).exists() or (candidate / "objects").is_dir():
            return candidate
    return None


def library_folder(chosen: str, start: Path) -> Path | None:
    """The library folder that is meant by ``chosen``, which may be a project's; "": that nearest to ``start``."""
    if not chosen:
        return find_library(start)
    folder = Path(chosen).expanduser()
    return folder / LIBRARY_FOLDER if has_library(folder / LIBRARY_FOLDER) else folder
