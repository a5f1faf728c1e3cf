"""Making a project's library."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.library.modes.private import keep_from_others
from audobon_cli.library.store.library import LIBRARY_FOLDER, Library

if TYPE_CHECKING:
    from audobon_cli.library.store.encryption.unlock import NewSecret
    from audobon_cli.storage.os_keyring import TokenStore


@dataclass(frozen=True, slots=True)
class Initialised:
    """The library folder, whether this call made it, and the key file that was made for it."""

    path: Path
    created: bool
    key_file: Path | None = None


def initialise(project: Path, private: bool = False) -> Initialised:
    """Make ``.audobon`` in the folder ``project``, unless it is there. Safe to run again after a kill.

    A .gitignore inside keeps the stored pictures out of a git repository around it. ``private`` makes one that no
    other account reads. Raises what Library.create raises.
    """
    root = project.absolute() / LIBRARY_FOLDER
    existed = Library(root).exists
    if not existed:
        Library.create(root, hidden_from_git=True).close()
        if private:
            keep_from_others(root)
    return Initialised(root, not existed)


def initialise_encrypted(
    project: Path, secret: "NewSecret", keyring: "TokenStore", private: bool = False
) -> Initialised:
    """The same of an encrypted library that ``secret`` opens. Raises what `create_encrypted` raises."""
    from audobon_cli.library.encryption.create import create_encrypted

    root = project.absolute() / LIBRARY_FOLDER
    made = create_encrypted(root, secret, keyring, hidden_from_git=True)
    if made.created and private:
        keep_from_others(root)
    return Initialised(root, made.created, made.key_file)
