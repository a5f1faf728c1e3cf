"""Sounds as files of other formats: for engines, browsers and other programs."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.provenance import source_type_of
from audobon_cli.media.sound.decoding import open_sound
from audobon_cli.media.sound.formats import SampleType, SoundFormat
from audobon_cli.media.sound.ogg import with_serial
from audobon_cli.media.sound.tags import source_comment, with_source_type
from audobon_cli.media.sound.wav import read_source_type, smpl_chunk, with_chunk, without_time

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


def convert(
    asset: Asset,
    data: bytes,
    form: SoundFormat,
    samples: SampleType = SampleType.PCM16,
    loops: Sequence[dict[str, Any]] = (),
) -> bytes:
    """``data``, the file of ``asset``, as ``form``; ``samples`` is for WAV alone. Equal input, equal bytes.

    A WAV has ``loops`` (see media.sound.wav), and none of those in ``data``. Raises InvalidInput where the format
    has no such rate or channels, PictureUnreadable for a damaged file.
    """
    opened = open_sound(data)
    kind = read_source_type(data) or (source_type_of(asset.recipe).uri if asset.recipe is not None else "")
    texts = {"title": asset.recipe.prompt, "software": "Audobon"} if asset.recipe is not None else {}
    texts |= source_comment(kind, form)
    made = write_sound(opened.blocks(), (opened.rate, opened.channels), form, samples, asset.name, texts)
    made = with_source_type(made, kind, form)
    looped = loops and form is SoundFormat.WAV
    return with_chunk(made, b"smpl", smpl_chunk(loops, opened.rate)) if looped else made


def write_sound(
    blocks: Iterable[np.ndarray],
    shape: tuple[int, int],
    form: SoundFormat,
    samples: SampleType,
    name: str,
    texts: Mapping[str, str] | None = None,
) -> bytes:
    """``blocks`` of samples, full scale is 1, as ``form``; ``shape`` is their rate and channels, ``texts`` what the
    file names, by libsndfile's words (title, software, comment).

    Raises InvalidInput where the format has no such rate or channels.
    In blocks: libsndfile can crash on a long Ogg that is written at once.
    """
    import soundfile

    written = _WAV[samples] if form is SoundFormat.WAV else _OTHER[form]
    stream = io.BytesIO()
    try:
        with soundfile.SoundFile(stream, "w", *shape, written.subtype, format=written.container) as file:
            for key, text in (texts or {}).items():
                setattr(file, key, text)
            for block in blocks:
                file.write(_samples(block, written.bits))
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise InvalidInput(
            f"{name} cannot be written as {form.value}: {error}.", hint="write it as wav or flac"
        ) from error
    made = stream.getvalue()
    if form is SoundFormat.WAV:
        return without_time(made)
    return with_serial(made, SERIAL) if form is SoundFormat.OGG else made


def _samples(block: np.ndarray, bits: int) -> np.ndarray:
    """``block`` as libsndfile takes it: whole numbers rounded here, since it scales floats by one step too few."""
    if not bits:
        return block
    half = 2 ** (bits - 1)
    whole = np.clip(np.rint(block.astype(np.float64) * half), -half, half - 1)
    return np.asarray(whole.astype(np.int64) << (32 - bits)).astype(np.int32)
