"""Small real sound files of every format that import meets, and damaged ones."""

import io
import struct
from typing import Any

import numpy as np
import soundfile

FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "wav24": ("WAV", "PCM_24"),
    "wavfloat": ("WAV", "FLOAT"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "aiff": ("AIFF", "PCM_16"),
}


def tone(
    seconds: float = 0.5, hertz: float = 440.0, rate: int = 48_000, peak: float = 0.5, channels: int = 1
) -> np.ndarray:
    """A sine, full scale is 1."""
    wave = peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1)


def encoded(form: str = "wav", samples: np.ndarray | None = None, rate: int = 48_000, **texts: Any) -> bytes:
    """``samples`` as a file of ``form``; ``texts`` are fields of libsndfile (title, comment ...)."""
    samples = tone() if samples is None else samples
    container, subtype = FORMATS[form]
    stream = io.BytesIO()
    with soundfile.SoundFile(stream, "w", rate, samples.shape[1], subtype, format=container) as file:
        for name, text in texts.items():
            setattr(file, name, text)
        file.write(samples)
    return stream.getvalue()


def with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    """A WAV with one more chunk at its end."""
    chunk = kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)
    return data[:4] + struct.pack("<I", len(data) + len(chunk) - 8) + data[8:] + chunk


def sampler_chunk(start: int, end: int, times: int = 0) -> bytes:
    """The content of a ``smpl`` chunk with one loop."""
    return struct.pack("<9I", 0, 0, 22_675, 60, 0, 0, 0, 1, 0) + struct.pack(
        "<6I", 0, 0, start, end, 0, times
    )
