"""The keys that open a repository: adding, removing, changing them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from audobon_cli.backup.destinations import Destination, with_secret_files
from audobon_cli.backup.repository import key_slots
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.key_slots import KeySlot as KeySlot
from audobon_cli.backup.repository.key_slots import UnlockSecret as UnlockSecret
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.backup.repository.unlock_keys import read_valid_key_slots
from audobon_cli.domain.errors import BackupKeyRefused, InvalidInput, PointNotFound, SettingInvalid
from audobon_cli.storage.durable_files import output_errors, write_output

LEAST_PREFIX = 4


def list_keys(repository: Repository) -> tuple[KeySlot, ...]:
    """The repository's keys, oldest first; damaged ones are left out (`backup verify` names them)."""
    slots, _ = read_valid_key_slots(repository.remote)
    return tuple(sorted((key_slots.describe(*item) for item in slots.items()), key=lambda slot: slot.created))


def add_key(repository: Repository, secret: UnlockSecret, label: str = "") -> KeySlot:
    """Let ``secret`` open the repository, too. Raises InvalidInput for one without encryption."""
    _refuse_unencrypted(repository)
    name, content = key_slots.wrap(repository.keys.master, repository.config.repository, secret, label)
    repository.remote.put(key_slots.PREFIX + name, content)
    write_roster(repository.remote, repository.keys)
    return key_slots.describe(name, key_slots.read_slot(repository.remote, name))


def remove_key(repository: Repository, reference: str, in_use: UnlockSecret | None = None) -> KeySlot:
    """Remove the key whose name begins with ``reference``. Raises PointNotFound, InvalidInput for the last one and
    for the one that alone ``in_use``, the secret of later backups, opens.

    Whoever has an old copy of the key object, and its passphrase, can still open the repository.
    """
    _refuse_unencrypted(repository)
    known = list_keys(repository)
    found = [slot for slot in known if len(reference) >= LEAST_PREFIX and slot.name.startswith(reference)]
    if len(found) != 1:
        raise PointNotFound(
            f"{len(found) or 'No'} keys begin with {reference!r}.",
            hint="`audobon backup key list` shows them",
        )
    if len(known) == 1:
        raise InvalidInput(
            "That is the only key: without it nobody could ever read the repository.",
            hint="`audobon backup key add` another one first, or `audobon backup key rotate`",
        )
    if in_use is not None and _needs(repository, in_use, found[0].name):
        raise InvalidInput(
            "The settings (or AUDOBON_PASSPHRASE) open the repository with that key: later backups would fail.",
            hint="name another passphrase or key file there first; `audobon backup key rotate` does both at once",
            key=found[0].name,
        )
    _delete(repository, (key_slots.PREFIX + found[0].name,))
    return found[0]


def _needs(repository: Repository, secret: UnlockSecret, name: str) -> bool:
    """Whether ``secret`` opens the repository by the key ``name`` and by no other."""
    slots, _ = read_valid_key_slots(repository.remote)
    others = {other: slot for other, slot in slots.items() if other != name}
    return _opens(repository, {name: slots[name]}, secret) and not _opens(repository, others, secret)


def _opens(repository: Repository, slots: dict[str, dict[str, object]], secret: UnlockSecret) -> bool:
    try:
        key_slots.unwrap(slots, repository.config.repository, secret)
    except BackupKeyRefused:
        return False
    return True


def rotate_keys(
    repository: Repository, secret: UnlockSecret, label: str = "", added: Callable[[], None] = lambda: None
) -> tuple[KeySlot, tuple[KeySlot, ...]]:
    """Let ``secret`` alone open the repository: the new key, and those removed.

    ``added`` is called while both the new and the old keys open it; if it raises, they stay.
    The master key inside stays, or everything would have to be written anew: a new repository and `sync` do that.
    """
    before = list_keys(repository)
    _, unreadable = read_valid_key_slots(repository.remote)
    made = add_key(repository, secret, label)
    added()
    _delete(
        repository, (*[key_slots.PREFIX + slot.name for slot in before], *[bad.key for bad in unreadable])
    )
    return made, before


def _delete(repository: Repository, keys: tuple[str, ...]) -> None:
    write_roster(repository.remote, repository.keys, keys)
    for key in keys:
        repository.remote.delete(key)


def _refuse_unencrypted(repository: Repository) -> None:
    if not repository.config.encrypted:
        raise InvalidInput(
            f"The repository at {repository.remote.address} is not encrypted: it has no keys.",
            hint="make an encrypted one with `audobon backup init` elsewhere, and `audobon backup sync` into it",
        )


def change_secret_files(
    files: Iterable[Path | None], destination: Destination, passphrase_file: str, key_file: str
) -> Path | None:
    """Let the settings name the new passphrase or key file of a destination in the place of an old one, or none where
    it was typed: the settings file that was changed.

    None where no settings name a secret of that destination. Raises SettingInvalid where they do and cannot be changed
    here, and what writing a file raises.
    """
    if not destination.name or not (destination.passphrase_file or destination.key_file):
        return None
    passphrase_file, key_file = (
        str(Path(path).expanduser().absolute()) if path else "" for path in (passphrase_file, key_file)
    )
    changed = replace(destination, passphrase_file=passphrase_file, key_file=key_file)
    for file in files:
        if file is None or not file.exists():
            continue
        text = with_secret_files(file.read_text(encoding="utf-8"), changed)
        if text is None:
            continue
        with output_errors(file):
            write_output(file, text.encode(), overwrite=True)
        return file
    raise SettingInvalid(
        f"The settings name a passphrase or key file for {destination.name} in a way that is not changed here.",
        hint=f"write a table [backup.destinations.{destination.name}], then run the same command again; "
        "no key was removed",
    )
