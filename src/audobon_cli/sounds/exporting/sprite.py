"""Many sounds in one file with a map of where each lies, as howler.js and others play them."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.media import SOUND
from audobon_cli.library.store.library import Library
from audobon_cli.media.sound.formats import SampleType, SoundFormat
from audobon_cli.sounds.exporting.records import SoundRecord

if TYPE_CHECKING:
    import numpy as np

STEM = "sounds"
GAP_SECONDS = 0.25
"""Silence between two sounds: players stop late by a few hundredths of a second."""
GRID = 100
"""Sounds begin at whole hundredths of a second, which all usual rates have in whole samples."""


def sprite_files(
    library: Library, records: Sequence[SoundRecord], formats: Sequence[SoundFormat]
) -> dict[str, bytes]:
    """The file of all ``records`` in each of ``formats``, and ``sounds.json``: what howler.js takes (``src``, and
    ``sprite`` with offset and length in milliseconds, and whether it loops).

    Raises InvalidInput for more than fits, and what reading raises.
    """
    from audobon_cli.media.sound.convert import write_sound
    from audobon_cli.media.sound.decoding import BLOCK_FRAMES
    from audobon_cli.media.sound.peaks import true_peak

    samples, rate, places = _laid_out(library, records)
    # Lossy formats go above the peaks that they are given: half a decibel is left to them.
    peak = true_peak(samples)
    if peak > 0.944:
        samples = samples * (0.944 / peak)

    def blocks() -> "Iterable[np.ndarray]":
        for start in range(0, len(samples), BLOCK_FRAMES):
            yield samples[start : start + BLOCK_FRAMES].astype("float32")

    shape = (rate, int(samples.shape[1]))
    files = {
        f"{STEM}.{form.value}": write_sound(blocks(), shape, form, SampleType.PCM16, STEM) for form in formats
    }
    sprite: dict[str, list[Any]] = {}
    for name, (start, frames, loops) in places.items():
        sprite[name] = [
            round(1000 * start / rate, 3),
            round(1000 * frames / rate, 3),
            *([True] if loops else []),
        ]
    text = json.dumps({"src": list(files), "sprite": sprite}, indent=2, ensure_ascii=False) + "\n"
    return {**files, f"{STEM}.json": text.encode()}


def _laid_out(
    library: Library, records: Sequence[SoundRecord]
) -> "tuple[np.ndarray, int, dict[str, tuple[int, int, bool]]]":
    """All samples one behind the other, their rate, and of each name the first frame, how many, and if it loops."""
    import numpy as np

    from audobon_cli.media.sound.samples import MAX_VALUES, DecodedSound
    from audobon_cli.media.untrusted.decoding import decode_content
    from audobon_cli.sounds.operations.convert import at_rate, with_channels

    rate = max(record.sound.rate for record in records)
    if rate % GRID:
        rate = 44_100
    channels = 2 if any(record.sound.channels > 1 for record in records) else 1
    step = rate // GRID
    parts: list[np.ndarray] = []
    places: dict[str, tuple[int, int, bool]] = {}
    position = 0
    for record in records:
        asset = record.asset
        sound = decode_content(SOUND, library.blobs.read(asset.blob), asset.name, asset.is_from_outside)
        assert isinstance(sound, DecodedSound), "the medium of sounds decodes to them"
        wide = with_channels(sound, 1) if sound.channels > channels else sound
        made = at_rate(with_channels(wide, channels), rate)
        frames = -(-(made.frames + round(GAP_SECONDS * rate)) // step) * step
        if (position + frames) * channels > MAX_VALUES:
            raise InvalidInput("That is more than fits one file.", hint="export fewer sounds at once")
        parts.append(np.pad(made.samples, ((0, frames - made.frames), (0, 0))))
        places[record.file] = (position, made.frames, record.loop is not None)
        position += frames
    return np.concatenate(parts), rate, places
