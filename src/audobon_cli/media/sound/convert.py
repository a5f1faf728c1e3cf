"""Sounds as files of other formats: for engines, browsers and other programs."""

import io
from typing import NamedTuple

import numpy as np

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.provenance import source_type_of
from audobon_cli.media.sound.decoding import open_sound
from audobon_cli.media.sound.formats import SampleType, SoundFormat
from audobon_cli.media.sound.ogg import with_serial
from audobon_cli.media.sound.tags import with_id3_private, with_wav_chunk
from audobon_cli.media.sound.wav import XMP_CHUNK, read_source_type
from audobon_cli.media.xmp import xmp_packet

SERIAL = 0x41554442
"""Of the streams in Ogg files, where libsndfile writes a random one."""


class _Written(NamedTuple):
    """What libsndfile calls a format; ``bits`` of whole numbers, 0 for others."""

    container: str
    subtype: str
    bits: int = 0


_WAV = {
    SampleType.PCM16: _Written("WAV", "PCM_16", 16),
    SampleType.PCM24: _Written("WAV", "PCM_24", 24),
    SampleType.FLOAT: _Written("WAV", "FLOAT"),
}
_OTHER = {
    SoundFormat.FLAC: _Written("FLAC", "PCM_16", 16),
    SoundFormat.OGG: _Written("OGG", "VORBIS"),
    SoundFormat.MP3: _Written("MP3", "MPEG_LAYER_III"),
}


def convert(asset: Asset, data: bytes, form: SoundFormat, samples: SampleType = SampleType.PCM16) -> bytes:
    """``data``, the file of ``asset``, as ``form``; ``samples`` is for WAV alone. Equal input, equal bytes.

    In blocks: libsndfile can crash on a long Ogg that is written at once. Raises InvalidInput where the format has no
    such rate or channels, PictureUnreadable for a damaged file.
    """
    import soundfile

    written = _WAV[samples] if form is SoundFormat.WAV else _OTHER[form]
    opened = open_sound(data)
    stream = io.BytesIO()
    kind = read_source_type(data) or (source_type_of(asset.recipe).uri if asset.recipe is not None else "")
    try:
        with soundfile.SoundFile(
            stream, "w", opened.rate, opened.channels, written.subtype, format=written.container
        ) as file:
            if asset.recipe is not None:
                file.title, file.software = asset.recipe.prompt, "Audobon"
            if kind and form in (SoundFormat.FLAC, SoundFormat.OGG):  # for which XMP has no place
                file.comment = f"DigitalSourceType={kind}"
            for block in opened.blocks():
                file.write(_samples(block, written.bits))
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise InvalidInput(
            f"{asset.name} cannot be written as {form.value}: {error}.", hint="export it as wav or flac"
        ) from error
    made = stream.getvalue()
    if form is SoundFormat.OGG:
        return with_serial(made, SERIAL)
    if not kind or form is SoundFormat.FLAC:
        return made
    packet = xmp_packet(kind).encode()
    return (
        with_wav_chunk(made, XMP_CHUNK, packet)
        if form is SoundFormat.WAV
        else with_id3_private(made, b"XMP", packet)
    )


def _samples(block: np.ndarray, bits: int) -> np.ndarray:
    """``block`` as libsndfile takes it: whole numbers rounded here, since it scales floats by one step too few."""
    if not bits:
        return block
    half = 2 ** (bits - 1)
    whole = np.clip(np.rint(block.astype(np.float64) * half), -half, half - 1)
    return np.asarray(whole.astype(np.int64) << (32 - bits)).astype(np.int32)
