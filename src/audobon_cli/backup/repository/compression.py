"""Compression of records: zstd level 1, kept where it saves more than 5 %."""

import threading
from typing import TYPE_CHECKING

from audobon_cli.backup.repository.problems import damaged

if TYPE_CHECKING:
    from zstandard import ZstdCompressor

SMALLEST_BYTES = 64
MOST_BYTES = 256 * 1024 * 1024
"""No record is larger when unpacked: a frame that claims more is not ours."""

_local = threading.local()


def compress(content: bytes) -> bytes | None:
    """``content`` as one zstd frame, or None where that saves 5 % or less."""
    if len(content) < SMALLEST_BYTES:
        return None
    packed = _compressor().compress(content)
    return packed if len(packed) * 20 < len(content) * 19 else None


def decompress(frame: bytes) -> bytes:
    """The content of a frame. Raises BackupDamaged if it is none, or states no size or an absurd one."""
    import zstandard

    try:
        size = zstandard.frame_content_size(frame)
        if not 0 <= size <= MOST_BYTES:
            raise damaged("A compressed record does not state its size.")
        return zstandard.ZstdDecompressor().decompress(frame, max_output_size=max(size, 1))
    except zstandard.ZstdError as error:
        raise damaged("A compressed record cannot be unpacked.") from error


def _compressor() -> "ZstdCompressor":
    # Not safe to share between threads.
    found: ZstdCompressor | None = getattr(_local, "compressor", None)
    if found is None:
        import zstandard

        found = _local.compressor = zstandard.ZstdCompressor(level=1)
    return found
