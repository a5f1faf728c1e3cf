"""Filters without a loop over samples, with the same bits everywhere.

**Recursions by doubling.** 1/A(z) = A(-z) / (A(z) A(-z)), and A(z) A(-z) has powers of z^2 alone; so a filter with two
poles is a row of short sums over 1, 2, 4, 8 ... samples, until its poles' powers have died away: some twelve for
what rings for a tenth of a second. A pole that moves is a scan in the same manner.
"""

from collections.abc import Iterator

import numpy as np

from audobon_cli.engines.synth.exact import BLOCK, LOG2_E, TURN, Array, decay_factor, power2, power2_of, sine

QUIET = 1e-7
"""-140 dB: what is below it has died away."""


def blocks_from_end(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The places from ``start`` to ``end`` in blocks of BLOCK, the last first: what a sum of a block and samples before
    it reads has not been changed yet, and stays in the processor's cache."""
    while end > start:
        begin = max(start, end - BLOCK)
        yield begin, end
        end = begin


def two_poles(samples: Array, radius: float, turn: float) -> Array:
    """y[n] = samples[n] + 2 r cos(2 pi t) y[n-1] - r^2 y[n-2], for the ``radius`` r below 1 and the ``turn`` t."""
    out = samples.copy()
    step = 1
    near, far = np.empty(BLOCK), np.empty(BLOCK)
    while step < len(out) and radius > QUIET:
        # The coefficients of each row from radius and turn, which double without loss; those of the row before would
        # lose a digit each time.
        first, second = 2 * radius * cosine_of(turn), radius * radius
        for start, end in blocks_from_end(step, len(out)):
            added = np.multiply(out[start - step : end - step], first, out=near[: end - start])
            begin = max(start, 2 * step)
            later = np.multiply(
                out[begin - 2 * step : max(end, begin) - 2 * step], second, out=far[: max(end - begin, 0)]
            )
            out[start:end] += added
            if end > begin:
                out[begin:end] += later
        radius, turn = radius * radius, 2 * turn
        step *= 2
    return out


def one_pole(samples: Array, pole: float) -> Array:
    """y[n] = samples[n] + ``pole`` y[n-1]."""
    return delayed_by(samples, 1, pole)


def resonate(samples: Array, hertz: float, ring: float, rate: int) -> Array:
    """``samples`` through a resonance at ``hertz`` that falls by 60 dB in ``ring`` seconds; an impulse of 1 makes a
    sine that begins at 1. Above half the rate there is nothing."""
    if hertz >= 0.48 * rate:
        return np.zeros_like(samples)
    radius = decay_factor(ring, rate)
    turn = hertz / rate
    return two_poles(samples * sine_of(turn), radius, turn)


def sine_of(turn: float) -> float:
    """sin(2 pi ``turn``) of one number."""
    return float(sine(np.array([turn]))[0])


def cosine_of(turn: float) -> float:
    """cos(2 pi ``turn``) of one number."""
    return sine_of(turn + 0.25)


def low_pass(samples: Array, hertz: Array | float, rate: int) -> Array:
    """``samples`` through a pole at ``hertz``: 6 dB an octave; an array moves it."""
    if isinstance(hertz, np.ndarray):
        return _moving_pole(samples, power2(np.minimum(hertz / rate, 0.49) * (-TURN * LOG2_E)))
    pole = power2_of(min(hertz / rate, 0.49) * (-TURN * LOG2_E))
    return one_pole(samples * (1 - pole), pole)


def _moving_pole(samples: Array, poles: Array) -> Array:
    out, factors = samples * (1 - poles), poles.copy()
    scratch = np.empty(BLOCK)
    step = 1
    while step < len(out) and factors.max() > QUIET:
        for start, end in blocks_from_end(step, len(out)):
            room = scratch[: end - start]
            out[start:end] += np.multiply(factors[start:end], out[start - step : end - step], out=room)
            np.multiply(factors[start:end], factors[start - step : end - step], out=room)
            factors[start:end] = room
        factors[:step] = 0
        step *= 2
    return np.asarray(out)


def high_pass(samples: Array, hertz: float, rate: int) -> Array:
    """What low_pass leaves out."""
    return np.asarray(samples - low_pass(samples, hertz, rate))


def delayed_by(samples: Array, frames: int, gain: float) -> Array:
    """y[n] = samples[n] + ``gain`` y[n - ``frames``]: an echo of the echo, and so on."""
    out = samples.copy()
    scratch = np.empty(BLOCK)
    while frames < len(out) and abs(gain) > QUIET:
        for start, end in blocks_from_end(frames, len(out)):
            added = np.multiply(out[start - frames : end - frames], gain, out=scratch[: end - start])
            out[start:end] += added
        frames, gain = 2 * frames, gain * gain
    return out


COMBS = (0.0297, 0.0371, 0.0411, 0.0437)
ALL_PASSES = ((0.005, 0.7), (0.0017, 0.7))
"""Delays in seconds of Schroeder's reverberator ("Natural sounding artificial reverberation", 1962)."""


def reverberate(samples: Array, seconds: float, rate: int) -> Array:
    """The room's answer to ``samples``, as long as they are: it falls by 60 dB in ``seconds``; high tones sooner."""
    source = low_pass(samples, 4_500.0, rate)
    total = np.zeros_like(source)
    scale = min(1.0, max(0.25, seconds / 1.2))
    for delay in COMBS:
        frames = max(1, round(delay * scale * rate))
        total += delayed_by(source, frames, decay_factor(seconds, rate / frames))
    for delay, gain in ALL_PASSES:
        frames = max(1, round(delay * rate))
        passed = total * -gain
        passed[frames:] += total[:-frames]
        total = delayed_by(passed, frames, gain)
    return total * 0.25


def drive(samples: Array, amount: float) -> Array:
    """``samples`` softly clipped: x / (1 + |x|) of what ``amount`` (0 to 1) has made louder."""
    if amount <= 0:
        return samples
    loud = samples * (1 + 15 * amount * amount + 2 * amount)
    return np.asarray(loud / (1 + np.abs(loud)) * (1 + 1 / (1 + 15 * amount * amount + 2 * amount)))


def crush(samples: Array, bits: float, hertz: float, rate: int) -> Array:
    """``samples`` held for as long as a rate of ``hertz`` has it (0: as they are), in steps of ``bits`` (0: none)."""
    out = samples
    if 0 < hertz < rate:
        held = np.floor(np.arange(len(out)) * (hertz / rate)) * (rate / hertz)
        out = out[held.astype(np.int64).clip(0, max(len(out) - 1, 0))]
    if bits > 0:
        levels = power2_of(bits - 1)
        out = np.rint(out * levels) / levels
    return out
