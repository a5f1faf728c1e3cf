"""The key slots of a repository. One object under keys/ each."""

from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import BackupKeyRefused, BackupNewer
from audobon_cli.domain.foreign.text import MARK
from audobon_cli.encryption import key_slots as shared
from audobon_cli.encryption.key_slots import MASTER_BYTES as MASTER_BYTES
from audobon_cli.encryption.key_slots import KeySlot as KeySlot
from audobon_cli.encryption.key_slots import NewerSlot, Slot, SlotOwner, parse_slot
from audobon_cli.encryption.key_slots import UnlockSecret as UnlockSecret
from audobon_cli.encryption.key_slots import describe as describe
from audobon_cli.encryption.key_slots import slot_name as slot_name
from audobon_cli.remotes.base import Remote

PREFIX = "keys/"


def wrap(master: bytes, repository: bytes, secret: UnlockSecret, label: str) -> tuple[str, bytes]:
    """A new key slot for ``master``: its name and its bytes."""
    return shared.wrap(master, _owner(repository), secret, label)


def read_slot(remote: Remote, name: str) -> Slot:
    """One key slot. Raises BackupDamaged, BackupNewer, RemoteObjectMissing."""
    content = remote.get(PREFIX + name)
    if slot_name(content) != name:
        raise damaged(f"The key {name[:12]}… is not, byte for byte, what was written.", key=name)
    try:
        return parse_slot(content)
    except NewerSlot as error:
        raise BackupNewer(
            f"The key {name[:12]}… has format {error.number}; this version knows {shared.FORMAT}.",
            hint="use a newer Audobon, or another key",
        ) from error
    except ValueError as error:
        raise damaged(f"The key {name[:12]}… makes no sense: {error}.", key=name) from error


def unwrap(slots: dict[str, Slot], repository: bytes, secret: UnlockSecret) -> tuple[str, bytes]:
    """The slot that ``secret`` opens, and the master key in it. Raises BackupKeyRefused.

    Costs a scrypt for each slot of a passphrase that it tries, and a second where that opens nothing.
    """
    tried = [secret]
    if secret.passphrase is not None:
        # Before 29 November 2026 the mark that editors write before a text was taken for a part of the passphrase.
        tried.append(UnlockSecret(passphrase=MARK + secret.passphrase))
    found = shared.unwrap(slots, _owner(repository), tried)
    if found is None:
        raise BackupKeyRefused(
            f"The {secret.way.replace('-', ' ')} opens none of the repository's keys.",
            hint="check it; without a passphrase or key file that opens one, nobody can read the backup",
            keys=len(slots),
        )
    return found


def _owner(repository: bytes) -> SlotOwner:
    return SlotOwner(repository, b"backup")
