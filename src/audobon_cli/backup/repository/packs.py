"""Packs: many sealed records in one immutable object, with an index of its own at the end."""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from audobon_cli.backup.repository.crypto import ID_BYTES, OVERHEAD_BYTES, Keys, ObjectId, RecordKind
from audobon_cli.backup.repository.problems import damaged
from audobon_cli.domain.errors import BackupDamaged
from audobon_cli.remotes.base import Remote

MAGIC = b"AUDPACK1"
TARGET_BYTES = 16 * 1024 * 1024

CAPACITY_BYTES = 48 * 1024 * 1024
"""Address space of a pack in the making: a full one, or one record of the largest size, and its list of records."""

PREFIX = "packs/"
_ENTRY = struct.Struct("<B16sI")
_SALT = struct.Struct("<I")
_LENGTH = struct.Struct("<I")
ENTRY_BYTES = _ENTRY.size
LIKELY_TRAILER_BYTES = 64 * 1024
_KINDS = {int(kind): kind for kind in RecordKind}


class PackEntry(NamedTuple):
    """One record of a pack: ``length`` sealed bytes from ``offset`` on."""

    kind: RecordKind
    id: ObjectId
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class PackContents:
    """What a pack holds: ``listed`` is the list of its records as the format has it, 21 bytes each. ``size_bytes``
    is that of the whole object."""

    name: str
    size_bytes: int
    listed: bytes

    @property
    def count(self) -> int:
        """How many records it holds."""
        return len(self.listed) // ENTRY_BYTES

    def entries(self) -> Iterator[PackEntry]:
        """Its records in order."""
        offset = len(MAGIC)
        for kind, identity, length in _ENTRY.iter_unpack(self.listed):
            yield PackEntry(_KINDS[kind], ObjectId(identity), offset, length)
            offset += length


def pack_key(name: str) -> str:
    """The remote's key of the pack ``name``."""
    return f"{PREFIX}{name[:2]}/{name}"


class PackBuilder:
    """A pack in the making. The same records in the same order give the same bytes and the same name.

    ``buffers`` holds memory of packs that are done with, of which the pages are there already: with the first
    record the builder takes one of it, or else makes one.
    """

    def __init__(self, keys: Keys, buffers: "list[mmap.mmap] | None" = None) -> None:
        self._keys = keys
        self._listed = bytearray()
        self._salt = 0
        self._body_bytes = 0
        self._buffers = [] if buffers is None else buffers
        self.size_bytes = len(MAGIC)
        """Bytes so far."""

    @cached_property
    def buffer(self) -> mmap.mmap:
        """Its memory, for another builder once this one's bytes are no longer needed."""
        # Pages of its own, taken when written to; the heap would keep holes.
        buffer = self._buffers.pop() if self._buffers else mmap.mmap(-1, CAPACITY_BYTES)
        buffer[: len(MAGIC)] = MAGIC
        return buffer

    @property
    def empty(self) -> bool:
        """Whether no record is in it."""
        return not self._listed

    def add(self, kind: RecordKind, identity: ObjectId, sealed: bytes | memoryview) -> None:
        """Append a sealed record."""
        self._listed += _ENTRY.pack(kind, identity, len(sealed))
        self._append(sealed)

    def finish(self, avoid: frozenset[str] = frozenset()) -> tuple[PackContents, memoryview]:
        """The pack, under a name that is not in ``avoid``. Nothing can be added any more; once more gives it another
        name, and the bytes of before are no longer valid."""
        listed = bytes(self._listed)
        self._body_bytes = self._body_bytes or self.size_bytes
        while True:
            self.size_bytes = self._body_bytes
            trailer = self._keys.seal(RecordKind.TRAILER, _SALT.pack(self._salt) + listed)
            self._append(trailer + _LENGTH.pack(len(trailer)))
            self._salt += 1
            content = memoryview(self.buffer)[: self.size_bytes]
            name = self._keys.name(content)
            if name not in avoid:
                return PackContents(name, self.size_bytes, listed), content
            content.release()

    def _append(self, data: bytes | memoryview) -> None:
        end = self.size_bytes + len(data)
        self.buffer[self.size_bytes : end] = data
        self.size_bytes = end


def checked_list(listed: bytes) -> int:
    """The bytes of all records in a list of records. Raises BackupDamaged if it is no such list."""
    try:
        total = 0
        for kind, _, length in _ENTRY.iter_unpack(listed):
            if not RecordKind.FILE <= kind <= RecordKind.COMMIT:
                raise ValueError(kind)
            total += length
    except (struct.error, ValueError) as error:
        raise damaged("The list of a pack's records makes no sense.") from error
    return total


def least_size(listed: bytes) -> int:
    """What a pack with this list of records has at least, in bytes. Raises BackupDamaged if it is no such list."""
    return len(MAGIC) + checked_list(listed) + OVERHEAD_BYTES + _LENGTH.size


def read_contents(remote: Remote, keys: Keys, name: str, size_bytes: int) -> PackContents:
    """What the pack ``name`` holds, by its own trailer: one or two short reads. Raises BackupDamaged."""
    key = pack_key(name)
    least = len(MAGIC) + _LENGTH.size
    if size_bytes < least:
        raise damaged(f"The pack {name[:12]}… is cut short.", pack=name)
    tail = min(size_bytes, LIKELY_TRAILER_BYTES)
    end = remote.get(key, size_bytes - tail, tail)
    (length,) = _LENGTH.unpack(end[-_LENGTH.size :])
    if length + least > size_bytes:
        raise damaged(f"The end of the pack {name[:12]}… makes no sense.", pack=name)
    if length + _LENGTH.size > tail:
        end = remote.get(key, size_bytes - length - _LENGTH.size, length + _LENGTH.size)
    return _contents(keys, name, size_bytes, memoryview(end)[-_LENGTH.size - length : -_LENGTH.size])


def parse_pack(keys: Keys, name: str, content: bytes) -> PackContents:
    """What a whole pack holds. Raises BackupDamaged unless it has the form of one.

    With each of its records opened, every byte is authenticated: the list is, and records and list leave no gap.
    """
    if len(content) < len(MAGIC) + _LENGTH.size or not content.startswith(MAGIC):
        raise damaged(f"The pack {name[:12]}… is none.", pack=name)
    (length,) = _LENGTH.unpack(content[-_LENGTH.size :])
    view = memoryview(content)
    return _contents(keys, name, len(content), view[-_LENGTH.size - length : -_LENGTH.size])


def _contents(keys: Keys, name: str, size_bytes: int, sealed: memoryview) -> PackContents:
    try:
        trailer = keys.open(RecordKind.TRAILER, sealed)
    except BackupDamaged as error:
        raise damaged(f"The trailer of the pack {name[:12]}… is damaged.", pack=name) from error
    listed = trailer[_SALT.size :]
    total = len(MAGIC) + checked_list(listed) + len(sealed) + _LENGTH.size
    if total != size_bytes:
        raise damaged(f"The pack {name[:12]}… does not have the size of its records.", pack=name)
    return PackContents(name, size_bytes, listed)


def is_pack_name(name: str) -> bool:
    """Whether an object under packs/ has the form of a pack's name."""
    return len(name) == 2 * ID_BYTES and all(character in "0123456789abcdef" for character in name)
