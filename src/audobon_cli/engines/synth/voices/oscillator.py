"""Waves of a pitch: sine, triangle, square, saw, with slides, jumps, vibrato and frequency modulation."""

import numpy as np

from audobon_cli.engines.synth.exact import Array, falling, power2_of, semitones, sine
from audobon_cli.engines.synth.tracks import Clock, phase, ramp, slide, wavering

Settings = dict[str, float]


def oscillator(clock: Clock, form: str, settings: Settings) -> Array:
    """A wave of the shape ``form``."""
    hertz = pitch_track(clock, settings)
    turns = phase(hertz, clock.rate)
    if settings["fm"]:
        index = settings["fm"] * _fading(clock, settings["fm_decay"])
        turns = turns + index * sine(phase(hertz * settings["fm_ratio"], clock.rate))
    out = _wave(form, turns, hertz / clock.rate, clock, settings)
    if settings["detune"]:
        other = hertz * power2_of(settings["detune"] / 1200)
        out = 0.5 * (out + _wave(form, phase(other, clock.rate, 0.37), other / clock.rate, clock, settings))
    if settings["sub"]:
        out = out + settings["sub"] * sine(turns * 0.5)
    if settings["breath"]:
        out = out + settings["breath"] * clock.noise("breath") * np.abs(out)
    return out


def pitch_track(clock: Clock, settings: Settings) -> Array:
    """The pitch in Hz at each sample."""
    hertz = settings["pitch"] * slide(clock, settings["slide"], settings["slide_time"])
    if settings["jump"]:
        hertz = hertz * _jumps(clock, settings)
    if settings["vibrato_depth"] or settings["wander"]:
        hertz = hertz * wavering(clock, settings)
    return np.clip(hertz, 4.0, 0.45 * clock.rate)


def _jumps(clock: Clock, settings: Settings) -> Array:
    """The factor of an arpeggio: ``jump`` semitones up at ``jump_at``, again and again at ``jump_every``."""
    at, every = settings["jump_at"], settings["jump_every"]
    times = clock.times()
    steps = (times >= at).astype(np.float64)
    if every > 0:
        steps = np.floor(np.maximum(times - at, -every) / every) + 1
        if settings["jump_count"]:
            count = round(settings["jump_count"])
            steps = np.mod(steps, count + 1) if settings["jump_cycle"] else np.minimum(steps, count)
    return semitones(steps * settings["jump"])


def _fading(clock: Clock, seconds: float) -> Array | float:
    return falling(clock.frames, seconds, clock.rate) if seconds > 0 else 1.0


def _wave(form: str, turns: Array, step: Array, clock: Clock, settings: Settings) -> Array:
    if form == "sine":
        return sine(turns)
    place = turns - np.floor(turns)
    if form == "triangle":
        return np.asarray(4 * np.abs(place - 0.5) - 1)
    if form == "saw":
        return np.asarray(2 * place - 1 - _corner(place, step))
    duty = np.clip(ramp(clock, settings["duty"], settings["duty_end"] or settings["duty"]), 0.05, 0.95)
    other = place - duty
    other -= np.floor(other)
    return np.asarray(np.where(place < duty, 1.0, -1.0) + _corner(place, step) - _corner(other, step))


def _corner(place: Array, step: Array) -> Array:
    """What takes the edge off a jump, so that it does not fold back from above half the rate (polyBLEP)."""
    step = np.minimum(step, 0.45)
    early, late = place / step, (place - 1) / step
    out = np.where(place < step, early + early - early * early - 1, 0.0)
    return np.where(place > 1 - step, late * late + late + late + 1, out)
