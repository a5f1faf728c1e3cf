"""Throats: a source of pulses and breath through the resonances of a mouth that moves."""

import numpy as np

from audobon_cli.engines.synth.exact import Array, power2_of, sine
from audobon_cli.engines.synth.filters import low_pass, resonate
from audobon_cli.engines.synth.tracks import Clock, phase
from audobon_cli.engines.synth.voices.oscillator import pitch_track

Settings = dict[str, float]

VOWELS = (
    ((320, 1.0), (800, 0.35), (2400, 0.08)),
    ((500, 1.0), (900, 0.5), (2500, 0.1)),
    ((750, 1.0), (1200, 0.6), (2600, 0.2)),
    ((480, 1.0), (1800, 0.45), (2500, 0.25)),
    ((280, 1.0), (2300, 0.4), (3000, 0.3)),
)
"""Resonances (Hz, level) of oo, oh, ah, eh, ee, of a grown man (Peterson and Barney, 1952, rounded)."""


def vocal(clock: Clock, form: str, settings: Settings) -> Array:
    """A voice that goes from ``vowel`` to ``vowel_end`` (0 oo, 1 oh, 2 ah, 3 eh, 4 ee) in a mouth whose resonances are
    ``formant`` times as high; ``rough`` makes it growl, ``breath`` is air."""
    source = _source(clock, settings)
    begins = _mouth(clock, source, settings["vowel"], settings["formant"])
    if settings["vowel_end"] == settings["vowel"]:
        return begins
    ends = _mouth(clock, source, settings["vowel_end"], settings["formant"])
    share = clock.share()
    moved = share * share * (3 - 2 * share)
    return np.asarray(begins + (ends - begins) * moved)


def _source(clock: Clock, settings: Settings) -> Array:
    hertz = pitch_track(clock, settings)
    if settings["jitter"]:
        hertz = hertz * (1 + settings["jitter"] * 0.5 * clock.motion("jitter", 60.0))
    turns = phase(hertz, clock.rate)
    place = turns - np.floor(turns)
    # The glottis opens slowly and shuts at once (Rosenberg, 1971), differentiated: a slope and a spike.
    pulses = np.where(place < 0.6, 1 - 3.2 * place, 0.0) - 0.04
    pulses = low_pass(pulses, 3_500.0, clock.rate)
    if settings["rough"]:
        # Folds that press on each other beat at halves and thirds of the pitch, and irregularly.
        beat = 0.5 + 0.5 * sine(turns * 0.5 + 0.2 * clock.motion("beat", 25.0))
        flap = 0.5 + 0.5 * clock.motion("flap", 38.0)
        pulses = pulses * (1 - settings["rough"] * (1 - beat * flap * 1.6))
    if settings["breath"]:
        pulses = pulses + settings["breath"] * clock.noise("breath") * (0.35 + 0.65 * (1 - place))
    return pulses


def _mouth(clock: Clock, source: Array, vowel: float, scale: float) -> Array:
    low = min(max(int(vowel), 0), len(VOWELS) - 2)
    part = min(max(vowel - low, 0.0), 1.0)
    out = source * 0.04
    for before, after in zip(VOWELS[low], VOWELS[low + 1], strict=True):
        hertz = (before[0] + (after[0] - before[0]) * part) * scale
        level = before[1] + (after[1] - before[1]) * part
        # Bandwidths of about 60 Hz and 8 % (a resonance of width w falls by 60 dB in 2.2 / w seconds).
        out = out + level * resonate(source, hertz, 2.2 / (60 * power2_of(0.5) + 0.08 * hertz), clock.rate)
    return out
