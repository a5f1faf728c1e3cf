"""Key slots: the master key, wrapped by a passphrase or by a key file. One object under keys/ each."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.errors import BackupKeyRefused, BackupNewer
from audobon_cli.stores.backup.crypto import damaged
from audobon_cli.stores.remotes.remote import Remote

PREFIX = "keys/"
FORMAT = 1
MASTER_BYTES = 32
SMALLEST_KEY_FILE_BYTES = 32
SCRYPT = {"n": 2**15, "r": 8, "p": 3}
"""32 MiB and 0.2 s to 0.4 s a try: one of the equivalent settings that OWASP's password storage page recommends."""
_MOST_SCRYPT_BYTES = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Secret:
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


def wrap(master: bytes, repository: bytes, secret: Secret, label: str) -> tuple[str, bytes]:
    """A new key slot for ``master``: its name and its bytes."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
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


def read_slots(remote: Remote) -> dict[str, dict[str, Any]]:
    """All key slots by name. Raises BackupDamaged for one whose bytes are not those of its name."""
    found = {}
    for stat in remote.list(PREFIX):
        name = stat.key.removeprefix(PREFIX)
        found[name] = read_slot(remote, name)
    return found


def read_slot(remote: Remote, name: str) -> dict[str, Any]:
    """One key slot. Raises BackupDamaged, BackupNewer, RemoteObjectMissing."""
    content = remote.get(PREFIX + name)
    if slot_name(content) != name:
        raise damaged(f"The key {name[:12]}… is not, byte for byte, what was written.", key=name)
    slot: dict[str, Any] = json.loads(content)
    if slot["format"] > FORMAT:
        raise BackupNewer(
            f"The key {name[:12]}… has format {slot['format']}; this version knows {FORMAT}.",
            hint="use a newer Audobon, or another key",
        )
    return slot


def describe(name: str, slot: dict[str, Any]) -> KeySlot:
    """A slot as people see it."""
    return KeySlot(name, slot["way"], slot["label"], slot["created"])


def unwrap(slots: dict[str, dict[str, Any]], repository: bytes, secret: Secret) -> tuple[str, bytes]:
    """The slot that ``secret`` opens, and the master key in it. Raises BackupKeyRefused.

    Costs a scrypt for each slot of a passphrase that it tries.
    """
    for name, slot in slots.items():
        if slot["way"] != secret.way:
            continue
        bound = repository + _canonical({k: v for k, v in slot.items() if k not in ("nonce", "wrapped")})
        key = _wrapping_key(slot, secret)
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


def _wrapping_key(slot: dict[str, Any], secret: Secret) -> bytes:
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
