"""From a secret to the keys of a repository. Light to import: scrypt, which comes first, takes the longest."""

from audobon_cli.backup.repository import key_slots
from audobon_cli.backup.repository.config import Config
from audobon_cli.backup.repository.crypto import Keys, public_keys
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.backup.repository.problems import Problem, damaged
from audobon_cli.domain.errors import AudobonError, BackupKeyRefused, RemoteObjectMissing
from audobon_cli.remotes.base import Remote


def read_keys(remote: Remote, found: Config, secret: UnlockSecret | None) -> Keys:
    """The keys of the repository with this configuration. Raises BackupKeyRefused, BackupDamaged."""
    slots = read_valid_key_slots(remote) if found.encrypted and secret is not None else ({}, [])
    return keys_in(slots, remote, found, secret)


def keys_in(
    read: tuple[dict[str, dict[str, object]], list[Problem]],
    remote: Remote,
    found: Config,
    secret: UnlockSecret | None,
) -> Keys:
    """The same from key slots that were ``read`` (see read_valid_key_slots)."""
    if not found.encrypted:
        return public_keys(found.repository)
    if secret is None:
        raise BackupKeyRefused(
            f"The repository at {remote.address} is encrypted, and no passphrase or key file was given.",
            hint="give --passphrase-file or --key-file, or set AUDOBON_PASSPHRASE",
        )
    slots, problems = read
    if not slots:
        why = problems[0].why if problems else "There is none under keys/."
        raise damaged(f"No key of the repository at {remote.address} can be read: {why}")
    _, master = key_slots.unwrap(slots, found.repository, secret)
    return Keys(found.repository, master)


def read_valid_key_slots(remote: Remote) -> tuple[dict[str, dict[str, object]], list[Problem]]:
    """The key slots that can be read, and what is wrong with others."""
    slots: dict[str, dict[str, object]] = {}
    problems: list[Problem] = []
    for stat in list(remote.list(key_slots.PREFIX)):
        name = stat.key.removeprefix(key_slots.PREFIX)
        try:
            slots[name] = key_slots.read_slot(remote, name)
        except RemoteObjectMissing:
            continue
        except AudobonError as error:
            problems.append(Problem(stat.key, error.message))
    return slots, problems
