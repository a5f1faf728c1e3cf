"""Broken files, made of whole ones by chance and by what formats are known to be attacked with. All are harmless."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import soundfile
from PIL import Image

from tests.foreign.mutate import mutated_bytes


def whole_files() -> dict[str, bytes]:
    """A small file of each format that is taken from outside, by its ending."""
    pixels = np.zeros((24, 24, 4), dtype=np.uint8)
    pixels[4:20, 4:20] = (200, 40, 90, 255)
    pixels[..., 0] += np.arange(24, dtype=np.uint8)
    image = Image.fromarray(pixels)
    frames = [Image.fromarray(np.roll(pixels, shift, axis=1)) for shift in (3, 6)]
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a square"
    found = {
        "png": _saved(image, "PNG"),
        "apng": _saved(image, "PNG", save_all=True, append_images=frames, duration=70),
        "gif": _saved(image, "GIF", save_all=True, append_images=frames, duration=70),
        "webp": _saved(image, "WEBP", save_all=True, append_images=frames, duration=70),
        "jpeg": _saved(image.convert("RGB"), "JPEG", exif=exif),
        "tiff": _saved(image, "TIFF", compression="tiff_lzw"),
        "bmp": _saved(image.convert("RGB"), "BMP"),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>',
    }
    wave = np.sin(np.arange(4000) / 9)
    for name, container in (
        ("wav", "WAV"),
        ("flac", "FLAC"),
        ("ogg", "OGG"),
        ("mp3", "MP3"),
        ("aiff", "AIFF"),
    ):
        stream = io.BytesIO()
        soundfile.write(stream, wave, 22050, format=container)
        found[name] = stream.getvalue()
    return found


def mutations(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """``count`` broken files, each with what it was made of and how: the same for the same seed."""
    draw = random.Random(seed)
    whole = whole_files()
    bombs = list(_bombs(whole))
    yield from bombs[:count]
    for number in range(count - len(bombs)):
        name = list(whole)[number % len(whole)]
        how = draw.choice(list(WAYS))
        yield f"{name} {how} {number}", WAYS[how](whole[name], draw)


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def _extreme(data: bytes, draw: random.Random) -> bytes:
    """Four bytes in the head that become the largest number of some kind."""
    changed = bytearray(data)
    place = draw.randrange(4, min(len(changed), 120))
    changed[place : place + 4] = draw.choice(
        (b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4))
    )
    return bytes(changed)


def _noise(data: bytes, draw: random.Random) -> bytes:
    """A head, and noise in place of the rest; checksums of PNG chunks are mended, so that decoders get to see it."""
    head = draw.randrange(8, min(64, len(data)))
    return with_checksums(data[:head] + draw.randbytes(len(data) - head))


def _mended(data: bytes, draw: random.Random) -> bytes:
    return with_checksums(mutated_bytes(data, draw))


WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes": mutated_bytes,
    "extreme": _extreme,
    "noise": _noise,
    "mended": _mended,
}


def with_checksums(data: bytes) -> bytes:
    """``data`` with right checksums, as far as it is a PNG."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return data
    made, at = bytearray(data), 8
    while at + 12 <= len(made):
        end = at + 8 + struct.unpack_from(">I", made, at)[0]
        if end + 4 > len(made):
            break
        struct.pack_into(">I", made, end, zlib.crc32(made[at + 4 : end]))
        at = end + 4
    return bytes(made)


def large_png(width: int, height: int) -> bytes:
    """A PNG of clear pixels, RGBA, that is a thousandth of what it unpacks to."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    row = packer.compress(bytes(1 + 4 * width)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (height * (1 + 4 * width)) % 65521 << 16 | 1  # Adler-32 of zeros
    packed = b"\x78\x9c" + row * height + packer.flush() + struct.pack(">I", checksum)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        (b"IDAT", packed),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _bombs(whole: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    yield (
        "png of 30,000 x 30,000 pixels",
        large_png(3, 3).replace(struct.pack(">II", 3, 3), struct.pack(">II", 30_000, 30_000)),
    )
    text = b"tEXt" + b"parameters\0" + b"x" * 2**20
    yield "png of a text of a megabyte", _with_chunk(whole["png"], text)
    packed = b"zTXt" + b"parameters\0\0" + zlib.compress(bytes(64 * 2**20))
    yield "png of a text that unpacks to 64 MiB", _with_chunk(whole["png"], packed)
    yield "svg of entities", b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'
    yield "svg of a file", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/tmp/written) (w) file\n"
    yield "nothing", b""


def _with_chunk(png: bytes, chunk: bytes) -> bytes:
    whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:33] + whole + png[33:]
