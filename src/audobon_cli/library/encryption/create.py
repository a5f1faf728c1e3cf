"""Making an encrypted library."""

from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import AudobonError, InvalidInput
from audobon_cli.library.store.encryption.key_folder import KeyFolder
from audobon_cli.library.store.encryption.unlock import NewSecret, keep_in_keyring
from audobon_cli.library.store.library import IGNORED, PIN_NAME, Library, remove_empty
from audobon_cli.library.store.location import has_library, is_encrypted
from audobon_cli.storage.disk_errors import library_busy, library_errors
from audobon_cli.storage.file_locks import exclusive_lock
from audobon_cli.storage.filesystems import refuse_no_folder, refuse_unfit_filesystem
from audobon_cli.storage.os_keyring import TokenStore
from audobon_cli.storage.sqlite import WAIT_SECONDS, require_cipher


@dataclass(frozen=True, slots=True)
class EncryptedLibrary:
    """Whether a library was made, or found made, and the key file that was made for it."""

    created: bool
    key_file: Path | None = None


def create_encrypted(
    root: Path, secret: NewSecret, keyring: TokenStore, label: str = "", hidden_from_git: bool = False
) -> EncryptedLibrary:
    """Make an encrypted library in ``root``, which ``secret`` opens, or find it made; safe to run again after a kill.

    Where one was begun and never finished it is begun anew, for it holds nothing. Raises InvalidInput where a library
    is that is not encrypted, EncryptionUnavailable, LibraryKeyRefused, KeyringUnavailable and what Library.create
    raises.
    """
    refuse_plain(root)
    if has_library(root):
        return EncryptedLibrary(created=False)
    require_cipher()
    refuse_no_folder(root)
    refuse_unfit_filesystem(root)
    chosen, key_file = secret.choose()
    made = [folder for folder in (root, *root.parents) if not folder.exists()]
    with library_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(root / PIN_NAME, WAIT_SECONDS) as taken:
            if not taken:
                raise library_busy(root, WAIT_SECONDS)
            if has_library(root):
                return EncryptedLibrary(created=False)
            Library(root).refuse_lost_database()
            folder = KeyFolder(root)
            folder.discard()
            try:
                keys = folder.begin(chosen, label)
                keep_in_keyring(keyring, keys.id, chosen)
                Library.create(root, hidden_from_git=hidden_from_git, keys=keys).close()
            except AudobonError:
                folder.discard()
                if root in made:
                    _clear(root)
                remove_empty(made)
                raise
    return EncryptedLibrary(created=True, key_file=key_file)


def refuse_plain(root: Path) -> None:
    """Raise InvalidInput if there is a library in ``root`` that is not encrypted."""
    if has_library(root) and not is_encrypted(root):
        raise InvalidInput(
            f"There is a library at {root} that is not encrypted.",
            hint="`audobon library encrypt NEWFOLDER` writes an encrypted one beside it",
        )


def _clear(root: Path) -> None:
    """Take the files away again that were made before it failed."""
    Library(root).database.discard_lock()
    for name in (IGNORED, PIN_NAME):
        (root / name).unlink(missing_ok=True)
