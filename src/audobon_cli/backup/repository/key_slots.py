"""Key slots: the master key, wrapped by a passphrase or by a key file. One object under keys/ each."""

import hashlib
import hmac
import itertools
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audobon_cli.backup.repository.crypto import NONCE_BYTES, TAG_BYTES
from audobon_cli.backup.repository.documents import (
    as_document,
    hexadecimal,
    read_document,
    text,
    whole_number,
)
from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import BackupKeyRefused, BackupNewer
from audobon_cli.domain.foreign.text import MARK
from audobon_cli.remotes.base import Remote

PREFIX = "keys/"
FORMAT = 1
MASTER_BYTES = 32
SALT_BYTES = 16
SMALLEST_KEY_FILE_BYTES = 32
SCRYPT = {"n": 2**15, "r": 8, "p": 3}
"""32 MiB and 0.2 s to 0.4 s a try: one of the equivalent settings that OWASP's password storage page recommends."""
_MOST_SCRYPT_BYTES = 1024 * 1024 * 1024
_MOST_SCRYPT_WORK = 2**25
"""n · r · p: about forty times what is written. A slot that asks for more is there to keep a machine busy."""


@dataclass(frozen=True, slots=True)
class UnlockSecret:
    """What opens a repository: a passphrase, or the content of a key file."""

    passphrase: str | None = None
    key_file: bytes | None = None

    @property
    def way(self) -> str:
        """How a key slot names it."""
        return "passphrase" if self.key_file is None else "key-file"


@dataclass(frozen=True, slots=True)
class KeySlot:
    """A key slot as people see it."""

    name: str
    way: str
    label: str
    created: str


def wrap(master: bytes, repository: bytes, secret: UnlockSecret, label: str) -> tuple[str, bytes]:
    """A new key slot for ``master``: its name and its bytes."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    slot: dict[str, Any] = {
        "format": FORMAT,
        "way": secret.way,
        "label": label,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "salt": salt.hex(),
    }
    if secret.key_file is None:
        slot["scrypt"] = SCRYPT
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    bound = repository + _canonical(slot)
    slot["nonce"] = nonce.hex()
    slot["wrapped"] = AESGCM(_wrapping_key(slot, secret)).encrypt(nonce, master, bound).hex()
    content = _canonical(slot) + b"\n"
    return slot_name(content), content


def slot_name(content: bytes) -> str:
    """What a key slot of these bytes is called: anyone can check it, without any key."""
    return hashlib.sha256(content).hexdigest()[:32]


def read_slot(remote: Remote, name: str) -> dict[str, Any]:
    """One key slot. Raises BackupDamaged, BackupNewer, RemoteObjectMissing."""
    content = remote.get(PREFIX + name)
    if slot_name(content) != name:
        raise damaged(f"The key {name[:12]}… is not, byte for byte, what was written.", key=name)
    try:
        return _checked(read_document(content), name)
    except ValueError as error:
        raise damaged(f"The key {name[:12]}… makes no sense: {error}.", key=name) from error


def _checked(slot: dict[str, Any], name: str) -> dict[str, Any]:
    if whole_number(slot, "format", least=1) > FORMAT:
        raise BackupNewer(
            f"The key {name[:12]}… has format {slot['format']}; this version knows {FORMAT}.",
            hint="use a newer Audobon, or another key",
        )
    for field in ("way", "label", "created"):
        text(slot, field)
    for field, length in (
        ("salt", SALT_BYTES),
        ("nonce", NONCE_BYTES),
        ("wrapped", MASTER_BYTES + TAG_BYTES),
    ):
        hexadecimal(slot, field, length)
    if slot["way"] == "passphrase":
        n, r, p = (whole_number(as_document(slot.get("scrypt")), cost, least=1) for cost in "nrp")
        if n < 2 or n & (n - 1) or 128 * n * r > _MOST_SCRYPT_BYTES // 2 or n * r * p > _MOST_SCRYPT_WORK:
            raise ValueError("scrypt has costs that nobody would choose")
    _canonical(slot)
    return slot


def describe(name: str, slot: dict[str, Any]) -> KeySlot:
    """A slot as people see it."""
    return KeySlot(name, slot["way"], slot["label"], slot["created"])


def unwrap(slots: dict[str, dict[str, Any]], repository: bytes, secret: UnlockSecret) -> tuple[str, bytes]:
    """The slot that ``secret`` opens, and the master key in it. Raises BackupKeyRefused.

    Costs a scrypt for each slot of a passphrase that it tries, and a second where that opens nothing.
    """
    tried = [secret]
    if secret.passphrase is not None:
        # Before 29 November 2026 the mark that editors write before a text was taken for a part of the passphrase.
        tried.append(UnlockSecret(passphrase=MARK + secret.passphrase))
    for given, (name, slot) in itertools.product(tried, slots.items()):
        if slot["way"] != secret.way:
            continue
        bound = repository + _canonical({k: v for k, v in slot.items() if k not in ("nonce", "wrapped")})
        key = _wrapping_key(slot, given)
        # Not before: other threads go on during scrypt, and during an import they do not.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return name, AESGCM(key).decrypt(
                bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), bound
            )
        except InvalidTag:
            continue
    raise BackupKeyRefused(
        f"The {secret.way.replace('-', ' ')} opens none of the repository's keys.",
        hint="check it; without a passphrase or key file that opens one, nobody can read the backup",
        keys=len(slots),
    )


def _wrapping_key(slot: dict[str, Any], secret: UnlockSecret) -> bytes:
    salt = bytes.fromhex(slot["salt"])
    if secret.key_file is not None:
        return hmac.digest(salt, b"audobon backup key file " + secret.key_file, "sha256")
    cost = slot["scrypt"]
    # NFC would be kinder to accents typed on different systems, but a passphrase is bytes to every other tool.
    password = (secret.passphrase or "").encode()
    return hashlib.scrypt(
        password, salt=salt, n=cost["n"], r=cost["r"], p=cost["p"], maxmem=_MOST_SCRYPT_BYTES, dklen=32
    )


def _canonical(slot: dict[str, Any]) -> bytes:
    return json.dumps(slot, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
