"""Where libraries lie, told without opening one."""

from pathlib import Path

DATABASE_NAME = "audobon.db"
LIBRARY_FOLDER = ".audobon"
"""The name of a project's library folder."""


def has_library(root: Path) -> bool:
    """Whether a library was made in ``root``."""
    return (root / DATABASE_NAME).is_file()


def find_library(start: Path) -> Path | None:
    """The ``.audobon`` folder nearest to ``start``, there or in a folder above it; None without one.

    A folder in which `init` was killed counts too, so that pictures do not go elsewhere unnoticed.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        candidate = folder / LIBRARY_FOLDER
        if (candidate / DATABASE_NAME).exists() or (candidate / "objects").is_dir():
            return candidate
    return None
