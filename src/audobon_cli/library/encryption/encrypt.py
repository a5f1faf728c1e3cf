"""Writing an encrypted library from one that is not, beside it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput, LibraryKeysDamaged, OutputExists
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.encryption.key_slots import UnlockSecret
from audobon_cli.library.modes.private import begin_private, keep_from_others
from audobon_cli.library.store.blobs import OBJECTS
from audobon_cli.library.store.encryption.key_folder import KeyFolder
from audobon_cli.library.store.encryption.keys import LibraryKeys
from audobon_cli.library.store.encryption.unlock import (
    NewSecret,
    keep_in_keyring,
    keyring_name,
    of_keyring,
)
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME, ENCRYPTING, has_library, is_encrypted
from audobon_cli.platforms import current
from audobon_cli.storage.copies import open_copy, write_image
from audobon_cli.storage.disk_errors import ENCRYPTED, database_damaged, library_errors
from audobon_cli.storage.durable_files import output_errors, sync_file, sync_folder
from audobon_cli.storage.filesystems import refuse_unfit_filesystem
from audobon_cli.storage.integrity import broken_rows
from audobon_cli.storage.os_keyring import TokenStore
from audobon_cli.storage.sqlite import require_cipher

PROGRESS_EVERY = 64


@dataclass(frozen=True, slots=True)
class EncryptionReport:
    """Where the encrypted library is, what was read back from it, and the key file that was made for it."""

    path: Path
    assets: int
    files: int
    file_bytes: int
    key_file: Path | None


def encrypt_library(
    library: Library,
    folder: Path,
    secret: NewSecret,
    keyring: TokenStore,
    listen: Listener = ignore,
    private: bool = False,
) -> EncryptionReport:
    """Write everything of ``library`` to an encrypted one in ``folder``, which is new or empty, or in which this was
    killed before, and read it all back. ``library`` stays as it is, and nobody files anything in it meanwhile.

    The database gets its name last: until then the folder is no library. Killed, the same call goes on with what is
    there, or begins anew where ``secret`` does not open it. ``private``: no other account reads what is made.

    Raises InvalidInput for a library that is encrypted, OutputExists for a folder that holds something else,
    EncryptionUnavailable, LibraryBusy, BlobMissing and BlobCorrupt for what the library has lost, which is to be
    mended first, and what the disk raises.
    """
    library.require_writable()
    if library.keys is not None:
        raise InvalidInput(f"The library at {library.root} is encrypted already.", hint="use it as it is")
    require_cipher()
    _refuse_nesting(library.root, folder)
    chosen, key_file = secret.choose()
    refuse_unfit_filesystem(folder)
    with library_errors(folder):
        _claim(folder, library.root)
        if private:
            begin_private(folder)
        keys = _begun(folder, chosen, keyring)
        made = Library(folder, library.database.wait_seconds, keys)
        made.blobs.create()
        with library.collecting():
            draft = folder / f"{DATABASE_NAME}.{ENCRYPTING}"
            current().delete(draft, missing_ok=True)
            write_image(library.database.image(), draft, keys.database)
            sync_file(draft)
            with library.database.read() as statements:
                blobs = [BlobId(row[0]) for row in statements.rows("SELECT id FROM blobs ORDER BY id")]
            made.blobs.put_many(_contents(library, blobs, listen))
            size = _read_back(made, draft, blobs, listen)
            if private:
                keep_from_others(folder)
            current().replace(draft, folder / DATABASE_NAME)
            sync_folder(folder)
            current().delete(folder / ENCRYPTING)
    return EncryptionReport(folder, library.assets.count(), len(blobs), size, key_file)


def _refuse_nesting(root: Path, folder: Path) -> None:
    place, own = folder.resolve(), root.resolve()
    if place == own or place.is_relative_to(own) or own.is_relative_to(place):
        raise InvalidInput(
            f"The new folder {place} and the library {own} lie in each other.", hint="name a folder elsewhere"
        )


def _claim(folder: Path, root: Path) -> None:
    """Make the folder ours: new, empty, or with the marker of this very library."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    marker, said = folder / ENCRYPTING, str(root.resolve())
    if has_library(
        folder
    ):  # killed after the last step, which is to take the marker away; or another library
        current().delete(marker, missing_ok=True)
        raise OutputExists(
            f"There is a library in {folder} already.",
            hint=f"if it is the encrypted one, use it: --library {folder}; else name a new folder",
            path=str(folder),
        )
    if any(folder.iterdir()):
        if not marker.is_file() or marker.read_text(encoding="utf-8") != said:
            raise OutputExists(f"{folder} is not empty.", hint="name a new folder", path=str(folder))
        return
    marker.write_text(said, encoding="utf-8")
    sync_file(marker)


def _begun(folder: Path, secret: UnlockSecret, keyring: TokenStore) -> LibraryKeys:
    """The keys of the library that was begun in ``folder``, or fresh ones."""
    slots = KeyFolder(folder)
    if is_encrypted(folder):
        try:
            kept = keyring.get(keyring_name(slots.library_id()))
            found = slots.open([secret, *([of_keyring(kept)] if kept else [])])
        except LibraryKeysDamaged:
            found = None
        if found is not None:
            return found[1]
    slots.discard()
    if (folder / OBJECTS).exists():  # written under keys that are gone
        shutil.rmtree(folder / OBJECTS)
    keys = slots.begin(secret, "")
    keep_in_keyring(keyring, keys.id, secret)
    return keys


def _contents(library: Library, blobs: list[BlobId], listen: Listener) -> Iterator[bytes]:
    for number, blob in enumerate(blobs):
        if number % PROGRESS_EVERY == 0:
            listen(Progress("encrypting", number, len(blobs), "files"))
        yield library.blobs.read(blob)
    listen(Progress("encrypting", len(blobs), len(blobs), "files"))


def _read_back(made: Library, draft: Path, blobs: list[BlobId], listen: Listener) -> int:
    """Read everything of the new library; how many bytes its files hold. Raises LibraryCorrupt, BlobMissing and
    BlobCorrupt."""
    with open_copy(draft, made.database.key) as statements:
        problems = broken_rows(statements)
    if problems:
        raise database_damaged(draft, problems[0], ENCRYPTED)
    size = 0
    for number, blob in enumerate(blobs):
        size += len(made.blobs.read(blob))
        if number % PROGRESS_EVERY == 0:
            listen(Progress("verify", number, len(blobs), "files"))
    listen(Progress("verify", len(blobs), len(blobs), "files"))
    return size
