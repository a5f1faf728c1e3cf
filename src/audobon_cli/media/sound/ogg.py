"""Pages of Ogg files (RFC 3533): given another serial number, so that a file is the same each time."""

import struct

HEAD = 27
_CRC_POLYNOMIAL = 0x04C11DB7


def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ _CRC_POLYNOMIAL if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        found.append(value)
    return tuple(found)


_TABLE = _table()


def with_serial(data: bytes, serial: int) -> bytes:
    """The Ogg file ``data``, which has one stream, with the number ``serial`` for it, and checksums that hold."""
    out = bytearray(data)
    start = 0
    while start + HEAD <= len(out) and out[start : start + 4] == b"OggS":
        segments = out[start + 26]
        end = start + HEAD + segments + sum(out[start + HEAD : start + HEAD + segments])
        struct.pack_into("<II", out, start + 14, serial, struct.unpack_from("<I", out, start + 18)[0])
        struct.pack_into("<I", out, start + 22, 0)
        struct.pack_into("<I", out, start + 22, _checksum(bytes(out[start:end])))
        start = end
    return bytes(out)


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value = (value << 8 ^ _TABLE[value >> 24 ^ byte]) & 0xFFFFFFFF
    return value
