"""Digests are remembered only while nothing can have changed the file."""

import hashlib
import os
import random
from pathlib import Path

import pytest

from audobon_cli.storage import digest_cache
from audobon_cli.storage.digest_cache import DigestCache


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were hashed; and every file counts as settled."""
    made: list[str] = []
    hash_file = hashlib.file_digest

    def watched(stream: object, algorithm: str) -> object:
        made.append(algorithm)
        return hash_file(stream, algorithm)  # type: ignore[arg-type]

    monkeypatch.setattr(digest_cache.hashlib, "file_digest", watched)
    monkeypatch.setattr(digest_cache, "SETTLED_NANOSECONDS", -(10**18))
    return made


def test_a_flipped_byte_is_seen_whatever_happens_to_size_and_time(tmp_path: Path, reads: list[str]) -> None:
    rng = random.Random(7)
    file = tmp_path / "weights"
    data = bytearray(rng.randbytes(5000))
    file.write_bytes(data)
    cache = tmp_path / "cache.json"
    for _ in range(50):
        known = DigestCache(cache)
        assert known.digest(file) == hashlib.sha256(data).hexdigest()
        known.save()
        before = file.stat()
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        with file.open("r+b") as stream:
            stream.write(data)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = file.stat()
        assert (after.st_size, after.st_mtime_ns, after.st_ino) == (
            before.st_size,
            before.st_mtime_ns,
            before.st_ino,
        )
    assert len(reads) == 50


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, reads: list[str]) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"x" * 100)
    cache = tmp_path / "cache.json"
    for _ in range(3):
        known = DigestCache(cache)
        known.digest(file)
        known.save()
    assert len(reads) == 1
    cache.write_text('{"schema": "audobon-digests/1", "files": {}}')
    DigestCache(cache).digest(file)
    assert len(reads) == 2
