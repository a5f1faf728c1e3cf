"""What moves during a sound: envelopes, slides, random motion."""

import numpy as np

from audobon_cli.dataclass import dataclass
from audobon_cli.engines.synth.exact import (
    LOG2_1000,
    Array,
    child_seed,
    in_blocks,
    log2_of,
    noise,
    power2,
    semitones,
    sine,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of a sound: ``frames`` samples at ``rate``; ``seed`` decides on all that is random in it."""

    rate: int
    frames: int
    seed: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.frames / self.rate

    def times(self) -> Array:
        """Seconds since the beginning."""
        return np.arange(self.frames) / self.rate

    def share(self) -> Array:
        """From 0 to 1 over the whole."""
        return np.arange(self.frames) / max(self.frames - 1, 1)

    def noise(self, name: str) -> Array:
        """White noise of its own for the part ``name``."""
        return noise(self.frames, child_seed(self.seed, name))

    def motion(self, name: str, hertz: float) -> Array:
        """Random motion between -1 and 1, smooth, with about ``hertz`` turns a second."""
        step = max(1.0, self.rate / max(2 * hertz, 0.01))
        points = noise(int(max(self.frames - 1, 0) / step) + 3, child_seed(self.seed, name))

        def joined(places: Array) -> Array:
            whole = places.astype(np.int64)
            part = places - whole
            bend = part * part * (3 - 2 * part)
            before = points.take(whole)
            return np.asarray(before + (points.take(whole + 1) - before) * bend)

        return in_blocks(joined, np.arange(self.frames) / step)


def ramp(clock: Clock, start: float, end: float) -> Array:
    """From ``start`` to ``end`` (both above 0) over the whole, evenly to the ear: by equal factors."""
    if start == end:
        return np.full(clock.frames, start)
    octaves = log2_of(end) - log2_of(start)
    return start * power2(clock.share() * octaves)


def slide(clock: Clock, octaves: float, seconds: float) -> Array:
    """The factor of a pitch that moves by ``octaves``: over the whole, or, with ``seconds``, quickly at first, and by
    95 % within them."""
    if not octaves:
        return np.ones(clock.frames)
    if seconds <= 0:
        return power2(clock.share() * octaves)
    done = 1 - power2(clock.times() * (-4.321928094887363 / seconds))
    return power2(done * octaves)


def wavering(clock: Clock, settings: dict[str, float]) -> Array:
    """The factor of vibrato and of random wandering, both in semitones."""
    steps = np.zeros(clock.frames)
    if settings["vibrato_depth"]:
        steps += sine(clock.times() * settings["vibrato"]) * settings["vibrato_depth"]
    if settings["wander"]:
        steps += clock.motion("wander", settings["wander_rate"]) * settings["wander"]
    return semitones(steps) if steps.any() else np.ones(clock.frames)


def envelope(clock: Clock, settings: dict[str, float]) -> Array:
    """Attack, hold, a fall by 60 dB in ``decay`` seconds (0: none), and a release at the very end."""
    attack, hold, decay = max(settings["attack"], 0.0005), settings["hold"], settings["decay"]
    release = min(max(settings["release"], 0.002), clock.seconds)

    def level_at(frames: Array) -> Array:
        times = frames / clock.rate
        level = np.minimum(times / attack, 1.0)
        if decay > 0:
            since = np.maximum(times - attack - hold, 0.0)
            level *= power2(np.maximum(since * (-LOG2_1000 / decay), -60.0))
        if settings["punch"]:
            level *= 1 + settings["punch"] * power2(times * -25.0)
        fall = np.minimum((clock.frames - 1 - frames) / clock.rate / release, 1.0)
        return np.asarray(level * fall * fall)

    return in_blocks(level_at, np.arange(clock.frames))


def swelling(clock: Clock, settings: dict[str, float]) -> Array:
    """The factor of tremolo, and of random flutter."""
    level = np.ones(clock.frames)
    if settings["tremolo_depth"]:
        wave = 0.5 + 0.5 * sine(clock.times() * settings["tremolo"] + 0.25)
        level *= 1 - settings["tremolo_depth"] * (1 - wave)
    if settings["flutter"]:
        wave = 0.5 + 0.5 * clock.motion("flutter", settings["flutter_rate"])
        level *= 1 - settings["flutter"] * (1 - wave * wave)
    return level


def phase(hertz: Array, rate: int, start: float = 0.0) -> Array:
    """Turns that an oscillator of ``hertz`` has made."""
    turns = np.cumsum(hertz / rate)
    turns += start
    return turns
