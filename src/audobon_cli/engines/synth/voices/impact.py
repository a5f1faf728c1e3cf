"""A body that is struck: its modes ring, each for its own time."""

import numpy as np

from audobon_cli.engines.synth.bodies import MATERIALS
from audobon_cli.engines.synth.exact import (
    LOG2_1000,
    Array,
    child_seed,
    drawn,
    falling,
    log2_of,
    noise,
    power2,
    power2_of,
    sine,
)
from audobon_cli.engines.synth.filters import low_pass
from audobon_cli.engines.synth.tracks import Clock

Settings = dict[str, float]

COARSE = 256
"""Samples between two phasors of the coarse table: see damped_sine."""

MOST_RING = 1.2
"""A mode is left out once it has fallen by so many times 60 dB."""


def impact(clock: Clock, form: str, settings: Settings) -> Array:
    """A body of the material ``form`` struck once, with a noise of contact."""
    body = MATERIALS[form]
    out = np.zeros(clock.frames)
    top = 250.0 * power2_of(6.3 * settings["hardness"])  # Hz: a softer mallet touches for longer
    for place, (ratio, level) in enumerate(zip(body.ratios, body.levels, strict=True)):
        off = 1 + settings["spread"] * (drawn(clock.seed, f"mode {place}") - 0.5)
        hertz = settings["pitch"] * ratio * off
        if hertz > 0.45 * clock.rate:
            continue
        where = 0.4 + 0.6 * drawn(clock.seed, f"place {place}")  # struck nearer to a node, or farther
        loud = level * where / (1 + (hertz / top) * (hertz / top))
        ring = settings["ring"] / power2_of(body.damping * log2_of(ratio))
        add_damped_sine(out, hertz, ring, loud, clock.rate, settings["bend"])
    out *= 1 / sum(level for level in body.levels[:4])
    if settings["click"]:
        out += settings["click"] * _contact(clock, top, settings)
    return out


def add_damped_sine(
    out: Array, hertz: float, ring: float, level: float, rate: int, bend: float = 0.0, start: int = 0
) -> None:
    """Add a sine of ``hertz`` that falls by 60 dB in ``ring`` seconds to ``out`` from ``start`` on.

    Of phasors from two tables, by sin(a + b): a tenth of the time of a sine for each sample. With ``bend`` the pitch
    begins so many semitones higher, and falls as the sound does.
    """
    length = min(len(out) - start, max(8, int(ring * MOST_RING * rate)))
    if length <= 0 or level < 1e-4:
        return
    if bend:
        glide = 1 + (power2_of(bend / 12) - 1) * falling(length, min(ring, 0.15), rate)
        out[start : start + length] += (
            level * sine(np.cumsum(glide * (hertz / rate))) * falling(length, ring, rate)
        )
        return
    rows = -(-length // COARSE)
    turn, fall = hertz / rate, -LOG2_1000 / max(ring * rate, 1.0)
    coarse, fine = np.arange(rows) * COARSE, np.arange(COARSE)
    high, low = power2(coarse * fall) * level, power2(fine * fall)
    wave = (sine(coarse * turn) * high)[:, None] * (sine(fine * turn + 0.25) * low)
    wave += (sine(coarse * turn + 0.25) * high)[:, None] * (sine(fine * turn) * low)
    out[start : start + length] += wave.reshape(-1)[:length]


def _contact(clock: Clock, top: float, settings: Settings) -> Array:
    """The noise of the two surfaces: a few milliseconds, brighter for harder ones."""
    seconds = settings["click_time"]
    frames = min(clock.frames, max(8, int(seconds * 1.5 * clock.rate)))
    burst = noise(frames, child_seed(clock.seed, "contact")) * falling(frames, seconds, clock.rate)
    out = np.zeros(clock.frames)
    out[:frames] = low_pass(burst, min(top * 2, 0.4 * clock.rate), clock.rate)
    return out
