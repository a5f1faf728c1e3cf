"""The keys that open an encrypted library: listing, adding, removing, changing them."""

from pathlib import Path

from audobon_cli.domain.errors import AudobonError, InvalidInput
from audobon_cli.encryption.key_slots import KeySlot as KeySlot
from audobon_cli.library.store.encryption.key_folder import KEYRING, KeyFolder
from audobon_cli.library.store.encryption.unlock import (
    LibraryUnlock,
    keep_in_keyring,
    keyring_name,
    of_keyring,
)
from audobon_cli.library.store.encryption.unlock import NewSecret as NewSecret
from audobon_cli.library.store.location import has_library, is_encrypted
from audobon_cli.storage.disk_errors import library_not_found


def list_keys(root: Path) -> tuple[KeySlot, ...]:
    """The keys of the library in ``root``, oldest first; no secret is needed. Raises InvalidInput for one that is not
    encrypted, LibraryNotFound, LibraryKeysDamaged."""
    return _folder(root).listed()


def add_key(
    root: Path, unlock: LibraryUnlock, secret: NewSecret, label: str = ""
) -> tuple[KeySlot, Path | None]:
    """Let another secret open the library, too: the key, and the key file that was made for it.

    Raises what LibraryUnlock.open and NewSecret.choose raise.
    """
    folder = _folder(root)
    _, keys = unlock.open(root)
    chosen, key_file = secret.choose()
    slot = folder.add(keys, chosen, label)
    try:
        keep_in_keyring(unlock.keyring, keys.id, chosen)
    except AudobonError:
        folder.remove([slot.name])
        raise
    return slot, key_file


def remove_key(root: Path, unlock: LibraryUnlock, reference: str) -> KeySlot:
    """Remove the key whose name begins with ``reference``. Raises InvalidInput for the last one and for the one that
    opens the library now.

    Whoever has a copy of the key's file, and its secret, still opens the library and every copy of it.
    """
    folder = _folder(root)
    found = folder.find(reference)
    if len(folder.listed()) == 1:
        raise InvalidInput(
            "It is the only key: without it nobody can read the library.",
            hint="add another one first: `audobon library key add`",
        )
    opened, _ = unlock.open(root)
    if opened == found.name:
        raise InvalidInput(
            "It is the key that the library was opened with just now: later commands would fail.",
            hint="`audobon library key rotate` replaces it; or give the passphrase or key file of another one",
        )
    _drop(folder, unlock, [found])
    return found


def rotate_keys(
    root: Path, unlock: LibraryUnlock, secret: NewSecret, label: str = ""
) -> tuple[KeySlot, tuple[KeySlot, ...], Path | None]:
    """Let one new secret alone open the library: its key, the keys removed, the key file made.

    The master key stays, so nothing else is written anew; `library encrypt` into a new folder is what changes it.
    """
    folder = _folder(root)
    before = folder.listed()
    made, key_file = add_key(root, unlock, secret, label)
    folder.remove([slot.name for slot in before])
    if made.way != KEYRING and any(slot.way == KEYRING for slot in before):
        unlock.keyring.drop(keyring_name(folder.library_id()))
    return made, before, key_file


def _drop(folder: KeyFolder, unlock: LibraryUnlock, slots: list[KeySlot]) -> None:
    """Remove slots, and the keyring's entry if it opens one of them."""
    kept = unlock.keyring.get(keyring_name(folder.library_id()))
    own = folder.open([of_keyring(kept)]) if kept else None
    folder.remove([slot.name for slot in slots])
    if own is not None and own[0] in {slot.name for slot in slots}:
        unlock.keyring.drop(keyring_name(folder.library_id()))


def _folder(root: Path) -> KeyFolder:
    if not has_library(root):
        raise library_not_found(root)
    if not is_encrypted(root):
        raise InvalidInput(
            f"The library at {root} is not encrypted: it has no keys.",
            hint="`audobon library encrypt NEWFOLDER` writes an encrypted one beside it",
        )
    return KeyFolder(root)
