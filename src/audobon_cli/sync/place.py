"""Places that libraries are pushed to and pulled from: making and opening them, and their refs."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.backup.destinations import Destination
from audobon_cli.backup.opener import CLOUD_UPLOADS, FOLDER_UPLOADS, TERMS, RepositoryOpener
from audobon_cli.backup.repository import key_slots
from audobon_cli.backup.repository.config import Config, decode_config, encode_config, new_config
from audobon_cli.backup.repository.crypto import Keys, RecordKind
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.backup.repository.lease import PROBES
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.backup.repository.unlock_keys import read_keys
from audobon_cli.domain.errors import (
    BackupDamaged,
    BackupExists,
    BackupKeyRefused,
    RemoteMissing,
    RemoteObjectMissing,
    RemoteObjectShort,
    SyncDamaged,
    SyncPlaceNotFound,
)
from audobon_cli.encryption.secret_files import Ask, SecretFiles, checked_secret
from audobon_cli.remotes.addresses import CLOUD
from audobon_cli.remotes.base import Remote
from audobon_cli.sync.refs import KEY as REFS
from audobon_cli.sync.refs import SharedRefs, decode_refs, encode_refs

CONFIG = "shared"
"""Not a backup's ``config``: older programs, too, must take a place for no repository that they may prune."""
KIND = "audobon shared library"


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """An opened place. ``made``: this process made it just now."""

    repository: Repository
    made: bool = False

    @property
    def address(self) -> str:
        """As people write it."""
        return self.repository.remote.address

    @property
    def id(self) -> bytes:
        """16 random bytes, which tell this place from any other at the same address."""
        return self.repository.config.repository

    def read_refs(self) -> SharedRefs:
        """Where branches and tags are; nothing before the first push has ended. Raises SyncDamaged, BackupNewer."""
        with place_errors(self.address):
            try:
                sealed = self.repository.remote.get(REFS)
            except RemoteObjectMissing:
                return SharedRefs()
            try:
                return decode_refs(self.repository.keys.open(RecordKind.REFS, sealed))
            except ValueError as error:
                raise damaged(self.address, f"its refs make no sense: {error}") from error

    def refs_version(self) -> str | None:
        """The version that `move_refs` must find. Ask for it before reading the refs."""
        stat = self.repository.remote.stat(REFS)
        return None if stat is None else stat.version

    def move_refs(self, refs: SharedRefs, version: str | None) -> bool:
        """Make these the place's refs, unless they have moved since ``version``; whether it was done."""
        sealed = self.repository.keys.seal(RecordKind.REFS, encode_refs(refs))
        return self.repository.remote.compare_and_swap(REFS, sealed, version) is not None


@dataclass(frozen=True, slots=True)
class PlaceAccess:
    """How places are opened: ``ask`` asks a person for the passphrase, ``ask_new`` for one of a new place."""

    opener: RepositoryOpener
    given: SecretFiles
    ask: Ask
    ask_new: Ask

    @contextlib.contextmanager
    def opened(self, destination: Destination) -> Iterator[SharedPlace]:
        """The place, for reading. Raises SyncPlaceNotFound, BackupKeyRefused and what a Remote raises."""
        try:
            remote = self.opener.remote(destination)
        except RemoteMissing as error:
            raise _not_found(destination.address, error.message) from error
        try:
            try:
                config = _read(remote)
            except RemoteMissing as error:
                raise _not_found(remote.address, error.message) from error
            if config is None:
                raise _not_found(remote.address)
            yield self._open(remote, config, destination)
        finally:
            remote.close()

    @contextlib.contextmanager
    def opened_or_made(self, destination: Destination, encrypted: bool) -> Iterator[SharedPlace]:
        """The place, for writing; made where nothing is, by whichever of several processes is first.

        Raises BackupKeyRefused, also where a place is not ``encrypted`` that should be, BackupExists where something
        else is, and what a Remote raises.
        """
        from audobon_cli.remotes.open import check_conditions

        secret = None
        if encrypted and _is_absent_folder(destination):  # not made before it is known what opens it
            secret = self._new_secret(destination)
        remote = self.opener.remote(destination, create=True)
        try:
            config, made = _read(remote), False
            if config is None:
                _refuse_other_things(remote)
                if encrypted and secret is None:
                    secret = self._new_secret(destination)
                check_conditions(remote)
                made = _make(remote, secret)
                config = _read(remote)
                if config is None:
                    raise damaged(remote.address, f"{CONFIG} was taken away as it was written")
            if encrypted and not config.encrypted:
                raise BackupKeyRefused(
                    f"{remote.address} is not encrypted: whoever can read it would read what is pushed.",
                    hint="if that is meant, say so with --no-encryption",
                    address=remote.address,
                )
            yield SharedPlace(self._open(remote, config, destination).repository, made)
        finally:
            remote.close()

    def _open(self, remote: Remote, config: Config, destination: Destination) -> SharedPlace:
        secret = None
        if config.encrypted:
            secret = self.opener.secret(destination, self.given, self.ask)
        elif self.given != SecretFiles():
            raise BackupKeyRefused(
                f"{remote.address} is not encrypted, though a passphrase or key file was given.",
                hint="somebody may have put another place there; if you know better, leave the option out",
                address=remote.address,
            )
        uploads = CLOUD_UPLOADS if destination.address.startswith(CLOUD) else FOLDER_UPLOADS
        with place_errors(remote.address):
            return SharedPlace(Repository(remote, config, read_keys(remote, config, secret), uploads))

    def _new_secret(self, destination: Destination) -> UnlockSecret:
        return checked_secret(self.opener.secret(destination, self.given, self.ask_new), TERMS)


def is_place_folder(folder: Path) -> bool:
    """Whether ``folder`` looks like a place: its configuration is a file there, and keys or packs lie beside it."""
    return (folder / CONFIG).is_file() and ((folder / "packs").is_dir() or (folder / "keys").is_dir())


def _is_absent_folder(destination: Destination) -> bool:
    return not destination.address.startswith(CLOUD) and not Path(destination.address).expanduser().exists()


def _refuse_other_things(remote: Remote) -> None:
    passing = (key_slots.PREFIX, PROBES)
    found = next((one for one in remote.list() if not one.key.startswith(passing)), None)
    if found is not None and found.key != CONFIG:
        raise BackupExists(
            f"{remote.address} holds {found.key} and is no shared library.",
            hint="name an empty place; backups and shared libraries lie in places of their own",
            address=remote.address,
        )


def _make(remote: Remote, secret: UnlockSecret | None) -> bool:
    """Make a place, without a ``secret`` one that is not encrypted; False if another process was first.

    A key comes before what it belongs to.
    """
    config = new_config(secret is not None)
    slot = None
    if secret is not None:
        keys = Keys(config.repository, secrets.token_bytes(key_slots.MASTER_BYTES))
        name, content = key_slots.wrap(keys.master, config.repository, secret, "")
        slot = key_slots.PREFIX + name
        remote.put(slot, content)
    encoded = encode_config(config, KIND)
    if remote.put(CONFIG, encoded) or remote.get(CONFIG) == encoded:
        return True
    if slot is not None:
        remote.delete(slot)
    return False


@contextlib.contextmanager
def place_errors(address: str) -> Iterator[None]:
    """Turn what is wrong with a repository's objects into SyncDamaged, whose hint fits a place."""
    try:
        yield
    except (BackupDamaged, RemoteObjectMissing, RemoteObjectShort) as error:
        raise damaged(address, error.message.rstrip(".")) from error


def _read(remote: Remote) -> Config | None:
    try:
        content = remote.get(CONFIG)
    except RemoteObjectMissing:
        return None
    with place_errors(remote.address):
        return decode_config(content, remote, CONFIG)


def _not_found(address: str, fact: str = "") -> SyncPlaceNotFound:
    return SyncPlaceNotFound(
        fact or f"No library was pushed to {address}.",
        hint="check the address, and that the disk is there; on the machine that has the library: "
        f"audobon library push {address}",
        address=address,
    )


def damaged(address: str, fact: str) -> SyncDamaged:
    """The error for a place of which ``fact`` is wrong."""
    return SyncDamaged(
        f"The shared library at {address} is damaged: {fact}.",
        hint=f"on a machine that has everything: audobon library push {address} --full",
        address=address,
    )
