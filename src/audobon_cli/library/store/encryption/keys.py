"""The keys of an encrypted library, and what they seal."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from audobon_cli.domain.ids import BlobId
from audobon_cli.library.store.stored_form import SEALED

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ID_BYTES = 16
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
FILE, ERASED = b"\x00", b"\x01"
_WRAPPED = slice(len(SEALED) + 1 + NONCE_BYTES, len(SEALED) + 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES)
HEADER_BYTES = _WRAPPED.stop
OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES
"""By so much a stored file is larger than what it holds."""
_DOMAIN = b"audobon library 1 "
_ONCE = bytes(NONCE_BYTES)
"""The key of a stored file encrypts one message, so its nonce may be constant."""
_LEFT, _RIGHT = 16, 15
_ROUNDS = 4


class Unsealable(ValueError):
    """Bytes that were not sealed with these keys, or have changed since."""


class Erased(Exception):
    """What was sealed here was erased, at the moment ``when`` (UTC)."""

    def __init__(self, when: datetime) -> None:
        super().__init__(when.isoformat())
        self.when = when


@dataclass(frozen=True)
class LibraryKeys:
    """All keys of one library, derived from its master key (32 bytes). Safe to use from several threads."""

    master: bytes = field(repr=False)

    @cached_property
    def id(self) -> bytes:
        """What the library is called in its key slots and in a keyring: 16 bytes that say nothing of the key."""
        return self._derive(b"id")[:ID_BYTES]

    @cached_property
    def database(self) -> bytes:
        """The key of the database's pages."""
        return self._derive(b"database")

    def name(self, blob: str) -> str:
        """What the file of ``blob`` is called, 64 hex digits: a keyed permutation, so that who has the same picture
        cannot tell that it is here. Ids that begin with the same two digits lie in one folder, which one is keyed."""
        first = int(blob[:2], 16)
        left, right = bytes.fromhex(blob[2 : 2 + 2 * _LEFT]), bytes.fromhex(blob[2 + 2 * _LEFT :])
        for number in range(_ROUNDS):
            left, right = self._round(number, first, left, right)
        return f"{self.folders[first]:02x}{left.hex()}{right.hex()}"

    def blob(self, name: str) -> BlobId:
        """The id of the blob whose file is called ``name``: the inverse of `name`."""
        first = self._places[int(name[:2], 16)]
        left, right = bytes.fromhex(name[2 : 2 + 2 * _LEFT]), bytes.fromhex(name[2 + 2 * _LEFT :])
        for number in reversed(range(_ROUNDS)):
            left, right = self._round(number, first, left, right)
        return BlobId(f"{first:02x}{left.hex()}{right.hex()}")

    def seal(self, blob: str, content: bytes) -> bytes:
        """A stored file: a fresh key wrapped by the library's, and ``content`` encrypted under it."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        wrapped = self._wrapping.encrypt(nonce, key, self._bound(FILE, blob))
        header = SEALED + FILE + nonce + wrapped
        return header + AESGCM(key).encrypt(_ONCE, content, header)

    def open(self, blob: str, sealed: bytes) -> bytes:
        """What was sealed for ``blob``. Raises Unsealable, and Erased for what was erased."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        start = len(SEALED) + 1
        kind, nonce = sealed[len(SEALED) : start], sealed[start : start + NONCE_BYTES]
        if not sealed.startswith(SEALED) or kind not in (FILE, ERASED) or len(nonce) < NONCE_BYTES:
            raise Unsealable("it does not begin as sealed files do")
        header = sealed[:HEADER_BYTES] if kind == FILE else sealed
        try:
            inner = self._wrapping.decrypt(nonce, header[_WRAPPED.start :], self._bound(kind, blob))
            if kind == FILE:
                return AESGCM(inner).decrypt(_ONCE, memoryview(sealed)[HEADER_BYTES:], header)
        except InvalidTag as error:
            raise Unsealable("it is not, byte for byte, what was sealed with the library's key") from error
        raise Erased(datetime.fromisoformat(inner.decode()))

    def tombstone(self, blob: str, when: datetime) -> bytes:
        """The file that takes the place of an erased one; shorter than any other."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        said = when.isoformat(timespec="seconds").encode()
        return SEALED + ERASED + nonce + self._wrapping.encrypt(nonce, said, self._bound(ERASED, blob))

    def seal_beside(self, use: str, content: bytes) -> bytes:
        """``content`` that is kept beside the stored files and can be made again; ``use`` says of what it is."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._beside.encrypt(nonce, content, use.encode())

    def open_beside(self, use: str, sealed: bytes) -> bytes:
        """What `seal_beside` sealed. Raises Unsealable."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._beside.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], use.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable("it was sealed otherwise") from error

    @cached_property
    def folders(self) -> tuple[int, ...]:
        """For each first byte of an id the number of the folder that its files lie in."""
        key = self._derive(b"folders")
        return tuple(sorted(range(256), key=lambda byte: hashlib.blake2b(bytes((byte,)), key=key).digest()))

    @cached_property
    def _places(self) -> dict[int, int]:
        return {folder: first for first, folder in enumerate(self.folders)}

    def _round(self, number: int, first: int, left: bytes, right: bytes) -> tuple[bytes, bytes]:
        """A round of a Feistel network, its own inverse; four of a pseudorandom function are a permutation that
        nobody tells from a random one (Luby and Rackoff, 1988)."""
        half, size = (left, _RIGHT) if number % 2 == 0 else (right, _LEFT)
        made = hashlib.blake2b(bytes((number, first)) + half, key=self._name_key, digest_size=size).digest()
        if number % 2 == 0:
            return left, _xor(right, made)
        return _xor(left, made), right

    def _bound(self, kind: bytes, blob: str) -> bytes:
        return _DOMAIN + self.id + kind + bytes.fromhex(blob)

    def _derive(self, use: bytes) -> bytes:
        return hmac.digest(self.master, _DOMAIN + use, "sha256")

    @cached_property
    def _name_key(self) -> bytes:
        return self._derive(b"names")

    @cached_property
    def _wrapping(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derive(b"files"))

    @cached_property
    def _beside(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derive(b"beside"))


def passing_keys() -> LibraryKeys:
    """Keys that nobody keeps, for files that are not to outlive this process."""
    return LibraryKeys(secrets.token_bytes(KEY_BYTES))


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
