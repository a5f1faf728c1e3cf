"""How a sound is moved as a whole: larger, higher, longer, brighter, faster, rougher, farther."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.sound import SoundLayer, SoundPatch, SoundSetting
from audobon_cli.engines.synth.bodies import MATERIALS
from audobon_cli.engines.synth.exact import power2_of
from audobon_cli.engines.synth.settings import MIX, Scale, SettingRule, rules_of

DIRECTIONS = ("size", "pitch", "length", "bright", "speed", "rough", "hard", "far", "wet", "loud")
"""``size`` is 1 for twice as large; pitch, brightness, length and speed are in octaves, loudness in dB."""

ANY_MATERIAL = "*"
MATERIAL_VOICES = ("impact", "friction", "grains")

_BY_SIZE = {Scale.PITCH: -0.7, Scale.TIME: 0.4, Scale.BRIGHT: -0.45, Scale.SPEED: -0.35}
"""Octaves by which something twice as large sounds lower, longer, duller and slower."""

_ADDED = {
    ("rough", "rough"): 0.45,
    ("rough", "jitter"): 0.12,
    ("rough", "drive"): 0.22,
    ("rough", "spread"): 0.1,
    ("hard", "hardness"): 0.3,
    ("hard", "click"): 0.15,
    ("bright", "hardness"): 0.15,
    ("size", "formant"): -0.3,
}
"""What a direction adds to settings of a name, where a layer has them."""

_FAR_OCTAVES, _FAR_LEVEL, _FAR_ROOM, _OPEN = -2.3, -7.0, 0.4, 16_000.0


@dataclass(frozen=True, slots=True)
class Movement:
    """How far in each direction, what is set in the mix, and which forms become others."""

    directions: Mapping[str, float]
    mix: Mapping[str, float]
    forms: Mapping[str, str]

    @property
    def octaves(self) -> dict[Scale, float]:
        """By how many octaves the settings of each scale move."""
        way = {name: self.directions.get(name, 0.0) for name in DIRECTIONS}
        own = {
            Scale.PITCH: way["pitch"],
            Scale.TIME: way["length"],
            Scale.BRIGHT: way["bright"],
            Scale.SPEED: way["speed"],
        }
        return {scale: own[scale] + _BY_SIZE[scale] * way["size"] for scale in own}


def moved(patch: SoundPatch, movement: Movement) -> SoundPatch:
    """``patch`` as ``movement`` has it, with every setting within its bounds."""
    layers = tuple(_layer(layer, movement) for layer in patch.layers)
    return replace(patch, layers=layers, mix=_mix(patch.mix, movement))


def _layer(layer: SoundLayer, movement: Movement) -> SoundLayer:
    octaves, rules = movement.octaves, rules_of(layer.voice)
    settings = []
    for one in layer.settings:
        rule = rules[one.name]
        factor = power2_of(octaves[rule.scale]) if rule.scale is not Scale.NONE else 1.0
        added = sum(
            by * movement.directions.get(direction, 0.0)
            for (direction, name), by in _ADDED.items()
            if name == one.name
        )
        settings.append(
            within(SoundSetting(one.name, one.low * factor + added, one.high * factor + added), rule)
        )
    form = movement.forms.get(layer.form, layer.form)
    if layer.voice in MATERIAL_VOICES and layer.form in MATERIALS:
        form = movement.forms.get(ANY_MATERIAL, form)
    return SoundLayer(layer.voice, form, tuple(settings))


def _mix(mix: Iterable[SoundSetting], movement: Movement) -> tuple[SoundSetting, ...]:
    values = {one.name: (one.low, one.high) for one in mix}
    far, wet, loud = (movement.directions.get(name, 0.0) for name in ("far", "wet", "loud"))
    bright = power2_of(movement.octaves[Scale.BRIGHT])
    for name in ("lowpass", "highpass"):
        values[name] = (values[name][0] * bright, values[name][1] * bright)
    if far > 0:
        open_at = values["lowpass"][0] or _OPEN
        low = open_at * power2_of(_FAR_OCTAVES * far)
        values["lowpass"] = (low, low)
    _add(values, "reverb", _FAR_ROOM * max(far, 0.0) + wet)
    _add(values, "level", _FAR_LEVEL * max(far, 0.0) + loud)
    _add(values, "drive", 0.1 * max(movement.directions.get("rough", 0.0), 0.0))
    for name, value in movement.mix.items():
        values[name] = (value, value)
    return tuple(within(SoundSetting(name, *ends), MIX[name]) for name, ends in values.items())


def _add(values: dict[str, tuple[float, float]], name: str, by: float) -> None:
    values[name] = (values[name][0] + by, values[name][1] + by)


def within(setting: SoundSetting, rule: SettingRule) -> SoundSetting:
    """``setting`` within its bounds, to six digits, which no other processor computes otherwise."""
    low, high = sorted((setting.low, setting.high))
    return SoundSetting(
        setting.name,
        float(f"{min(max(low, rule.low), rule.high):.6g}"),
        float(f"{min(max(high, rule.low), rule.high):.6g}"),
    )
