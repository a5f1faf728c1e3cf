"""The key slots of a library: a file each in its folder ``keys``."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import InvalidInput, LibraryKeyRefused, LibraryKeysDamaged, LibraryNewer
from audobon_cli.domain.foreign.json_fields import hexadecimal
from audobon_cli.encryption.key_slots import (
    FORMAT,
    MASTER_BYTES,
    KeySlot,
    NewerSlot,
    Slot,
    SlotOwner,
    UnlockSecret,
    describe,
    parse_slot,
    slot_name,
    unwrap,
    wrap,
)
from audobon_cli.library.store.encryption.keys import ID_BYTES, LibraryKeys
from audobon_cli.library.store.location import KEYS_FOLDER
from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import library_errors
from audobon_cli.storage.durable_files import sync_folder, write_new

LEAST_PREFIX = 4
KEYRING = "keyring"
"""How slots name a secret that a keyring keeps."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The slots of the library in ``root``."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.root / KEYS_FOLDER

    def begin(self, secret: UnlockSecret, label: str) -> LibraryKeys:
        """New keys, which ``secret`` opens; durable on return. Raises what writing to a library raises."""
        keys = LibraryKeys(secrets.token_bytes(MASTER_BYTES))
        self.add(keys, secret, label)
        return keys

    def add(self, keys: LibraryKeys, secret: UnlockSecret, label: str) -> KeySlot:
        """Let ``secret`` open the library, too; durable on return."""
        name, content = wrap(keys.master, _owner(keys.id), secret, label, {"library": keys.id.hex()})
        with library_errors(self.root):
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = self.folder / f".{name}"
            write_new(draft, content, 0o600)
            current().replace(draft, self.folder / name)
            sync_folder(self.folder)
            sync_folder(self.root)
        return describe(name, parse_slot(content))

    def remove(self, names: Sequence[str]) -> None:
        """Delete slots; durable on return. Whoever has a copy of one, and its secret, still opens the library."""
        with library_errors(self.root):
            for name in names:
                current().delete(self.folder / name, missing_ok=True)
            sync_folder(self.folder)

    def discard(self) -> None:
        """Delete all slots and their folder, where no library came to be."""
        if not self.folder.is_dir():
            return
        with library_errors(self.root):
            for path in self.folder.iterdir():
                current().delete(path, missing_ok=True)
            self.folder.rmdir()

    def slots(self) -> dict[str, Slot]:
        """The slots that can be read. Raises LibraryNewer, and LibraryKeysDamaged if there is none."""
        found: dict[str, Slot] = {}
        why = f"there is none in {self.folder}"
        newer = 0
        with library_errors(self.root):
            paths = sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))
            for path in paths:
                content = path.read_bytes()
                try:
                    if slot_name(content) != path.name:
                        raise ValueError("it is not, byte for byte, what was written")
                    slot = parse_slot(content)
                    hexadecimal(slot, "library", ID_BYTES)
                    found[path.name] = slot
                except NewerSlot as error:
                    newer = error.number
                except ValueError as error:
                    why = f"{path.name[:12]}… cannot be read: {error}"
        if not found and newer:
            raise LibraryNewer(
                f"The keys of the library at {self.root} have format {newer}; this Audobon knows {FORMAT}.",
                hint="upgrade Audobon: `pip install --upgrade audobon-cli`",
            )
        if not found:
            raise LibraryKeysDamaged(
                f"The library at {self.root} is encrypted, and its keys are gone: {why}.",
                hint="put back a copy of the folder keys/, or restore a backup: `audobon backup restore latest`",
                path=str(self.folder),
            )
        return found

    def listed(self) -> tuple[KeySlot, ...]:
        """The slots, oldest first. Raises what `slots` raises."""
        slots = (describe(*item) for item in self.slots().items())
        return tuple(sorted(slots, key=lambda slot: (slot.created, slot.name)))

    def find(self, reference: str) -> KeySlot:
        """The slot whose name begins with ``reference``. Raises InvalidInput."""
        known = self.listed()
        found = [slot for slot in known if len(reference) >= LEAST_PREFIX and slot.name.startswith(reference)]
        if len(found) != 1:
            raise InvalidInput(
                f"{len(found) or 'No'} keys begin with {reference!r}.",
                hint="`audobon library key list` shows them",
            )
        return found[0]

    def library_id(self) -> str:
        """What keyrings call the library. Raises what `slots` raises."""
        return str(next(iter(self.slots().values()))["library"])

    def open(self, tried: Sequence[UnlockSecret]) -> tuple[str, LibraryKeys] | None:
        """The slot that one of the secrets opens, and the library's keys; None if there is none.

        Costs 0.2 s to 0.4 s for each passphrase and each slot of one. Raises what `slots` raises.
        """
        for name, slot in self.slots().items():
            found = unwrap({name: slot}, _owner(bytes.fromhex(slot["library"])), tried)
            if found is not None:
                return name, LibraryKeys(found[1])
        return None


def _owner(library: bytes) -> SlotOwner:
    return SlotOwner(library, b"library")


def key_refused(root: Path, tried: Sequence[UnlockSecret]) -> LibraryKeyRefused:
    """The error where nothing opened the library."""
    how = (
        "set encryption_key_file or encryption_passphrase_file in the settings, or AUDOBON_LIBRARY_PASSPHRASE; "
        "`audobon library key list` shows what opens it"
    )
    if not tried:
        return LibraryKeyRefused(
            f"The library at {root} is encrypted, and no passphrase, key file or keyring entry was found.",
            hint=how,
            path=str(root),
        )
    ways = " and ".join(dict.fromkeys(f"the {secret.way.replace('-', ' ')}" for secret in tried))
    opens = "opens" if len(set(secret.way for secret in tried)) == 1 else "open"
    return LibraryKeyRefused(
        f"{ways[0].upper()}{ways[1:]} {opens} none of the keys of the library at {root}.",
        hint=f"check it, or {how}",
        path=str(root),
    )
