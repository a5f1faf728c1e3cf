"""Sounds in memory as operations work on them, and the WAV files that come out."""

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from audobon_cli.domain.errors import PictureUnreadable, SoundUnusable
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.media.sound.decoding import BLOCK_FRAMES, open_sound
from audobon_cli.media.sound.formats import SampleType
from audobon_cli.media.sound.inspect import inspect_sound, measured_sound
from audobon_cli.media.sound.wav import PCM, read_loops, smpl_chunk, wav_file

MAX_VALUES = 2**26
"""Samples of all channels together that operations take: 25 minutes of one channel at 44,100 Hz, in 512 MiB."""

FLOAT = 3
"""WAVE_FORMAT_IEEE_FLOAT."""
_TYPES = {
    "PCM_24": SampleType.PCM24,
    "PCM_32": SampleType.PCM24,
    "FLOAT": SampleType.FLOAT,
    "DOUBLE": SampleType.FLOAT,
}
"""What keeps the samples of a file, by libsndfile's name for them; 16 bits for all others: what is compressed has no
more to keep."""


@dataclass(frozen=True)
class DecodedSound:
    """A decoded sound: ``samples`` are float64, full scale is 1, of the shape (frames, channels). ``type`` is how its
    file has them, ``loops`` its loop points as read_loops gives them."""

    name: str
    samples: np.ndarray
    rate: int
    type: SampleType = SampleType.PCM16
    loops: tuple[dict[str, Any], ...] = ()
    format: str = "wav"
    data: bytes = b""
    """The file; nothing for one that was made of others."""

    @property
    def frames(self) -> int:
        """Samples of a channel."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """How many."""
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames / self.rate

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.samples.nbytes + len(self.data)

    @cached_property
    def media(self) -> SoundInfo:
        """What the library knows of it. Costs some 10 ms for a second of sound."""
        if self.data:
            # The very blocks that reading the file again would give, without decoding a stranger's file here.
            starts = range(0, self.frames, BLOCK_FRAMES)
            blocks = (self.samples[start : start + BLOCK_FRAMES].astype(np.float32) for start in starts)
            return measured_sound(blocks, self.rate, self.channels)
        media = inspect_sound(encode_samples(self)).media
        assert isinstance(media, SoundInfo), "a sound's file is one"
        return media

    def with_samples(self, samples: np.ndarray, rate: int | None = None) -> Self:
        """Other samples in its place, without loop points: those were of the old ones."""
        return type(self)(self.name, samples, rate or self.rate, self.type)


def read_sound(data: bytes, name: str) -> DecodedSound:
    """The sound file ``data``, decoded. Raises SoundUnusable for what is damaged, no sound, or too long."""
    try:
        opened = open_sound(data)
        if opened.frames * opened.channels > MAX_VALUES:
            most = MAX_VALUES // opened.channels // opened.rate
            raise SoundUnusable(
                f"{name} is longer than the {most // 60} minutes of it that can be worked on.",
                hint="take a part of it with another program first",
            )
        samples = np.concatenate([block.astype(np.float64) for block in opened.blocks()])
    except PictureUnreadable as error:
        raise SoundUnusable(
            f"{name} cannot be worked on: {error.details['why']}.",
            hint="name a WAV, FLAC, Ogg, MP3 or AIFF that plays elsewhere",
        ) from error
    if not np.isfinite(samples).all():
        raise SoundUnusable(
            f"{name} holds values that are no numbers.", hint="export it anew from the program that made it"
        )
    kept = _TYPES.get(opened.subtype, SampleType.PCM16)
    return DecodedSound(name, samples, opened.rate, kept, tuple(read_loops(data)), opened.format, data)


def whole_numbers(samples: np.ndarray, bits: int) -> np.ndarray:
    """``samples``, full scale is 1, as whole numbers of ``bits`` bits, rounded to even; what is louder is clipped."""
    half = 2 ** (bits - 1)
    return np.asarray(np.clip(np.rint(samples * half), -half, half - 1).astype(np.int64))


def encode_samples(sound: DecodedSound) -> bytes:
    """``sound`` as a WAV of its type, with its loop points if it has any: equal input, equal bytes."""
    bits = {SampleType.PCM16: 16, SampleType.PCM24: 24, SampleType.FLOAT: 32}[sound.type]
    block = sound.channels * bits // 8
    form = FLOAT if sound.type is SampleType.FLOAT else PCM
    head = struct.pack("<HHIIHH", form, sound.channels, sound.rate, sound.rate * block, block, bits)
    chunks = [(b"fmt ", head)]
    if form == FLOAT:
        chunks.append((b"fact", struct.pack("<I", sound.frames)))
    chunks.append((b"data", _packed(sound.samples, sound.type)))
    if sound.loops:
        chunks.append((b"smpl", smpl_chunk(sound.loops, sound.rate)))
    return wav_file(chunks)


def _packed(samples: np.ndarray, kept: SampleType) -> bytes:
    if kept is SampleType.FLOAT:
        return np.ascontiguousarray(samples, dtype="<f4").tobytes()
    if kept is SampleType.PCM16:
        return whole_numbers(samples, 16).astype("<i2").tobytes()
    whole = np.ascontiguousarray(whole_numbers(samples, 24).astype("<i4"))
    return np.ascontiguousarray(whole.view(np.uint8).reshape(-1, 4)[:, :3]).tobytes()
