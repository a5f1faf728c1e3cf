"""From a sound file to blocks of samples, one in memory at a time."""

import io
from collections.abc import Iterator
from dataclasses import field

import numpy as np

from audobon_cli.dataclass import dataclass
from audobon_cli.media.sound.containers import missing_bytes, sound_format, unclear, with_data_length
from audobon_cli.media.sound.file_texts import decoded_texts
from audobon_cli.media.sound.wav import FULL_SCALE, SoundSamples, read_info, read_pcm16, unreadable

BLOCK_FRAMES = 65_536
MAX_SECONDS = 4 * 3600
MAX_CHANNELS = 16
MIN_RATE, MAX_RATE = 1_000, 768_000
"""Samples a second. What lies outside is damage: DXD has 352,800, telephones have 8,000."""


@dataclass(frozen=True, slots=True)
class OpenSound:
    """A sound file that can be decoded: ``format`` is a name of SoundMedium.formats; ``frames`` is what its header
    says. ``texts`` are what is written in it."""

    data: bytes
    format: str
    rate: int
    channels: int
    frames: int
    texts: dict[str, str] = field(default_factory=dict)
    subtype: str = "PCM_16"
    """How the samples are written, as libsndfile calls it."""

    def blocks(self) -> Iterator[np.ndarray]:
        """The samples, full scale is 1, in blocks of the shape (frames, channels); each is only valid until the next.

        Raises PictureUnreadable for what is damaged, or shorter than its header says.
        """
        plain = read_pcm16(self.data)
        if plain is not None:
            for start in range(0, len(plain.samples), BLOCK_FRAMES):
                yield plain.samples[start : start + BLOCK_FRAMES].astype(np.float32) / FULL_SCALE
            return
        yield from self._decoded()

    def _decoded(self) -> Iterator[np.ndarray]:
        import soundfile

        left = self.frames
        try:
            with soundfile.SoundFile(io.BytesIO(self.data)) as file:
                while left:
                    block = file.read(min(left, BLOCK_FRAMES), dtype="float32", always_2d=True)
                    if not len(block):
                        break
                    left -= len(block)
                    yield block
        except (soundfile.SoundFileError, RuntimeError, ValueError, OSError) as error:
            raise unreadable(f"it is damaged ({error})") from error
        if left:
            raise unreadable(f"it is cut off: {left} of {self.frames} samples are missing")


def open_sound(data: bytes) -> OpenSound:
    """The sound file ``data``, ready to be decoded. Raises PictureUnreadable for what is none, or is too large."""
    if not data:
        raise unreadable("the file is empty")
    form = sound_format(data)
    if form is None:
        raise unreadable("it is no WAV, FLAC, Ogg, MP3 or AIFF")
    if wrong := missing_bytes(data, form) or unclear(data, form):
        raise unreadable(wrong)
    data = with_data_length(data)
    plain = read_pcm16(data)
    opened = _of_samples(data, plain) if plain is not None else _by_library(data, form)
    if not opened.frames:
        raise unreadable("it has no samples")
    if not (1 <= opened.channels <= MAX_CHANNELS and MIN_RATE <= opened.rate <= MAX_RATE):
        raise unreadable(f"{opened.channels} channels at {opened.rate} Hz make no sense")
    if opened.frames > MAX_SECONDS * opened.rate:
        raise unreadable(f"it is longer than the {MAX_SECONDS // 3600} hours that are read here")
    return opened


def _of_samples(data: bytes, plain: SoundSamples) -> OpenSound:
    frames, channels = plain.samples.shape
    return OpenSound(data, "wav", plain.rate, channels, frames, read_info(data))


def _by_library(data: bytes, form: str) -> OpenSound:
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            texts = decoded_texts(data, form, file.copy_metadata())
            frames = max(file.frames, 0)
            return OpenSound(data, form, file.samplerate, file.channels, frames, texts, file.subtype)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OSError) as error:
        raise unreadable(f"it is damaged ({_sentence(error)})") from error


def _sentence(error: Exception) -> str:
    """What libsndfile says, without the address of the memory that it was given."""
    return str(error).rpartition(">: ")[2].rstrip(".") or type(error).__name__


def read_all(data: bytes) -> tuple[np.ndarray, int]:
    """All samples, full scale is 1, of the shape (frames, channels), and the rate. Raises as open_sound and blocks."""
    opened = open_sound(data)
    return np.concatenate([np.array(block) for block in opened.blocks()]), opened.rate
