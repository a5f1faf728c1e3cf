"""The digests that sources publish for their files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Checksum:
    """A published digest in lower-case hex: ``sha256``, or ``git-sha1``, that of a git blob, by which the
    hub names small files."""

    algorithm: str
    value: str

    def matches(self, path: Path) -> bool:
        """Whether the file hashes to this. Raises OSError."""
        return self.value == digest_of(path, self.algorithm)


def digest_of(path: Path, algorithm: str) -> str:
    """The file's digest, written as in a Checksum of that algorithm. Raises OSError."""
    with path.open("rb") as file:
        if algorithm == "git-sha1":
            # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
            digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
            return digest.hexdigest()
        return hashlib.file_digest(file, "sha256").hexdigest()
