"""What a pattern does to a patch: it is moved, and its ranges become wider."""

from collections.abc import Mapping
from dataclasses import replace

from audobon_cli.domain.sound import SoundLayer, SoundPatch, SoundPattern, SoundSetting
from audobon_cli.engines.synth.directions import Movement, moved, within
from audobon_cli.engines.synth.exact import power2_of
from audobon_cli.engines.synth.settings import Scale, rules_of

_SPREAD_SCALES = {"length": Scale.TIME, "pitch": Scale.PITCH, "bright": Scale.BRIGHT}


def spread_out(patch: SoundPatch, octaves: Mapping[str, float]) -> SoundPatch:
    """``patch`` with ranges that are wider by so many ``octaves`` to each side, of "length", "pitch" or "bright"."""
    wider = {_SPREAD_SCALES[name]: by for name, by in octaves.items() if name in _SPREAD_SCALES and by > 0}
    return replace(patch, layers=tuple(_wider(layer, wider) for layer in patch.layers)) if wider else patch


def _wider(layer: SoundLayer, by: Mapping[Scale, float]) -> SoundLayer:
    rules = rules_of(layer.voice)
    settings = []
    for one in layer.settings:
        octaves = by.get(rules[one.name].scale, 0.0)
        if octaves and one.name in ("length", "decay", "ring", "pitch", "lowpass"):
            factor = power2_of(octaves)
            one = within(SoundSetting(one.name, one.low / factor, one.high * factor), rules[one.name])
        settings.append(one)
    return replace(layer, settings=tuple(settings))


def played_by(patch: SoundPatch, pattern: SoundPattern | None) -> SoundPatch:
    """``patch`` as ``pattern`` has it; as it is without one."""
    if pattern is None:
        return patch
    return spread_out(moved(patch, Movement(dict(pattern.moves), {}, {})), dict(pattern.spreads))
