"""Key slots: a master key, wrapped by a passphrase or by a key file."""

import hashlib
import hmac
import itertools
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from audobon_cli.domain.foreign.json_fields import (
    as_document,
    hexadecimal,
    read_document,
    text,
    whole_number,
)
from audobon_cli.domain.serialization import canonical_json
from audobon_cli.encryption.secret_files import UnlockSecret as UnlockSecret

FORMAT = 1
MASTER_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
SCRYPT = {"n": 2**15, "r": 8, "p": 3}
"""32 MiB and 0.2 s to 0.4 s a try: one of the equivalent settings that OWASP's password storage page recommends."""
_MOST_SCRYPT_BYTES = 1024 * 1024 * 1024
_MOST_SCRYPT_WORK = 2**25
"""n · r · p: about forty times what is written. A slot that asks for more is there to keep a machine busy."""

Slot = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeySlot:
    """A key slot as people see it."""

    name: str
    way: str
    label: str
    created: str


@dataclass(frozen=True, slots=True)
class SlotOwner:
    """What the master key is of: ``id`` is bound to its slots; ``use`` keeps one key file from giving the same wrapping
    key to things of two kinds."""

    id: bytes
    use: bytes


class NewerSlot(ValueError):
    """A slot of a newer format than this version knows."""

    def __init__(self, number: int) -> None:
        super().__init__(f"it has format {number}; this version knows {FORMAT}")
        self.number = number


def wrap(
    master: bytes,
    owner: SlotOwner,
    secret: UnlockSecret,
    label: str,
    more: Mapping[str, Any] | None = None,
) -> tuple[str, bytes]:
    """A new key slot for ``master``: its name and its bytes. ``more`` stands in it, too, and is bound to it."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    slot: Slot = {
        **(more or {}),
        "format": FORMAT,
        "way": secret.way,
        "label": label,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "salt": salt.hex(),
    }
    if secret.key_file is None:
        slot["scrypt"] = SCRYPT
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    bound = owner.id + _canonical(slot)
    slot["nonce"] = nonce.hex()
    slot["wrapped"] = AESGCM(_wrapping_key(slot, owner, secret)).encrypt(nonce, master, bound).hex()
    content = _canonical(slot) + b"\n"
    return slot_name(content), content


def slot_name(content: bytes) -> str:
    """What a key slot of these bytes is called: anyone can check it, without any key."""
    return hashlib.sha256(content).hexdigest()[:32]


def parse_slot(content: bytes) -> Slot:
    """A key slot. Raises NewerSlot, and ValueError for what is none."""
    slot = read_document(content)
    found = whole_number(slot, "format", least=1)
    if found > FORMAT:
        raise NewerSlot(found)
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


def describe(name: str, slot: Slot) -> KeySlot:
    """A slot as people see it."""
    return KeySlot(name, slot["way"], slot["label"], slot["created"])


def unwrap(
    slots: Mapping[str, Slot], owner: SlotOwner, tried: Sequence[UnlockSecret]
) -> tuple[str, bytes] | None:
    """The slot that one of the secrets opens, and the master key in it; None if there is none.

    Costs a scrypt for each secret and slot of a passphrase, and as many again where it has accents and opens nothing.
    """
    for given, (name, slot) in itertools.product(_spellings(tried), slots.items()):
        if slot["way"] != given.way:
            continue
        bound = owner.id + _canonical({k: v for k, v in slot.items() if k not in ("nonce", "wrapped")})
        key = _wrapping_key(slot, owner, given)
        # Not before: other threads go on during scrypt, and during an import they do not.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return name, AESGCM(key).decrypt(
                bytes.fromhex(slot["nonce"]), bytes.fromhex(slot["wrapped"]), bound
            )
        except InvalidTag:
            continue
    return None


def _spellings(tried: Sequence[UnlockSecret]) -> Iterator[UnlockSecret]:
    """The secrets as they were given; then passphrases with their accents written as other systems write them.

    What one keyboard, editor or file system writes as a letter with an accent, another writes as a letter and an accent
    (Unicode Standard Annex 15: NFC and NFD). A passphrase is wrapped as it was typed, so either may be right.
    """
    yield from tried
    for secret in tried:
        if secret.passphrase is not None:
            others = {unicodedata.normalize(form, secret.passphrase) for form in ("NFC", "NFD")}
            yield from (replace(secret, passphrase=other) for other in sorted(others - {secret.passphrase}))


def _wrapping_key(slot: Slot, owner: SlotOwner, secret: UnlockSecret) -> bytes:
    salt = bytes.fromhex(slot["salt"])
    if secret.key_file is not None:
        return hmac.digest(salt, b"audobon " + owner.use + b" key file " + secret.key_file, "sha256")
    cost = slot["scrypt"]
    password = (secret.passphrase or "").encode()
    return hashlib.scrypt(
        password, salt=salt, n=cost["n"], r=cost["r"], p=cost["p"], maxmem=_MOST_SCRYPT_BYTES, dklen=32
    )


def _canonical(slot: Slot) -> bytes:
    return canonical_json(slot).encode()
