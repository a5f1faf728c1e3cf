"""WAV files that carry their recipe: written the same way each time, and read again."""

import contextlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput, PictureUnreadable
from audobon_cli.domain.foreign.documents import MOST_PICTURE_BYTES, read_named
from audobon_cli.domain.foreign.text import decode_lenient
from audobon_cli.domain.recipe import Recipe, recipe_from_json
from audobon_cli.media.provenance import source_type_of
from audobon_cli.media.sound.containers import RiffChunk, riff_chunks
from audobon_cli.media.xmp import source_type_in, xmp_packet

RECIPE_CHUNK = b"adbn"
"""The chunk with the recipe as JSON; programs pass over chunks that they do not know."""

XMP_CHUNK = b"_PMX"
"""The chunk with an XMP packet (XMP specification, part 3)."""

PCM, FULL_SCALE = 1, 32_768
_LOOP_BYTES = 24
_DIRECTIONS = {1: "alternating", 2: "backward"}
"""How a loop is played that is not played forward, by the numbers of ``smpl`` chunks."""
_INFO_NAMES = {
    b"INAM": "title",
    b"ICMT": "comment",
    b"ISFT": "software",
    b"IART": "artist",
    b"ICOP": "copyright",
    b"ICRD": "date",
    b"IGNR": "genre",
}


@dataclass(frozen=True, slots=True)
class SoundSamples:
    """A sound in memory: ``samples`` are whole numbers of 16 bits, of the shape (frames, channels)."""

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate


def encode_wav(content: SoundSamples, recipe: Recipe | None, prompt: str = "") -> bytes:
    """``content`` as a WAV of 16 bits with ``recipe``: equal input, equal bytes. ``prompt``: for other programs."""
    channels = content.samples.shape[1]
    samples = np.ascontiguousarray(content.samples, dtype="<i2").tobytes()
    head = struct.pack("<HHIIHH", PCM, channels, content.rate, content.rate * channels * 2, channels * 2, 16)
    chunks = [(b"fmt ", head), (b"data", samples), (b"LIST", _info(prompt))]
    if recipe is not None:
        chunks.append((RECIPE_CHUNK, recipe.to_json().encode("utf-8", "replace")))
        chunks.append((XMP_CHUNK, xmp_packet(source_type_of(recipe).uri).encode()))
    return wav_file(chunks)


def wav_file(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A WAV file of ``chunks``, each its kind and content, in their order."""
    body = b"WAVE" + b"".join(_chunk(*chunk) for chunk in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _info(prompt: str) -> bytes:
    texts = [(b"INAM", prompt), (b"ISFT", "Audobon")]
    return b"INFO" + b"".join(
        _chunk(kind, text.encode("utf-8", "replace") + b"\0") for kind, text in texts if text
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)


def read_pcm16(data: bytes) -> SoundSamples | None:
    """The samples of a whole WAV of 16 bits, without libsndfile; None for any other file."""
    if data[:4] != b"RIFF":
        return None
    head: bytes = b""
    for kind, start, length in riff_chunks(data):
        if kind == b"fmt ":
            head = data[start : start + length]
        elif kind == b"data":
            if len(head) < 16 or start + length > len(data):
                return None
            form, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", head)
            if (form, bits) != (PCM, 16) or not (channels and rate and length) or block != 2 * channels:
                return None
            count = length // block * channels
            return SoundSamples(np.frombuffer(data, "<i2", count, start).reshape(-1, channels), rate)
    return None


def read_recipe(source: Path | bytes) -> Recipe | None:
    """The recipe that a WAV carries; None for files without one. Raises InvalidInput if it cannot be read."""
    if isinstance(source, Path):
        try:
            data = read_named(source, MOST_PICTURE_BYTES)
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"The file {source} cannot be read: {getattr(error, 'strerror', error)}.",
                hint="check the path",
            ) from error
    else:
        data = source
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    for chunk in riff_chunks(data):
        if chunk.kind == RECIPE_CHUNK:
            try:
                return recipe_from_json(content_of(data, chunk).decode("utf-8"))
            except (ValueError, RecursionError):
                return None
    return None


def read_source_type(data: bytes) -> str:
    """The digital source type (its URI) that a WAV's XMP names; "" for none."""
    for chunk in riff_chunks(data) if data[:4] == b"RIFF" else ():
        if chunk.kind == XMP_CHUNK:
            return source_type_in(content_of(data, chunk).decode("utf-8", "replace"))
    return ""


def content_of(data: bytes, chunk: RiffChunk) -> bytes:
    """What is in ``chunk``, as far as the file has it."""
    return data[chunk.start : chunk.start + chunk.length]


def read_info(data: bytes) -> dict[str, str]:
    """The texts of a WAV's ``LIST INFO`` chunks, by the names that libsndfile has for them: in the code page that a
    ``CSET`` chunk names, else in what they seem to be."""
    found: dict[str, str] = {}
    page = 0
    for chunk in riff_chunks(data):
        if chunk.kind not in (b"CSET", b"LIST"):  # that of the samples may have gigabytes
            continue
        content = content_of(data, chunk)
        if chunk.kind == b"CSET" and len(content) >= 2:
            (page,) = struct.unpack_from("<H", content)
        if chunk.kind == b"LIST" and content[:4] == b"INFO":
            for kind, start, length in riff_chunks(b"RIFF    INFO" + content[4:]):
                name = _INFO_NAMES.get(kind)
                if name is not None and start <= len(content) + 8:
                    text = content[start - 8 : start - 8 + length].split(b"\0")[0]
                    found[name] = _in_page(text, page).strip()
    return found


def _in_page(text: bytes, page: int) -> str:
    """``text`` in Windows' code page ``page``; one that is none, or not kept to, counts for nothing."""
    with contextlib.suppress(LookupError, UnicodeDecodeError):
        if page:
            return text.decode(f"cp{page}")
    return decode_lenient(text)


def read_loops(data: bytes) -> list[dict[str, Any]]:
    """The loops of a WAV's ``smpl`` chunk: first and last frame, both played, how often (0: for ever), and in which
    ``direction`` if it is not forward."""
    found = []
    for chunk in riff_chunks(data) if data[:4] == b"RIFF" else ():
        if chunk.kind != b"smpl":
            continue
        content = content_of(data, chunk)
        if len(content) < 36:
            continue
        (count,) = struct.unpack_from("<I", content, 28)
        for place in range(min(count, (len(content) - 36) // _LOOP_BYTES)):
            _, kind, start, end, _, times = struct.unpack_from("<6I", content, 36 + place * _LOOP_BYTES)
            other = {"direction": _DIRECTIONS[kind]} if kind in _DIRECTIONS else {}
            found.append({"start": start, "end": end, "times": times, **other})
    return found


def smpl_chunk(loops: Sequence[dict[str, Any]], rate: int) -> bytes:
    """The content of a ``smpl`` chunk: loops as read_loops gives them; the unity note is middle C."""
    kinds = {name: kind for kind, name in _DIRECTIONS.items()}
    head = struct.pack("<9I", 0, 0, round(1e9 / rate), 60, 0, 0, 0, len(loops), 0)
    return head + b"".join(
        struct.pack(
            "<6I",
            number,
            kinds.get(loop.get("direction", ""), 0),
            loop["start"],
            loop["end"],
            0,
            loop["times"],
        )
        for number, loop in enumerate(loops)
    )


def with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    """The WAV ``data`` with one more chunk at its end."""
    whole = data + _chunk(kind, content)
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def without_time(data: bytes) -> bytes:
    """The WAV ``data`` without the time of writing, which libsndfile puts into the ``PEAK`` chunk of floating-point
    samples (version, seconds since 1970, a value and its place for each channel): equal samples, equal bytes."""
    peak = next((chunk for chunk in riff_chunks(data) if chunk.kind == b"PEAK"), None)
    return data if peak is None else data[: peak.start + 4] + bytes(4) + data[peak.start + 8 :]


def unreadable(why: str) -> PictureUnreadable:
    """The error for a file that is no sound, to raise."""
    return PictureUnreadable(f"This is no sound that can be read: {why}.", hint="open it elsewhere", why=why)
