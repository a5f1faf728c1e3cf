"""Rubbing: a surface that sticks and slips, and the body that it shakes."""

import numpy as np

from audobon_cli.engines.synth.bodies import MATERIALS
from audobon_cli.engines.synth.exact import Array, child_seed, log2_of, power2_of, uniform
from audobon_cli.engines.synth.filters import low_pass, resonate
from audobon_cli.engines.synth.tracks import Clock, phase, ramp

Settings = dict[str, float]

MODES = 4


def friction(clock: Clock, form: str, settings: Settings) -> Array:
    """Slips at ``rate`` to ``rate_end`` a second shake a body of the material ``form``. Slow, it creaks; fast, it
    squeals."""
    slips = _slips(clock, settings)
    if settings["rough"]:
        slips = slips + settings["rough"] * 0.25 * _grating(clock, slips)
    body, out = MATERIALS[form], np.zeros(clock.frames)
    for place in range(min(MODES, len(body.ratios))):
        ratio = body.ratios[place]
        ring = settings["ring"] / power2_of(body.damping * log2_of(ratio))
        out += body.levels[place] * resonate(slips, settings["pitch"] * ratio, ring, clock.rate)
    return out * 0.5 + slips * settings["dry"]


def _slips(clock: Clock, settings: Settings) -> Array:
    """Impulses, one for each slip, as strong as the time since the last one was long."""
    rate = ramp(clock, settings["rate"], settings["rate_end"] or settings["rate"])
    if settings["effort"]:
        # A hand does not push evenly: it slows down and lets go.
        rate = rate * (1 + settings["effort"] * clock.motion("effort", settings["effort_rate"]))
    turns = phase(np.clip(rate, 0.5, 0.4 * clock.rate), clock.rate)
    count = int(turns[-1]) + 2 if len(turns) else 2
    late = uniform(count, child_seed(clock.seed, "late")) * settings["jitter"]
    # Slip k comes when k plus its own delay has passed; delays below 1 keep their order.
    at = np.searchsorted(turns, np.arange(1, count) + late[1:])
    at = at[at < clock.frames]
    strength = 1 - 0.7 * settings["jitter"] * uniform(len(at), child_seed(clock.seed, "strength"))
    out = np.zeros(clock.frames)
    np.add.at(out, at, strength)
    return out


def _grating(clock: Clock, slips: Array) -> Array:
    """Noise that each slip sets off."""
    dust = low_pass(slips, 60.0, clock.rate) * (clock.rate / 400.0)
    return np.asarray(np.minimum(dust, 2.0) * clock.noise("grating"))
