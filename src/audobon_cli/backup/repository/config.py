"""The object ``config``: which repository this is, in which format. The only thing in it that is readable."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import BackupNewer, BackupNotFound, RemoteObjectMissing
from audobon_cli.domain.foreign.json_fields import flag, hexadecimal, read_document, whole_number
from audobon_cli.remotes.base import Remote

KEY = "config"
FORMAT = 1
REPOSITORY_BYTES = 16
KIND = "audobon backup repository"


@dataclass(frozen=True, slots=True)
class Config:
    """``repository`` is 16 random bytes, bound to everything in it."""

    repository: bytes
    encrypted: bool
    format: int = FORMAT


def new_config(encrypted: bool) -> Config:
    """The configuration of a new repository."""
    return Config(secrets.token_bytes(REPOSITORY_BYTES), encrypted)


def encode_config(config: Config, kind: str = KIND) -> bytes:
    """One line of JSON, and one with its SHA-256."""
    line = json.dumps(
        {
            "kind": kind,
            "format": config.format,
            "repository": config.repository.hex(),
            "encrypted": config.encrypted,
        },
        sort_keys=True,
    ).encode()
    return b"%b\n%b\n" % (line, hashlib.sha256(line).hexdigest().encode())


def read_config(remote: Remote) -> Config:
    """The repository's configuration. Raises BackupNotFound, BackupNewer, BackupDamaged; and RemoteMissing, as all that
    a remote raises, if the folder or bucket itself is not there."""
    try:
        content = remote.get(KEY)
    except RemoteObjectMissing as error:
        raise BackupNotFound(
            f"There is no backup repository at {remote.address}.",
            hint=f"make one with `audobon backup init {remote.address}`",
            address=remote.address,
        ) from error
    return decode_config(content, remote)


def decode_config(content: bytes, remote: Remote, key: str = KEY) -> Config:
    """The configuration in the object ``key``. Raises BackupNewer, BackupDamaged."""
    lines = content.split(b"\n")
    if len(lines) != 3 or lines[2] or hashlib.sha256(lines[0]).hexdigest().encode() != lines[1]:
        raise damaged(f"The object {key} at {remote.address} is damaged.", object=key)
    try:
        return _checked(read_document(lines[0]), remote)
    except ValueError as error:
        raise damaged(f"The object {key} at {remote.address} makes no sense: {error}.", object=key) from error


def _checked(data: dict[str, Any], remote: Remote) -> Config:
    form = whole_number(data, "format", least=1)
    if form > FORMAT:
        raise BackupNewer(
            f"The repository at {remote.address} has format {form}; this version knows {FORMAT}.",
            hint="use a newer Audobon; nothing was changed",
            address=remote.address,
        )
    repository = bytes.fromhex(hexadecimal(data, "repository", REPOSITORY_BYTES))
    return Config(repository, flag(data, "encrypted"), form)
