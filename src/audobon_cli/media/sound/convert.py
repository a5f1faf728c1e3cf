"""Sounds as files of other formats: for engines, browsers and other programs."""

import io
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.sound.decoding import BLOCK_FRAMES, open_sound

MADE = ("wav", "flac", "ogg", "mp3")


class SampleType(StrEnum):
    """How the samples of a WAV are written."""

    PCM16 = "16"
    PCM24 = "24"
    FLOAT = "float"


@dataclass(frozen=True, slots=True)
class _Written:
    """What libsndfile calls a format."""

    container: str
    subtype: str


_SUBTYPES = {SampleType.PCM16: "PCM_16", SampleType.PCM24: "PCM_24", SampleType.FLOAT: "FLOAT"}
_LIBRARY = {
    "flac": _Written("FLAC", "PCM_16"),
    "ogg": _Written("OGG", "VORBIS"),
    "mp3": _Written("MP3", "MPEG_LAYER_III"),
}


def convert(asset: Asset, data: bytes, form: str, samples: SampleType = SampleType.PCM16) -> bytes:
    """``data``, the file of ``asset``, as ``form``; ``samples`` is for WAV alone.

    In blocks: libsndfile can crash on a long Ogg that is written at once. Raises InvalidInput for formats that are not
    made here, PictureUnreadable for a damaged file.
    """
    if form not in MADE:
        raise InvalidInput(
            f"{asset.name} is a sound and cannot become {form}.", hint=f"--format is one of {', '.join(MADE)}"
        )
    import soundfile

    written = _Written("WAV", _SUBTYPES[samples]) if form == "wav" else _LIBRARY[form]
    opened = open_sound(data)
    stream = io.BytesIO()
    try:
        with soundfile.SoundFile(
            stream, "w", opened.rate, opened.channels, written.subtype, format=written.container
        ) as file:
            if asset.recipe is not None:
                file.title, file.software = asset.recipe.prompt, "Audobon"
            for block in opened.blocks():
                for start in range(0, len(block), BLOCK_FRAMES):
                    file.write(np.clip(block[start : start + BLOCK_FRAMES], -1, 1))
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise InvalidInput(
            f"{asset.name} cannot be written as {form}: {error}.", hint="export it as wav or flac"
        ) from error
    return stream.getvalue()
