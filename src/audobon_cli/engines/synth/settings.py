"""The settings of layers and of the mix: what each means, what it is when nothing is said, how words move it."""

from collections.abc import Mapping
from enum import StrEnum

from audobon_cli.dataclass import dataclass


class Scale(StrEnum):
    """What a setting follows when a sound is made higher, longer, brighter or faster."""

    NONE = "none"
    PITCH = "pitch"
    TIME = "time"
    BRIGHT = "bright"
    SPEED = "speed"


@dataclass(frozen=True, slots=True)
class SettingRule:
    """``default`` when nothing is said; what is given lies between ``low`` and ``high``."""

    default: float
    low: float
    high: float
    scale: Scale = Scale.NONE


def _pitch(default: float) -> SettingRule:
    return SettingRule(default, 5.0, 20_000.0, Scale.PITCH)


def _time(default: float, high: float = 60.0) -> SettingRule:
    return SettingRule(default, 0.0, high, Scale.TIME)


def _cutoff() -> SettingRule:
    return SettingRule(0.0, 0.0, 24_000.0, Scale.BRIGHT)


def _rate(default: float, high: float = 5_000.0) -> SettingRule:
    return SettingRule(default, 0.0, high, Scale.SPEED)


def _share(default: float = 0.0, high: float = 1.0) -> SettingRule:
    return SettingRule(default, 0.0, high)


def _signed(limit: float, default: float = 0.0) -> SettingRule:
    return SettingRule(default, -limit, limit)


COMMON: Mapping[str, SettingRule] = {
    "gain": SettingRule(0.0, -60.0, 24.0),
    "start": _time(0.0),
    "length": _time(0.5),
    "attack": _time(0.002),
    "hold": _time(0.0),
    "decay": _time(0.0),
    "release": _time(0.02),
    "punch": _share(high=3.0),
    "tremolo": _rate(6.0, 200.0),
    "tremolo_depth": _share(),
    "flutter": _share(),
    "flutter_rate": _rate(4.0, 200.0),
    "lowpass": _cutoff(),
    "lowpass_end": _cutoff(),
    "highpass": _cutoff(),
    "drive": _share(),
    "repeat": SettingRule(1.0, 1.0, 64.0),
    "repeat_gap": SettingRule(0.2, 0.005, 10.0, Scale.TIME),
    "repeat_scale": SettingRule(1.0, 0.3, 2.0),
    "repeat_spread": _share(),
    "repeat_fall": _signed(24.0),
    "repeat_pitch": _signed(24.0),
}
"""Of every layer. Levels are in dB, times in seconds, cut-offs in Hz (0: none), pitches of repeats in semitones;
``length`` is that of the layer, ``decay`` the time to fall by 60 dB (0: it does not)."""

_MOTION: Mapping[str, SettingRule] = {
    "pitch": _pitch(440.0),
    "slide": _signed(6.0),
    "slide_time": _time(0.0),
}
_TUNE: Mapping[str, SettingRule] = {
    **_MOTION,
    "jump": _signed(36.0),
    "jump_at": _time(0.1),
    "jump_every": _time(0.0),
    "jump_count": SettingRule(0.0, 0.0, 32.0),
    "jump_cycle": _share(),
    "vibrato": _rate(6.0, 100.0),
    "vibrato_depth": _share(high=12.0),
    "wander": _share(high=12.0),
    "wander_rate": _rate(3.0, 100.0),
}
_EVENTS: Mapping[str, SettingRule] = {
    "pitch": _pitch(2_000.0),
    "pitch_spread": _share(0.8, 4.0),
    "rate": _rate(60.0),
    "rate_end": _rate(0.0),
    "ring": _time(0.01, 5.0),
    "strength_spread": _share(0.7, 3.0),
}

VOICES: Mapping[str, Mapping[str, SettingRule]] = {
    "oscillator": {
        **_TUNE,
        "duty": SettingRule(0.5, 0.05, 0.95),
        "duty_end": _share(0.0, 0.95),
        "detune": _signed(1200.0),
        "sub": _share(),
        "breath": _share(),
        "fm": _share(high=20.0),
        "fm_ratio": SettingRule(1.0, 0.01, 20.0),
        "fm_decay": _time(0.0),
    },
    "noise": {**_MOTION, "resonance": _share(), "ring": _time(0.02, 5.0)},
    "impact": {
        "pitch": _pitch(300.0),
        "ring": _time(0.3, 20.0),
        "hardness": _share(0.6),
        "spread": _share(0.04),
        "bend": _signed(36.0),
        "click": _share(0.3, 3.0),
        "click_time": _time(0.008, 0.2),
    },
    "friction": {
        "pitch": _pitch(300.0),
        "ring": _time(0.12, 5.0),
        "rate": _rate(30.0),
        "rate_end": _rate(0.0),
        "jitter": _share(0.4),
        "effort": _share(0.3),
        "effort_rate": _rate(3.0, 100.0),
        "rough": _share(0.2, 3.0),
        "dry": _share(0.05),
    },
    "air": {
        **_MOTION,
        "width": SettingRule(0.4, 0.005, 4.0),
        "hiss": _share(0.1, 2.0),
        "gust": _share(0.0, 2.0),
        "gust_rate": _rate(0.5, 100.0),
        "bow": _signed(4.0),
    },
    "grains": _EVENTS,
    "liquid": {**_EVENTS, "rise": _signed(3.0, 0.4)},
    "vocal": {
        **_TUNE,
        "vowel": _share(2.0, 4.0),
        "vowel_end": _share(2.0, 4.0),
        "formant": SettingRule(1.0, 0.3, 4.0),
        "rough": _share(),
        "jitter": _share(0.03),
        "breath": _share(0.05, 2.0),
    },
}
"""The voices and what is their own. Slides are in octaves; jumps, wandering, bends in semitones; detuning in cents."""

MIX: Mapping[str, SettingRule] = {
    "drive": _share(),
    "lowpass": _cutoff(),
    "highpass": _cutoff(),
    "bits": SettingRule(0.0, 0.0, 16.0),
    "crush": SettingRule(0.0, 0.0, 48_000.0),
    "echo": SettingRule(0.0, 0.0, 2.0),
    "echo_gain": _share(0.4, 0.95),
    "reverb": _share(),
    "room": SettingRule(0.8, 0.05, 10.0),
    "wobble": _share(high=12.0),
    "wobble_rate": SettingRule(1.5, 0.1, 50.0),
    "level": SettingRule(-1.0, -60.0, 0.0),
}
"""Of the sum: ``bits`` and ``crush`` (Hz) as old chips have them, an echo every ``echo`` seconds, ``reverb`` in a room
that falls silent in ``room`` seconds, a pitch that wobbles by so many semitones, and the level of the peak in dB."""


def rules_of(voice: str) -> dict[str, SettingRule]:
    """All settings of a layer of ``voice``. Raises KeyError."""
    return {**COMMON, **VOICES[voice]}
