"""What can be measured of a sound: the numbers by which the classifier and the fitted patterns know it.

Bands are given in Hz and times in seconds, so that the same sound at another rate has the same numbers.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from audobon_cli.media.sound.pitch import pitch_of

STEP_SECONDS = 0.01
WINDOW_SECONDS = 0.032
LOWEST, HIGHEST = 50.0, 10_000.0
BANDS = 28
"""As wide to the ear: even steps of the mel scale (O'Shaughnessy, 1987)."""

MAX_SECONDS = 10.0
"""Of a longer sound the first ten seconds are heard."""

FLOOR_DB = -70.0
"""Below the loudest moment; what is quieter counts as this."""

EDGE_DB = -45.0
"""What is quieter than that at both ends is not of the sound."""

SHAPE_PARTS, SPECTRUM_PARTS, PART_BANDS = 8, 4, 7
_CEPSTRA = 13


class Heard(NamedTuple):
    """The samples without silent ends in steps of 10 ms: ``bands`` in dB below the loudest step (steps, BANDS),
    ``level``
    in dB (steps), ``centre`` in octaves above LOWEST, ``flat`` from 0 (a tone) to 1 (noise), ``pitch`` in Hz of some
    steps (0: none), ``seconds`` of the whole."""

    bands: np.ndarray
    level: np.ndarray
    centre: np.ndarray
    flat: np.ndarray
    pitch: np.ndarray
    seconds: float


def hear(samples: np.ndarray, rate: int) -> Heard | None:
    """What is in ``samples``, of one channel, full scale is 1; None for silence."""
    samples = np.nan_to_num(np.asarray(samples, dtype=np.float64))[: int(MAX_SECONDS * rate)]
    size = 1 << (int(WINDOW_SECONDS * rate) - 1).bit_length()
    step = max(1, round(STEP_SECONDS * rate))
    count = max(1, -(-len(samples) // step))
    padded = np.concatenate([np.zeros(size // 2), samples, np.zeros(size)])
    places = np.arange(count)[:, None] * step + np.arange(size)[None, :]
    power = np.abs(np.fft.rfft(padded[places] * np.hanning(size), axis=1)) ** 2
    loud = power.sum(axis=1)
    if not loud.max() > 1e-9:
        return None
    heard = np.flatnonzero(loud > loud.max() * 10 ** (EDGE_DB / 10))
    first, last = int(heard[0]), int(heard[-1]) + 1
    power, loud = power[first:last], loud[first:last]
    bands = power @ _filters(size, rate)
    top = loud.max()
    weight = np.maximum(bands, 1e-12)
    flat = np.exp(np.log(weight).mean(axis=1)) / weight.mean(axis=1)
    octaves = np.log2(_centres() / LOWEST)
    return Heard(
        _decibels(bands, bands.sum(axis=1).max()),
        _decibels(loud, top),
        (bands @ octaves) / np.maximum(bands.sum(axis=1), 1e-12),
        flat,
        _pitches(samples[first * step : last * step], rate, loud),
        (last - first) * step / rate,
    )


def features(samples: np.ndarray, rate: int) -> np.ndarray | None:
    """The numbers of ``samples``, always as many; None for silence."""
    heard = hear(samples, rate)
    return None if heard is None else feature_vector(heard)


def feature_vector(heard: Heard) -> np.ndarray:
    """All numbers that are known of what was ``heard``."""
    weight = 10 ** (heard.level / 10)
    weight = weight / weight.sum()
    mean = weight @ heard.bands
    spread = np.sqrt(np.maximum(weight @ (heard.bands - mean) ** 2, 0))
    plain = heard.bands.mean(axis=0)
    parts = [
        _cepstra(mean),
        _cepstra(plain),
        _cepstra(spread),
        _motion(heard.bands),
        _shape(heard.level),
        _time_numbers(heard, weight),
        _tone_numbers(heard, weight),
        _parts(heard.bands),
    ]
    return np.concatenate(parts)


def _decibels(power: np.ndarray, top: float) -> np.ndarray:
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power / max(top, 1e-12), 1e-12)), FLOOR_DB))


def _mel(hertz: np.ndarray) -> np.ndarray:
    return np.asarray(2595 * np.log10(1 + hertz / 700))


@lru_cache(maxsize=1)
def _edges() -> np.ndarray:
    low, high = _mel(np.array([LOWEST, HIGHEST]))
    mels = np.linspace(float(low), float(high), BANDS + 2)
    return np.asarray(700 * (10 ** (mels / 2595) - 1))


def _centres() -> np.ndarray:
    return _edges()[1:-1]


@lru_cache(maxsize=8)
def _filters(size: int, rate: int) -> np.ndarray:
    """Triangles over the spectrum, of the shape (size // 2 + 1, BANDS). Low ones hold one place at least."""
    hertz, edges = np.fft.rfftfreq(size, 1 / rate)[:, None], _edges()
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rows = np.clip(np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0, 1)
    for band in np.flatnonzero((rows.sum(axis=0) == 0) & (middle < rate / 2)):
        rows[int(np.abs(hertz[:, 0] - middle[band]).argmin()), band] = 1
    return np.asarray(rows)


def _pitches(samples: np.ndarray, rate: int, loud: np.ndarray) -> np.ndarray:
    """The pitch at up to 12 moments, 50 ms long, that are not much quieter than the loudest."""
    length, count = int(0.05 * rate), min(12, max(1, len(loud) // 4))
    found = []
    for place in np.linspace(0, max(len(samples) - length, 0), count).astype(int):
        moment = int(place / max(len(samples), 1) * len(loud))
        audible = loud[min(moment, len(loud) - 1)] > loud.max() * 1e-3
        found.append(pitch_of(samples[place : place + length], rate) if audible else 0.0)
    return np.array(found)


@lru_cache(maxsize=4)
def _cosines(size: int, count: int) -> np.ndarray:
    places = (np.arange(size) + 0.5)[:, None] * np.arange(count)[None, :]
    return np.asarray(np.cos(np.pi * places / size) * np.sqrt(2 / size))


def _cepstra(values: np.ndarray) -> np.ndarray:
    return np.asarray(values @ _cosines(BANDS, _CEPSTRA))


def _motion(bands: np.ndarray) -> np.ndarray:
    """How fast the bands change from step to step, in eight groups, and how fast on the whole."""
    if len(bands) < 2:
        return np.zeros(9)
    change = np.abs(np.diff(bands, axis=0))
    groups = [part.mean() for part in np.array_split(change.mean(axis=0), 8)]
    return np.array([*groups, np.maximum(np.diff(bands, axis=0), 0).mean()])


def _resampled(values: np.ndarray, count: int) -> np.ndarray:
    """``values`` (steps, ...) as means of ``count`` equal parts."""
    edges = np.linspace(0, len(values), count + 1)
    rows = []
    for low, high in pairwise(edges):
        first = min(int(low), len(values) - 1)
        rows.append(values[first : max(int(np.ceil(high)), first + 1)].mean(axis=0))
    return np.array(rows)


def _shape(level: np.ndarray) -> np.ndarray:
    return _resampled(level, SHAPE_PARTS)


def _parts(bands: np.ndarray) -> np.ndarray:
    """A small picture of the sound: SPECTRUM_PARTS moments, PART_BANDS bands, over their mean."""
    moments = _resampled(bands, SPECTRUM_PARTS)
    small = np.stack([part.mean(axis=1) for part in np.array_split(moments, PART_BANDS, axis=1)], axis=1)
    return np.asarray((small - small.mean()).reshape(-1))


def onsets(heard: Heard) -> np.ndarray:
    """Seconds at which something begins: peaks of the rise of all bands."""
    rise = np.concatenate(
        [[heard.bands[0].mean() - FLOOR_DB], np.maximum(np.diff(heard.bands, axis=0), 0).mean(axis=1)]
    )
    near = 4
    found: list[int] = []
    limit = max(4.0, float(rise[1:].mean() + 2.5 * rise[1:].std()) if len(rise) > 1 else 4.0)
    for place, value in enumerate(rise):
        around = rise[max(0, place - near) : place + near + 1]
        loud = heard.level[place : place + 3].max()
        # What ends suddenly rises in other bands, too; what begins is louder on the whole.
        audible = loud > -35 and (place < 3 or loud > heard.level[place - 3] + 0.5)
        if value >= limit and value == around.max() and audible and (not found or place - found[-1] > near):
            found.append(place)
    return np.array(found or [0]) * STEP_SECONDS


def _time_numbers(heard: Heard, weight: np.ndarray) -> np.ndarray:
    level, steps = heard.level, np.arange(len(heard.level))
    peak = int(level.argmax())
    after = level[peak:]
    fallen = np.flatnonzero(after < -20)
    fall = (int(fallen[0]) if len(fallen) else len(after)) * STEP_SECONDS
    begins = onsets(heard)
    gaps = np.diff(begins)
    power = 10 ** (level / 20)
    wave = np.abs(np.fft.rfft(power - power.mean(), 512)) ** 2
    hertz = np.fft.rfftfreq(512, STEP_SECONDS)
    total = wave[1:].sum() + 1e-9
    edges = (0.5, 1.5, 3, 6, 12, 24, 50)
    rhythm = [wave[(hertz >= low) & (hertz < high)].sum() / total for low, high in pairwise(edges)]
    centre = float(weight @ steps) / max(len(level) - 1, 1)
    return np.array(
        [
            np.log2(max(heard.seconds, 0.01)),
            np.log2(peak * STEP_SECONDS + 0.005),
            np.log2(fall + 0.01),
            peak / max(len(level) - 1, 1),
            centre,
            np.log2(1 + len(begins)),
            len(begins) / max(heard.seconds, 0.1),
            float(gaps.std() / gaps.mean()) if len(gaps) > 1 else 0.0,
            np.log2(float(np.median(gaps)) + 0.02) if len(gaps) else 2.0,
            level.std(),
            np.mean(level > -10),
            np.mean(level > -25),
            *rhythm,
        ]
    )


def slope(values: np.ndarray, weight: np.ndarray) -> float:
    """How much ``values`` rise from the beginning to the end, by least squares with ``weight``."""
    if len(values) < 2:
        return 0.0
    place = np.linspace(-0.5, 0.5, len(values))
    place = place - weight @ place
    return float((weight * place) @ values / max((weight * place) @ place, 1e-9))


def _tone_numbers(heard: Heard, weight: np.ndarray) -> np.ndarray:
    voiced = heard.pitch[heard.pitch > 0]
    octaves = np.log2(voiced / LOWEST) if len(voiced) else np.zeros(1)
    even = np.full(len(octaves), 1 / len(octaves))
    steps = np.abs(np.diff(octaves)) if len(octaves) > 1 else np.zeros(1)
    centre = float(weight @ heard.centre)
    return np.array(
        [
            len(voiced) / len(heard.pitch),
            float(np.median(octaves)) if len(voiced) else 2.0,
            slope(octaves, even),
            octaves.std(),
            np.mean(steps > 0.1),
            centre,
            heard.centre.std(),
            slope(heard.centre, np.full(len(heard.centre), 1 / len(heard.centre))),
            float(weight @ heard.flat),
            heard.flat.mean(),
            heard.flat.std(),
            slope(heard.flat, np.full(len(heard.flat), 1 / len(heard.flat))),
            float((heard.bands > -30).mean()),
        ]
    )
