"""The digests that sources publish for their files."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

BLOCK_BYTES = 1 << 20


class Hasher(Protocol):
    """Takes a file's bytes in order."""

    def update(self, data: bytes, /) -> None:
        """Take the next bytes."""
        ...

    def hexdigest(self) -> str:
        """The digest of all bytes so far, in lower-case hex."""
        ...


@dataclass(frozen=True, slots=True)
class Checksum:
    """A published digest in lower-case hex. ``algorithm`` is ``sha256``; ``git-sha1``, that of a git blob,
    by which the hub names small files; ``md5`` or ``crc32c``, which Cloud Storage publishes."""

    algorithm: str
    value: str

    def matches(self, path: Path) -> bool:
        """Whether the file hashes to this. Raises OSError."""
        return self.value == digest_of(path, self.algorithm)

    def is_of(self, content: bytes) -> bool:
        """Whether ``content`` hashes to this."""
        hasher = new_hasher(self.algorithm, len(content))
        hasher.update(content)
        return self.value == hasher.hexdigest()


def new_hasher(algorithm: str, size_bytes: int) -> Hasher:
    """What hashes a file of ``size_bytes``, which only git-sha1 needs to know beforehand."""
    if algorithm == "git-sha1":
        # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
        return hashlib.sha1(b"blob %d\0" % size_bytes, usedforsecurity=False)
    if algorithm == "crc32c":
        import google_crc32c

        make: Any = google_crc32c.Checksum
        return _Crc32c(make())
    return hashlib.md5(usedforsecurity=False) if algorithm == "md5" else hashlib.sha256()


def digest_of(path: Path, algorithm: str) -> str:
    """The file's digest, written as in a Checksum of that algorithm. Raises OSError."""
    with path.open("rb") as file:
        if algorithm == "sha256":
            return hashlib.file_digest(file, "sha256").hexdigest()
        hasher = new_hasher(algorithm, path.stat().st_size)
        while block := file.read(BLOCK_BYTES):
            hasher.update(block)
        return hasher.hexdigest()


@dataclass(frozen=True, slots=True)
class _Crc32c:
    """google_crc32c's checksum with the methods of hashlib."""

    checksum: Any

    def update(self, data: bytes, /) -> None:
        self.checksum.update(data)

    def hexdigest(self) -> str:
        return bytes(self.checksum.digest()).hex()


def crc32c_base64(content: bytes | bytearray | memoryview) -> str:
    """CRC32C as Cloud Storage writes it: four bytes, most significant first, in base64."""
    import google_crc32c

    make: Any = google_crc32c.Checksum
    checksum = make()
    if isinstance(content, bytes):
        checksum.update(content)
    else:  # its C code takes bytes alone
        for start in range(0, len(content), BLOCK_BYTES):
            checksum.update(bytes(content[start : start + BLOCK_BYTES]))
    return base64.b64encode(checksum.digest()).decode()
