"""Many small events: gravel, rain, sparks, shards, coins in a bag."""

import numpy as np

from audobon_cli.engines.synth.bodies import MATERIALS
from audobon_cli.engines.synth.exact import (
    Array,
    child_seed,
    decay_factor,
    drawn,
    falling,
    noise,
    power2,
    power2_of,
    uniform,
)
from audobon_cli.engines.synth.filters import low_pass, one_pole, resonate
from audobon_cli.engines.synth.tracks import Clock, ramp
from audobon_cli.engines.synth.voices.impact import add_damped_sine

Settings = dict[str, float]

BANDS = 4
"""Resonances among which the grains of ``grit`` are dealt out."""

MOST_EVENTS = 1_000
KINDS = 9
"""Different bodies that ring in a layer, each again and again: more are not told apart."""


def grains(clock: Clock, form: str, settings: Settings) -> Array:
    """``rate`` to ``rate_end`` events a second, each of its own strength and pitch about ``pitch``.

    ``grit``: little bursts of noise through resonances; ``dust``: bursts alone; a material: bodies that ring.
    """
    at, strength = events(clock, settings)
    if form in MATERIALS:
        return _bodies(clock, form, settings, at, strength)
    bursts = np.zeros(clock.frames)
    np.add.at(bursts, at, strength)
    hiss = clock.noise("dust")
    if form == "dust":
        return _dust(clock, bursts, settings["ring"], hiss)
    out = np.zeros(clock.frames)
    dealt = (uniform(len(at), child_seed(clock.seed, "band")) * BANDS).astype(np.int64)
    for band in range(BANDS):
        mine = np.zeros(clock.frames)
        np.add.at(mine, at[dealt == band], strength[dealt == band])
        burst = _dust(clock, mine, min(settings["ring"], 0.004), hiss)
        off = 2 * (band + drawn(clock.seed, f"band {band}")) / BANDS - 1
        hertz = settings["pitch"] * power2_of(settings["pitch_spread"] * off)
        out += resonate(burst, hertz, settings["ring"], clock.rate)
    return out


def events(clock: Clock, settings: Settings) -> tuple[Array, Array]:
    """The samples at which something happens, and how strongly: many weak, few strong ones."""
    rate = ramp(clock, max(settings["rate"], 0.1), max(settings["rate_end"] or settings["rate"], 0.1))
    expected = np.cumsum(rate / clock.rate)
    count = int(expected[-1]) if len(expected) else 0
    count = max(1, count)
    # As chance would have it: evenly over the count, hence as dense as the rate.
    places = uniform(count, child_seed(clock.seed, "when")) * (expected[-1] if len(expected) else 0)
    at = np.searchsorted(expected, np.sort(places)).clip(0, max(clock.frames - 1, 0))
    weak = uniform(count, child_seed(clock.seed, "strength"))
    return at, power2(-settings["strength_spread"] * 4 * weak)


def _dust(clock: Clock, bursts: Array, seconds: float, hiss: Array) -> Array:
    """Noise that each event sets off, and that falls by 60 dB in ``seconds``."""
    return np.asarray(one_pole(bursts, decay_factor(max(seconds, 0.0005), clock.rate)) * hiss)


def _bodies(clock: Clock, form: str, settings: Settings, at: Array, strength: Array) -> Array:
    kinds = [_body(clock, form, settings, number) for number in range(min(KINDS, len(at)))]
    chosen = (uniform(len(at), child_seed(clock.seed, "kind")) * len(kinds)).astype(np.int64)
    out = np.zeros(clock.frames)
    events = zip(at.tolist(), strength.tolist(), chosen.tolist(), strict=True)
    for start, loud, kind in list(events)[:MOST_EVENTS]:
        end = min(start + len(kinds[kind]), clock.frames)
        out[start:end] += kinds[kind][: end - start] * loud
    return out


def _body(clock: Clock, form: str, settings: Settings, number: int) -> Array:
    """One body of the material, with the click of its contact."""
    body = MATERIALS[form]
    out = np.zeros(max(64, int(settings["ring"] * clock.rate)))
    off = 2 * (number + drawn(clock.seed, f"body {number}")) / KINDS - 1
    hertz = settings["pitch"] * power2_of(settings["pitch_spread"] * off)
    for place, ratio in enumerate((body.ratios[0], *body.ratios[2:5])):
        if hertz * ratio < 0.45 * clock.rate:
            ring = settings["ring"] / (1 + body.damping * place)
            add_damped_sine(out, hertz * ratio, ring, 1 / (1 + place), clock.rate)
    click = noise(len(out), child_seed(clock.seed, f"click {number}"))
    return out + low_pass(click * falling(len(out), 0.004, clock.rate), 9_000.0, clock.rate) * 0.4
