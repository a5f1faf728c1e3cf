"""Making a project's library."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.library.store.library import LIBRARY_FOLDER, Library
from audobon_cli.storage.disk_errors import library_errors


@dataclass(frozen=True, slots=True)
class Initialised:
    """The library folder, and whether this call made it."""

    path: Path
    created: bool


def initialise(project: Path) -> Initialised:
    """Make ``.audobon`` in the folder ``project``, unless it is there. Safe to run again after a kill.

    A .gitignore inside keeps the stored pictures out of a git repository around it. Raises what
    Library.create raises.
    """
    root = project.absolute() / LIBRARY_FOLDER
    existed = Library(root).exists
    library = Library.create(root)
    library.close()
    with library_errors(root):
        ignore = root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    return Initialised(root, not existed)
