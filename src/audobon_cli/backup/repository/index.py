"""Index objects: the trailers of many packs in one, so that they need not be read one by one. Only an accelerator."""

import struct
from collections.abc import Iterable, Iterator

from audobon_cli.backup.repository.crypto import Keys, RecordKind
from audobon_cli.backup.repository.packs import ENTRY_BYTES, PackContents, least_size
from audobon_cli.backup.repository.problems import damaged

PREFIX = "index/"
MOST_ENTRIES = 20_000
"""In one index object: 0.4 MiB, so that reading or writing one takes little memory."""

_PACK = struct.Struct("<16sQI")


def encode_index(packs: Iterable[PackContents]) -> bytes:
    """The content of an index object, not yet sealed."""
    parts = []
    for pack in packs:
        parts.append(_PACK.pack(bytes.fromhex(pack.name), pack.size_bytes, pack.count))
        parts.append(pack.listed)
    return b"".join(parts)


def decode_index(content: bytes) -> Iterator[PackContents]:
    """The packs in an index object. Raises BackupDamaged."""
    view, offset = memoryview(content), 0
    while offset < len(content):
        if offset + _PACK.size > len(content):
            raise damaged("An index makes no sense.")
        name, size, count = _PACK.unpack_from(content, offset)
        offset += _PACK.size
        end = offset + count * ENTRY_BYTES
        if end > len(content):
            raise damaged("An index makes no sense.")
        listed = bytes(view[offset:end])
        if least_size(listed) > size:
            raise damaged("An index makes no sense.")
        yield PackContents(name.hex(), size, listed)
        offset = end


def sealed_indexes(keys: Keys, packs: Iterable[PackContents]) -> Iterator[tuple[str, bytes]]:
    """Index objects for ``packs``: name and bytes. One, unless they are very many."""
    held: list[PackContents] = []
    count = 0
    for pack in packs:
        held.append(pack)
        count += pack.count
        if count >= MOST_ENTRIES:
            yield _sealed(keys, held)
            held, count = [], 0
    if held:
        yield _sealed(keys, held)


def _sealed(keys: Keys, packs: list[PackContents]) -> tuple[str, bytes]:
    sealed = keys.seal(RecordKind.INDEX, encode_index(packs))
    return keys.name(sealed), sealed
