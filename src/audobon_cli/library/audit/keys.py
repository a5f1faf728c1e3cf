"""The keys of audit logs: the first of each chain in the keyring or a private file, the one to come in a file."""

import contextlib
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import KeyringUnavailable
from audobon_cli.library.audit.chain import KEY_BYTES, AuditHead
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import write_new
from audobon_cli.storage.os_keyring import TokenKeyring, TokenStore

HERE = "this machine"


@dataclass(frozen=True, slots=True)
class KeyToCome:
    """The key of record ``index`` of its chain, and the record before it: ``number`` in the log, and its code."""

    index: int
    key: bytes
    number: int
    mac: bytes


class AuditKeys:
    """Keys in ``folder``, which is the user's alone, and in ``keyring``."""

    def __init__(self, folder: Path, keyring: TokenStore | None = None) -> None:
        self._folder = folder
        self._keyring = keyring or TokenKeyring()

    def begin(self) -> tuple[str, bytes]:
        """A new chain: its name and first key, which is kept now. Raises OSError where nothing can be written."""
        chain, secret = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES)
        current().make_private_folder(self._folder)
        try:
            self._keyring.put(_name(chain), secret.hex())
        except KeyringUnavailable:
            _write(self._folder / f"{chain}.secret", secret.hex())
        return chain, secret

    def secret(self, chain: str) -> bytes | None:
        """The first key of a chain; None if it is not here."""
        return _bytes_of(_read(self._folder / f"{chain}.secret") or self._keyring.get(_name(chain)) or "")

    def lies_in_file(self, chain: str) -> bool:
        """Whether the first key lies in a file, and not in a keyring."""
        return (self._folder / f"{chain}.secret").exists()

    def to_come(self, chain: str) -> KeyToCome | None:
        """The key to come; None if none was kept, or a power cut spoilt it."""
        words = _read(self._folder / f"{chain}.next").splitlines()[:1]
        fields = words[0].split(" ") if words else []
        if len(fields) != 4 or not (fields[0].isdecimal() and fields[2].isdecimal()):
            return None
        key, mac = _bytes_of(fields[1]), _bytes_of(fields[3])
        return None if key is None or mac is None else KeyToCome(int(fields[0]), key, int(fields[2]), mac)

    def keep(self, chain: str, to_come: KeyToCome, library: Path) -> None:
        """Keep the key to come in place of the one before. What cannot be written is derived again later."""
        line = f"{to_come.index} {to_come.key.hex()} {to_come.number} {to_come.mac.hex()}\n{library}\n"
        with contextlib.suppress(OSError):
            _write(self._folder / f"{chain}.next", line)

    def heads(self, library: Path, chains: Collection[str]) -> list[AuditHead]:
        """The last records that this machine knows of ``chains``, and of what else the library in that folder had."""
        found = []
        for path in sorted(self._folder.glob("*.next")):
            lines = _read(path).splitlines()
            known = self.to_come(path.stem)
            if known is not None and (path.stem in chains or lines[1:] == [str(library)]):
                found.append(AuditHead(known.number, known.mac, HERE))
        return found


def _name(chain: str) -> str:
    return f"audit {chain}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _bytes_of(text: str) -> bytes | None:
    try:
        found = bytes.fromhex(text.strip())
    except ValueError:
        return None
    return found if len(found) == KEY_BYTES else None


def _write(path: Path, text: str) -> None:
    """Write a private file, whole or not at all; not forced onto the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    write_new(draft, text.encode(), 0o600, durable=False)
    current().replace(draft, path)
