"""Air: noise in bands that move, as wind, breath, steam, or something that flies past."""

import numpy as np

from audobon_cli.engines.synth.exact import Array, child_seed, in_blocks, noise, power2, sine
from audobon_cli.engines.synth.tracks import Clock, phase, slide

Settings = dict[str, float]

BANDS = {"wind": (1.0, 1.93, 3.1), "whoosh": (1.0, 2.4), "whistle": (1.0,), "jet": (1.0, 1.5, 2.2, 3.4)}
"""The centres of the bands over the lowest."""


def air(clock: Clock, form: str, settings: Settings) -> Array:
    """Noise about ``pitch`` as wide as ``width`` of it (0 to 1), gusting, with ``hiss`` of all pitches."""
    gust = clock.motion("gust", settings["gust_rate"]) if settings["gust"] else None
    centre = settings["pitch"] * slide(clock, settings["slide"], settings["slide_time"])
    if settings["bow"]:
        # Past the ear: up, and down again, highest in the middle.
        share = clock.share()
        centre = centre * power2(settings["bow"] * 4 * share * (1 - share))
    if gust is not None:
        centre = centre * power2(gust * settings["gust"])
    out = np.zeros(clock.frames)
    for place, ratio in enumerate(BANDS[form]):
        hertz = np.clip(centre * ratio, 8.0, 0.45 * clock.rate)
        width = max(4.0, settings["width"] * settings["pitch"] * ratio * 0.5)
        out += narrow_noise(clock, f"band {place}", hertz, width) / (1 + 0.8 * place)
    if settings["hiss"]:
        out += settings["hiss"] * 0.35 * clock.noise("hiss")
    if gust is not None:
        level = 0.5 + 0.5 * gust
        out *= 1 - min(settings["gust"], 1.0) * (1 - level * (0.4 + 0.6 * level))
    return out


def narrow_noise(clock: Clock, name: str, hertz: Array, width: float) -> Array:
    """Noise about ``hertz``, which may move: two slow noises carried by a sine and a cosine.

    Nothing is filtered at a pitch that moves, so nothing rings or clicks however fast it does.
    """
    turns = phase(hertz, clock.rate)
    across, along = (slow_noise(clock, f"{name} {part}", width) for part in ("across", "along"))
    return np.asarray(across * sine(turns) + along * sine(turns + 0.25))


def slow_noise(clock: Clock, name: str, width: float) -> Array:
    """Noise with little above ``width`` Hz: random points, ``width`` a second, joined by quadratic B-splines (what is
    far above is 40 dB quieter)."""
    step = max(1.0, clock.rate / max(width, 1.0))
    scale = 1 / step
    points = noise(int(max(clock.frames - 1, 0) * scale) + 3, child_seed(clock.seed, name))

    def joined(places: Array) -> Array:
        whole = places.astype(np.int64)
        part = places - whole
        square = 0.5 * part * part
        middle = 0.5 + part - 2 * square
        out = points.take(whole) * (0.5 - part + square)
        out += points.take(whole + 1) * middle
        out += points.take(whole + 2) * square
        return np.asarray(out)

    return in_blocks(joined, np.arange(clock.frames) * scale)
