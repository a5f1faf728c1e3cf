"""Liquids: bubbles, each a sine that rises as it comes up."""

import numpy as np

from audobon_cli.engines.synth.exact import (
    Array,
    child_seed,
    drawn,
    falling,
    power2,
    power2_of,
    sine,
    uniform,
)
from audobon_cli.engines.synth.tracks import Clock
from audobon_cli.engines.synth.voices.grains import events

Settings = dict[str, float]

KINDS = 32
"""Different bubbles of a layer, each again and again: more are not told apart."""


def liquid(clock: Clock, form: str, settings: Settings) -> Array:
    """Bubbles (``form`` is "bubbles") about ``pitch``, ``ring`` seconds each, whose pitch rises by ``rise`` octaves."""
    at, strength = events(clock, settings)
    kinds = [_bubble(clock, settings, number) for number in range(min(KINDS, len(at)))]
    chosen = (uniform(len(at), child_seed(clock.seed, "kind")) * len(kinds)).astype(np.int64)
    out = np.zeros(clock.frames)
    for start, loud, kind in zip(at.tolist(), strength.tolist(), chosen.tolist(), strict=True):
        end = min(start + len(kinds[kind]), clock.frames)
        out[start:end] += kinds[kind][: end - start] * loud
    return out


def _bubble(clock: Clock, settings: Settings, number: int) -> Array:
    """One bubble; large ones, which are low, ring longer."""
    off = 2 * (number + drawn(clock.seed, f"bubble {number}")) / KINDS - 1
    hertz = settings["pitch"] * power2_of(settings["pitch_spread"] * off)
    seconds = settings["ring"] * min(4.0, max(0.3, settings["pitch"] / hertz))
    length = max(16, int(seconds * clock.rate))
    level = falling(length, seconds, clock.rate)
    rising = hertz * power2(settings["rise"] * (1 - level))
    turns = np.cumsum(np.minimum(rising, 0.45 * clock.rate) / clock.rate)
    grow = np.minimum(np.arange(length) / (0.002 * clock.rate), 1.0)
    return np.asarray(level * grow * sine(turns))
