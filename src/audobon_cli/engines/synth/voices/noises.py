"""Noise: white, pink, brown, and that of sound chips, which has a pitch."""

import math

import numpy as np

from audobon_cli.engines.synth.exact import Array, child_seed, noise
from audobon_cli.engines.synth.filters import high_pass, low_pass, one_pole, resonate
from audobon_cli.engines.synth.tracks import Clock, phase, slide

Settings = dict[str, float]

PINK = ((0.99886, 0.0555179), (0.99332, 0.0750759), (0.969, 0.153852), (0.8665, 0.3104856), (0.55, 0.5329522))
"""Poles and gains of Kellet's filter for pink noise, 1999."""

CHIP_LENGTH = 32
"""Values of noise that sfxr plays as one period."""


def noises(clock: Clock, form: str, settings: Settings) -> Array:
    """Noise of the colour ``form``; ``resonance`` (0 to 1) of it through a resonance at ``pitch``."""
    out = _colour(clock, form, settings)
    if settings["resonance"]:
        ring = settings["ring"]
        tone = resonate(out, settings["pitch"], ring, clock.rate)
        # The band that a resonance lets through is so narrow that what is left must be made louder.
        tone *= 2.2 / (1 + math.sqrt(ring * settings["pitch"]))
        out = out * (1 - settings["resonance"]) + tone * settings["resonance"]
    return out


def _colour(clock: Clock, form: str, settings: Settings) -> Array:
    white = clock.noise("noise")
    if form == "pink":
        out = white * 0.5362
        for pole, gain in PINK:
            out = out + one_pole(white * gain, pole)
        return out * 0.25
    if form == "brown":
        return low_pass(high_pass(white, 12.0, clock.rate), 60.0, clock.rate) * 9
    if form == "chip":
        return _chip(clock, settings)
    return white


def _chip(clock: Clock, settings: Settings) -> Array:
    """sfxr's noise: each period plays so many random values, new ones each time."""
    hertz = np.clip(settings["pitch"] * slide(clock, settings["slide"], settings["slide_time"]), 4.0, 8_000.0)
    places = (phase(hertz, clock.rate) * CHIP_LENGTH).astype(np.int64)
    values = noise(int(places[-1]) + 1 if len(places) else 1, child_seed(clock.seed, "chip"))
    return np.asarray(values[places])
