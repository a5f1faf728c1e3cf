"""Liquids: bubbles, each a sine that rises as it comes up."""

import numpy as np

from audobon_cli.engines.synth.exact import Array, child_seed, falling, power2, sine, uniform
from audobon_cli.engines.synth.tracks import Clock
from audobon_cli.engines.synth.voices.grains import events

Settings = dict[str, float]

MOST_BUBBLES = 600


def liquid(clock: Clock, form: str, settings: Settings) -> Array:
    """Bubbles (``form`` is "bubbles") about ``pitch``, ``ring`` seconds each, whose pitch rises by ``rise`` octaves."""
    at, strength = events(clock, settings)
    at, strength = at[:MOST_BUBBLES], strength[:MOST_BUBBLES]
    out = np.zeros(clock.frames)
    spread = settings["pitch_spread"] * (2 * uniform(len(at), child_seed(clock.seed, "size")) - 1)
    pitches = settings["pitch"] * power2(spread)
    for start, loud, hertz in zip(at.tolist(), strength.tolist(), pitches.tolist(), strict=True):
        # Large bubbles, which are low, ring longer.
        seconds = settings["ring"] * min(4.0, max(0.3, settings["pitch"] / hertz))
        length = min(clock.frames - start, int(seconds * clock.rate))
        if length < 8:
            continue
        level = falling(length, seconds, clock.rate)
        rising = hertz * power2(settings["rise"] * (1 - level))
        turns = np.cumsum(np.minimum(rising, 0.45 * clock.rate) / clock.rate)
        grow = np.minimum(np.arange(length) / (0.002 * clock.rate), 1.0)
        out[start : start + length] += loud * level * grow * sine(turns)
    return out
