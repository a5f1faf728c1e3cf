"""Making a project's library."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.library.store.library import LIBRARY_FOLDER, Library


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
    Library.create(root, hidden_from_git=True).close()
    return Initialised(root, not existed)
