"""From a patch and a seed to samples: layers are played, added and mixed."""

from collections.abc import Iterable, Mapping

import numpy as np

from audobon_cli.domain.sound import SoundLayer, SoundPatch, SoundSetting
from audobon_cli.engines.synth import filters
from audobon_cli.engines.synth.exact import Array, child_seed, decibels, drawn, power2_of, sine
from audobon_cli.engines.synth.tracks import Clock, envelope, ramp, swelling
from audobon_cli.engines.synth.voice_table import PLAYED

LIMIT_SECONDS = 60.0
TAIL_DB = -66.0
"""What is quieter at the end is cut away: 16 bits have 96 dB, and nobody hears the last 30 of them."""

VARIANTS = 6
"""Repeats that are played anew; then they come again, as in the round robin of a sampler."""

FADE_SECONDS = 0.004
DC_HERTZ = 14.0
LOWEST_PITCH, HIGHEST_PITCH = 5.0, 20_000.0


def render(patch: SoundPatch, rate: int, seed: int) -> Array:
    """``patch`` as ``seed`` plays it: samples of one channel, full scale is 1.

    The same bits on every processor. About 10 ms for a second of three layers.
    """
    settings = [_draw(layer.settings, seed, f"layer {place}") for place, layer in enumerate(patch.layers)]
    mix = _draw(patch.mix, seed, "mix")
    parts = [
        _layer(layer, own, rate, child_seed(seed, f"layer {place}"))
        for place, (layer, own) in enumerate(zip(patch.layers, settings, strict=True))
    ]
    starts = [round(own["start"] * rate) for own in settings]
    length = max((start + len(part) for start, part in zip(starts, parts, strict=True)), default=1)
    tail = _tail_seconds(mix)
    out = np.zeros(min(length, round(LIMIT_SECONDS * rate)) + round(tail * rate))
    for start, part in zip(starts, parts, strict=True):
        end = min(start + len(part), len(out))
        out[start:end] += part[: end - start]
    return _mix(out, mix, rate, child_seed(seed, "mix"))


def _draw(settings: Iterable[SoundSetting], seed: int, part: str) -> dict[str, float]:
    """The values that ``seed`` draws: those with two ends anywhere between."""
    return {
        one.name: one.low
        if one.low == one.high
        else one.low + (one.high - one.low) * drawn(seed, f"{part}/{one.name}")
        for one in settings
    }


def _layer(layer: SoundLayer, settings: Mapping[str, float], rate: int, seed: int) -> Array:
    """A layer with its repeats, each played anew: no two steps sound alike."""
    count = round(settings["repeat"])
    once = _once(layer, dict(settings), rate, child_seed(seed, "0"))
    if count < 2:
        return once
    starts, place, gap = [0], 0.0, settings["repeat_gap"]
    for number in range(1, count):
        off = 1 + settings["repeat_spread"] * (2 * drawn(seed, f"gap {number}") - 1) * 0.9
        place += gap * off
        gap *= settings["repeat_scale"]
        starts.append(round(place * rate))
    starts = [start for start in starts if start < LIMIT_SECONDS * rate]
    out = np.zeros(starts[-1] + len(once) + rate // 100)
    played = {0: once}
    for number, start in enumerate(starts):
        which = number if settings["repeat_pitch"] else number % VARIANTS
        if which not in played:
            own = dict(settings)
            if "pitch" in own:
                pitch = own["pitch"] * power2_of(settings["repeat_pitch"] * number / 12)
                own["pitch"] = min(max(pitch, LOWEST_PITCH), HIGHEST_PITCH)
            played[which] = _once(layer, own, rate, child_seed(seed, str(which)))
        part = played[which]
        swing = 1 - 0.5 * settings["repeat_spread"] * drawn(seed, f"strength {number}")
        end = min(start + len(part), len(out))
        out[start:end] += part[: end - start] * (decibels(settings["repeat_fall"] * number) * swing)
    return out


def _once(layer: SoundLayer, settings: dict[str, float], rate: int, seed: int) -> Array:
    frames = max(16, round(min(settings["length"], LIMIT_SECONDS) * rate))
    clock = Clock(rate, frames, seed)
    out = PLAYED[layer.voice](clock, layer.form, settings)
    out = out * envelope(clock, settings)
    if settings["tremolo_depth"] or settings["flutter"]:
        out *= swelling(clock, settings)
    out = filters.drive(out, settings["drive"])
    if settings["lowpass"]:
        end = settings["lowpass_end"]
        cutoff = ramp(clock, settings["lowpass"], end) if end and end != settings["lowpass"] else None
        for _ in range(2):
            out = filters.low_pass(out, settings["lowpass"] if cutoff is None else cutoff, rate)
    if settings["highpass"]:
        out = filters.high_pass(
            filters.high_pass(out, settings["highpass"], rate), settings["highpass"], rate
        )
    return out * decibels(settings["gain"])


def _tail_seconds(mix: Mapping[str, float]) -> float:
    tail = mix["room"] * 0.8 if mix["reverb"] else 0.0
    return max(tail, mix["echo"] * 4 if mix["echo"] else 0.0)


def _mix(samples: Array, mix: Mapping[str, float], rate: int, seed: int) -> Array:
    peak = float(np.abs(samples).max())
    out = samples / peak if peak > 0 else samples
    if mix["wobble"]:
        out = _wobble(out, mix, rate, seed)
    out = filters.drive(out, mix["drive"])
    if mix["lowpass"]:
        out = filters.low_pass(filters.low_pass(out, mix["lowpass"], rate), mix["lowpass"], rate)
    if mix["highpass"]:
        out = filters.high_pass(filters.high_pass(out, mix["highpass"], rate), mix["highpass"], rate)
    if mix["echo"]:
        out = filters.delayed_by(out, max(1, round(mix["echo"] * rate)), mix["echo_gain"])
    if mix["reverb"]:
        room = filters.reverberate(out, mix["room"], rate)
        out = out * (1 - 0.6 * mix["reverb"]) + room * (1.6 * mix["reverb"])
    out = filters.high_pass(out, DC_HERTZ, rate)  # what clips unevenly has a mean
    out = filters.crush(out, mix["bits"], mix["crush"], rate)
    return _finish(out, mix["level"], rate)


def _wobble(samples: Array, mix: Mapping[str, float], rate: int, seed: int) -> Array:
    """The sound read faster and slower by turns, as through moving water."""
    clock = Clock(rate, len(samples), seed)
    depth = (power2_of(mix["wobble"] / 12) - 1) / (6.283185307179586 * mix["wobble_rate"]) * rate
    shift = depth * (1 + sine(clock.times() * mix["wobble_rate"])) * 0.5
    places = np.maximum(np.arange(len(samples)) - shift, 0.0)
    whole = places.astype(np.int64).clip(0, max(len(samples) - 2, 0))
    part = places - whole
    return np.asarray(samples[whole] * (1 - part) + samples[whole + 1] * part)


def _finish(samples: Array, level: float, rate: int) -> Array:
    """Without what is too quiet to hear at the end, faded there, with its peak at ``level`` dB."""
    size = np.abs(samples)
    peak = float(size.max())
    if not peak > 0:
        return samples
    heard = np.flatnonzero(size > peak * decibels(TAIL_DB))
    end = min(len(samples), int(heard[-1]) + 1 + round(FADE_SECONDS * rate))
    out = samples[:end] * (decibels(level) / peak)
    fade = min(end, round(FADE_SECONDS * rate))
    out[end - fade :] *= np.arange(fade, 0, -1) / fade
    return out


def to_pcm16(samples: Array) -> Array:
    """Whole numbers of 16 bits of ``samples``."""
    return np.asarray(np.rint(np.clip(samples, -1.0, 1.0) * 32_767).astype(np.int16))
