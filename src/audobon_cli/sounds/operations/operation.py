"""What a sound operation is, and what it gives."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from audobon_cli.derivations.operation import AssetOperation
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import SOUND
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.media.provenance import combined_type
from audobon_cli.media.sound.convert import write_sound
from audobon_cli.media.sound.decoding import BLOCK_FRAMES
from audobon_cli.media.sound.formats import SoundFormat
from audobon_cli.media.sound.inspect import inspect_sound
from audobon_cli.media.sound.samples import DecodedSound, encode_samples
from audobon_cli.media.sound.tags import source_comment, with_source_type
from audobon_cli.media.sound.wav import read_source_type

SEAM_SECONDS = 0.003
"""How long what is cut within a sound takes to fade: short enough to keep an attack, long enough not to click."""


@dataclass(frozen=True)
class SoundProduct:
    """What an operation gives: a sound, and what was measured on the way. WAV files are written by this program alone;
    ``form`` is another format where one is asked for."""

    sound: DecodedSound
    facts: Mapping[str, Any] = field(default_factory=dict)
    form: SoundFormat = SoundFormat.WAV
    source_type: str = ""
    """How what it was made of came about: the URI of a digital source type, "" where nothing says so."""

    @property
    def format(self) -> str:
        """Of the file."""
        return self.form.value

    @cached_property
    def media(self) -> SoundInfo:
        """What the file is."""
        media = inspect_sound(self._data).media
        assert isinstance(media, SoundInfo), "a sound's file is one"
        return media

    def encode(self) -> bytes:
        """The file: the same product gives the same bytes. Raises InvalidInput for what ``form`` cannot hold."""
        return self._data

    @cached_property
    def _data(self) -> bytes:
        sound = self.sound
        if self.form is SoundFormat.WAV:
            return with_source_type(encode_samples(sound), self.source_type, self.form)
        blocks = (
            sound.samples[start : start + BLOCK_FRAMES].astype(np.float32)
            for start in range(0, sound.frames, BLOCK_FRAMES)
        )
        texts = source_comment(self.source_type, self.form)
        made = write_sound(blocks, (sound.rate, sound.channels), self.form, sound.type, sound.name, texts)
        return with_source_type(made, self.source_type, self.form)


@dataclass(frozen=True, slots=True)
class SoundOperation(AssetOperation):
    """An operation on samples. Records call it ``sound-NAME``, where commands say ``audobon sound NAME``.

    Loop points of the inputs are not those of what comes out, and are dropped.
    """

    medium: ClassVar[str] = SOUND
    kind: ClassVar[AssetKind] = AssetKind.SOUND
    packages: ClassVar[tuple[str, ...]] = ("numpy", "soundfile")

    @property
    def verb(self) -> str:
        """See AssetOperation."""
        return self.name.removeprefix("sound-")

    @abstractmethod
    def run(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        """Work on ``inputs``. Raises SoundUnusable where the operation makes no sense on them."""

    def made(self, inputs: Sequence[DecodedSound]) -> SoundProduct:
        """See AssetOperation. Where no input says how it came about, the file says nothing of it either."""
        kind = combined_type([read_source_type(each.data) for each in inputs])
        return replace(self.run(inputs), source_type=kind)


def cut(sound: DecodedSound, start: int, end: int, seam: float = SEAM_SECONDS) -> np.ndarray:
    """The samples from frame ``start`` up to ``end``; where that cuts within the sound, it fades for
    ``seam`` seconds."""
    samples = sound.samples[start:end].copy()
    length = min(round(seam * sound.rate), len(samples) // 2)
    if length:
        ramp = (np.arange(length) + 0.5)[:, None] / length
        if start > 0:
            samples[:length] *= ramp
        if end < sound.frames:
            samples[-length:] *= ramp[::-1]
    return samples


def loud_parts(sound: DecodedSound, threshold: float) -> np.ndarray:
    """For each frame whether a channel is louder than ``threshold`` dB below the sound's peak."""
    levels = np.abs(sound.samples).max(axis=1)
    return np.asarray(levels > levels.max(initial=0.0) * 10 ** (threshold / 20))
