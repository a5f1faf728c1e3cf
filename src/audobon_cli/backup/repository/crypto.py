"""Keys, object ids, and records that are sealed one by one.

Encryption is AES-256-GCM with nonces derived from what is encrypted: docs/backup-format.md says why that is safe.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NewType

from audobon_cli.backup.repository.compression import compress, decompress
from audobon_cli.backup.repository.problems import damaged

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ObjectId = NewType("ObjectId", bytes)
"""16 bytes: a keyed hash of an object's kind and the SHA-256 of its content."""

ID_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
FLAG_RAW, FLAG_ZSTD = 0, 1
OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES
NO_ID = ObjectId(bytes(ID_BYTES))
_DOMAIN = b"audobon backup 1 "
_PNG = b"\x89PNG\r\n\x1a\n"


class RecordKind(IntEnum):
    """What a sealed record holds. Numbers are part of the format."""

    FILE = 1
    PIECES = 2
    EXTENT = 3
    LIST = 4
    HISTORY = 5
    COMMIT = 6
    TRAILER = 16
    INDEX = 17
    POINT = 18
    MARK = 19
    ROSTER = 20
    REFS = 21
    MODELS = 22


_KINDS = {kind: bytes((kind,)) for kind in RecordKind}


@dataclass(frozen=True)
class Keys:
    """All keys of a repository, derived from its master key (32 bytes).

    Safe to use from several threads. Without encryption the master key is no secret (see ``public_keys``), and the
    same code keeps content readable, while tags still show damage.
    """

    repository: bytes
    master: bytes
    encrypted: bool = True

    def object_id(self, kind: RecordKind, digest: bytes) -> ObjectId:
        """The id of the object of that kind whose content has the SHA-256 ``digest`` (32 bytes)."""
        return ObjectId(blake2b(_KINDS[kind] + digest, key=self._id_key, digest_size=ID_BYTES).digest())

    def name(self, content: bytes | bytearray | memoryview) -> str:
        """What an object of the repository with these bytes is called: 32 hex digits."""
        digest = hashlib.sha256(content).digest()
        return blake2b(digest, key=self._name_key, digest_size=ID_BYTES).hexdigest()

    def seal(
        self, kind: RecordKind, content: bytes, digest: bytes | None = None, identity: ObjectId = NO_ID
    ) -> bytes:
        """``content`` compressed where that helps, encrypted and authenticated; the same input gives the same bytes.

        ``digest`` is the content's SHA-256, where the caller has it. ``identity`` is bound to the record.
        """
        packed = None if content.startswith(_PNG) else compress(content)
        if packed is not None:
            flag, content, digest = FLAG_ZSTD, packed, None
        else:
            flag = FLAG_RAW
        digest = digest or hashlib.sha256(content).digest()
        # All that is bound is in it: equal nonces then mean records that are equal altogether.
        named = bytes((kind, flag)) + identity + digest
        nonce = blake2b(named, key=self._nonce_key, digest_size=NONCE_BYTES).digest()
        bound = self._bound(kind, flag, identity)
        if self.encrypted:
            return b"".join((bytes((flag,)), nonce, self._aead.encrypt(nonce, content, bound)))
        return b"".join((bytes((flag,)), nonce, content, self._tag(nonce, content, bound)))

    def open(self, kind: RecordKind, sealed: bytes | memoryview, identity: ObjectId = NO_ID) -> bytes:
        """What was sealed. Raises BackupDamaged unless every byte is as it was written, under these keys."""
        if len(sealed) < OVERHEAD_BYTES or sealed[0] not in (FLAG_RAW, FLAG_ZSTD):
            raise damaged("A record is cut short or is none.")
        flag, nonce, body = sealed[0], bytes(sealed[1 : 1 + NONCE_BYTES]), sealed[1 + NONCE_BYTES :]
        content = self._open(nonce, body, self._bound(kind, flag, identity))
        return decompress(content) if flag == FLAG_ZSTD else content

    def _open(self, nonce: bytes, body: bytes | memoryview, bound: bytes) -> bytes:
        if not self.encrypted:
            content = bytes(body[:-TAG_BYTES])
            if not hmac.compare_digest(self._tag(nonce, content, bound), bytes(body[-TAG_BYTES:])):
                raise damaged("A record does not have its checksum.")
            return content
        from cryptography.exceptions import InvalidTag

        try:
            return self._aead.decrypt(nonce, body, bound)
        except InvalidTag as error:
            raise damaged("A record is not, byte for byte, what was written.") from error

    def _bound(self, kind: RecordKind, flag: int, identity: ObjectId) -> bytes:
        return _DOMAIN + self.repository + struct.pack("<BB", kind, flag) + identity

    def _tag(self, nonce: bytes, content: bytes, bound: bytes) -> bytes:
        digest = hashlib.sha256(content).digest()
        return blake2b(nonce + bound + digest, key=self._seal_key, digest_size=TAG_BYTES).digest()

    def _derive(self, use: bytes) -> bytes:
        return hmac.digest(self.master, _DOMAIN + use + b" " + self.repository, "sha256")

    @cached_property
    def _id_key(self) -> bytes:
        return self._derive(b"ids")

    @cached_property
    def _name_key(self) -> bytes:
        return self._derive(b"names")

    @cached_property
    def _nonce_key(self) -> bytes:
        return self._derive(b"nonces")

    @cached_property
    def _seal_key(self) -> bytes:
        return self._derive(b"records")

    @cached_property
    def _aead(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._seal_key)


def sha256(content: bytes | memoryview) -> bytes:
    """The SHA-256 of ``content``, 32 bytes."""
    return hashlib.sha256(content).digest()


def public_keys(repository: bytes) -> Keys:
    """The keys of a repository without encryption: anyone can derive them."""
    return Keys(repository, hashlib.sha256(_DOMAIN + b"unencrypted " + repository).digest(), encrypted=False)
