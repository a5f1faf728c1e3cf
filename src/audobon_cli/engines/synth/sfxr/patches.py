"""Patches out of the numbers of sfxr, and back where a patch is one such voice.

sfxr counts in samples at 44,100 Hz, of which each is the mean of eight; the formulas are those of its published source.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.sound import SoundLayer, SoundPatch, SoundSetting
from audobon_cli.engines.synth.settings import MIX, SettingRule, rules_of
from audobon_cli.engines.synth.sfxr.parameters import DEFAULTS, Parameters

RATE = 44_100
FINE_RATE = 8 * RATE
_TURNS = 2 * math.pi

LEFT_OUT = {
    "p_freq_dramp": "the acceleration of its slide",
    "p_pha_offset": "its flanger",
    "p_pha_ramp": "the sweep of its flanger",
    "p_lpf_resonance": "the resonance of its low-pass",
    "p_hpf_ramp": "the sweep of its high-pass",
}
"""What no setting of a layer does, in words."""

_NOISE_LEFT_OUT = {"p_vib_strength": "the vibrato of its noise", "p_arp_mod": "the jump of its noise"}

MAX_REPEATS = 64


@dataclass(frozen=True, slots=True)
class SfxrPatch:
    """``patch``, and what of the original it leaves out, in words."""

    patch: SoundPatch
    left_out: tuple[str, ...]


def patch_of(values: Parameters) -> SfxrPatch:
    """The patch that sounds as ``values`` do in sfxr."""
    wave = int(values["wave_type"])
    attack, sustain, decay = (
        values[name] ** 2 * 100_000 / RATE for name in ("p_env_attack", "p_env_sustain", "p_env_decay")
    )
    length = max(attack + sustain + decay, 0.005)
    ramp = -RATE * math.log2(1 - values["p_freq_ramp"] ** 3 * 0.01)  # octaves a second
    pitch = _hertz(values["p_base_freq"])
    if values["p_freq_limit"] > 0 and ramp < 0:
        length = min(length, max(0.005, math.log2(_hertz(values["p_freq_limit"]) / pitch) / ramp))
    once = _repeat_seconds(values)
    count = min(MAX_REPEATS, math.ceil(length / once)) if once else 1
    settings = {
        "pitch": pitch,
        "slide": ramp * (once if count > 1 else length),
        "length": once if count > 1 else length,
        "attack": attack if count == 1 else min(attack, 0.002),
        "release": decay if count == 1 else 0.004,
        "punch": 2 * values["p_env_punch"],
        **_filters(values, length),
    }
    if count > 1:
        settings |= {"repeat": float(count), "repeat_gap": once, "repeat_fall": -12.0 / count}
    if wave != 3:
        settings |= _tune(values, length)
    voice, form = ("noise", "chip") if wave == 3 else ("oscillator", _form(wave, values["p_duty"]))
    patch = SoundPatch(
        "jsfxr", (SoundLayer(voice, form, _complete(settings, rules_of(voice))),), _complete({}, MIX)
    )
    lost = {**LEFT_OUT, **(_NOISE_LEFT_OUT if wave == 3 else {})}
    left = tuple(words for name, words in lost.items() if values[name] and not _unheard(name, values))
    return SfxrPatch(patch, left)


def _unheard(name: str, values: Parameters) -> bool:
    """Whether what ``name`` sets is off anyway."""
    return (name == "p_lpf_resonance" and values["p_lpf_freq"] >= 1) or (
        name == "p_hpf_ramp" and not values["p_hpf_freq"]
    )


def _hertz(value: float) -> float:
    return FINE_RATE * (value * value + 0.001) / 100


def _form(wave: int, duty: float) -> str:
    """sfxr bends its sawtooth by the duty: at 0 it is a triangle."""
    return ("square", "saw" if duty > 0.5 else "triangle", "sine")[wave]


def _repeat_seconds(values: Parameters) -> float:
    speed = values["p_repeat_speed"]
    return ((1 - speed) ** 2 * 20_000 + 32) / RATE if speed else 0.0


def _filters(values: Parameters, length: float) -> dict[str, float]:
    found = {}
    if values["p_lpf_freq"] < 1:
        cutoff = math.sqrt(values["p_lpf_freq"] ** 3 * 0.1) * FINE_RATE / _TURNS
        grown = math.exp(min(0.5e-4 * values["p_lpf_ramp"] * FINE_RATE * length, 20.0))
        found = {"lowpass": max(cutoff, 20.0), "lowpass_end": min(max(cutoff * grown, 20.0), 17_757.0)}
    if values["p_hpf_freq"]:
        found["highpass"] = values["p_hpf_freq"] ** 2 * 0.1 * FINE_RATE / _TURNS
    return found


def _tune(values: Parameters, length: float) -> dict[str, float]:
    """Vibrato, arpeggio and the width of the pulse."""
    duty = 0.5 - 0.5 * values["p_duty"]
    found = {
        "duty": duty,
        "duty_end": min(max(duty - values["p_duty_ramp"] * 5e-5 * RATE * length, 0.05), 0.5),
    }
    if values["p_vib_strength"]:
        found["vibrato"] = values["p_vib_speed"] ** 2 * 0.01 * RATE / _TURNS
        found["vibrato_depth"] = 12 * math.log2(1 + 0.5 * values["p_vib_strength"])
    if values["p_arp_mod"] and values["p_arp_speed"] < 1:
        change = values["p_arp_mod"] ** 2
        period = 1 - 0.9 * change if values["p_arp_mod"] > 0 else 1 + 10 * change
        found["jump"] = -12 * math.log2(period)
        found["jump_at"] = ((1 - values["p_arp_speed"]) ** 2 * 20_000 + 32) / RATE
    return found


def _complete(given: dict[str, float], rules: Mapping[str, SettingRule]) -> tuple[SoundSetting, ...]:
    settings = []
    for name, rule in rules.items():
        value = float(f"{min(max(given.get(name, rule.default), rule.low), rule.high):.6g}")
        settings.append(SoundSetting(name, value, value))
    return tuple(settings)


SAID = frozenset(
    (
        *(
            "pitch",
            "slide",
            "length",
            "attack",
            "release",
            "punch",
            "lowpass",
            "lowpass_end",
            "highpass",
            "gain",
        ),
        *("duty", "duty_end", "vibrato", "vibrato_depth", "jump", "jump_at", "hold", "decay"),
    )
)
"""The settings that sfxr's numbers can say."""


def parameters_of(patch: SoundPatch) -> Parameters:
    """The numbers by which sfxr plays ``patch``, of each range the middle.

    Raises InvalidInput with what cannot be said where it is more than one plain voice.
    """
    if len(patch.layers) != 1:
        raise _unsaid(patch, f"it has {len(patch.layers)} layers, and sfxr has one voice")
    (layer,) = patch.layers
    if layer.voice not in ("oscillator", "noise") or (layer.voice == "noise" and layer.form != "chip"):
        raise _unsaid(patch, f"sfxr has no voice {layer.voice} {layer.form}")
    middle = {one.name: (one.low + one.high) / 2 for one in layer.settings}
    rules = rules_of(layer.voice)
    strange = [
        name
        for name, value in middle.items()
        if name not in SAID and _matters(name, middle) and value != rules[name].default
    ]
    strange += [f"{one.name} of the mix" for one in patch.mix if one.name in _MIXED and one.high]
    if strange:
        raise _unsaid(patch, f"sfxr has no {', '.join(strange[:4])}")
    return _numbers(layer, middle)


_MIXED = ("echo", "reverb", "wobble", "bits", "crush", "drive")

_ONLY_WITH = {
    "tremolo": "tremolo_depth",
    "flutter_rate": "flutter",
    "wander_rate": "wander",
    "fm_ratio": "fm",
    "fm_decay": "fm",
    "slide_time": "slide",
    "jump_every": "jump",
    "jump_count": "jump",
    "jump_cycle": "jump",
    "ring": "resonance",
    "repeat_gap": "repeat",
}
"""Settings that do nothing while another one is at rest."""


def _matters(name: str, values: dict[str, float]) -> bool:
    if name.startswith("repeat_"):
        return values["repeat"] > 1
    return name not in _ONLY_WITH or bool(values[_ONLY_WITH[name]])


def _numbers(layer: SoundLayer, middle: dict[str, float]) -> Parameters:
    length, attack = middle["length"], middle["attack"]
    # A fall by 60 dB sounds as long as a straight line of half its length.
    decay = min(middle["decay"] * 0.5, length - attack) if middle["decay"] else middle["release"]
    sustain = max(length - attack - decay, 0.0) if not middle["decay"] else middle["hold"] + 0.01
    wave = {"square": 0, "triangle": 1, "saw": 1, "sine": 2, "chip": 3}[layer.form]
    slide = middle["slide"] / max(length, 0.005)
    found: Parameters = {
        **DEFAULTS,
        "wave_type": wave,
        "p_env_attack": _root(attack * RATE / 100_000) if attack > 0.002 else 0.0,
        "p_env_sustain": _root(sustain * RATE / 100_000),
        "p_env_decay": _root(decay * RATE / 100_000),
        "p_env_punch": min(middle["punch"] / 2, 1.0),
        "p_base_freq": _root(middle["pitch"] * 100 / FINE_RATE - 0.001),
        "p_freq_ramp": _cube_root((1 - 2 ** (-slide / RATE)) * 100),
    }
    if middle["lowpass"]:
        found["p_lpf_freq"] = min(_cube_root((middle["lowpass"] * _TURNS / FINE_RATE) ** 2 * 10), 0.999)
        end = middle["lowpass_end"] or middle["lowpass"]
        found["p_lpf_ramp"] = _signed(math.log(end / middle["lowpass"]) / (0.5e-4 * FINE_RATE * length))
    if middle["highpass"]:
        found["p_hpf_freq"] = _root(middle["highpass"] * _TURNS / FINE_RATE * 10)
    if layer.voice == "oscillator":
        found |= _tune_numbers(layer.form, middle)
    return found


def _tune_numbers(form: str, middle: dict[str, float]) -> Parameters:
    found: Parameters = {"p_duty": 1.0 if form == "saw" else 0.0}
    if form == "square":
        duty = min(middle["duty"], 1 - middle["duty"])
        end = middle["duty_end"] or middle["duty"]
        found["p_duty"] = 1 - 2 * duty
        found["p_duty_ramp"] = _signed((duty - min(end, 1 - end)) / (5e-5 * RATE * middle["length"]))
    if middle["vibrato_depth"]:
        found["p_vib_speed"] = _root(middle["vibrato"] * _TURNS / RATE * 100)
        found["p_vib_strength"] = min(2 * (2 ** (middle["vibrato_depth"] / 12) - 1), 1.0)
    if middle["jump"]:
        period = 2 ** (-middle["jump"] / 12)
        found["p_arp_mod"] = _root((1 - period) / 0.9) if period < 1 else -_root((period - 1) / 10)
        found["p_arp_speed"] = 1 - _root((middle["jump_at"] * RATE - 32) / 20_000)
    return found


def _root(value: float) -> float:
    return min(math.sqrt(max(value, 0.0)), 1.0)


def _cube_root(value: float) -> float:
    return _signed(math.copysign(abs(value) ** (1 / 3), value))


def _signed(value: float) -> float:
    return min(max(value, -1.0), 1.0)


def _unsaid(patch: SoundPatch, why: str) -> InvalidInput:
    return InvalidInput(
        f"{patch.name} cannot be said in jsfxr's numbers: {why}.",
        hint="export it as wav; `audobon sound make` has --plan, which shows layers",
        why=why,
    )
