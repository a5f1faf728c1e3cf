"""From the words of a request to a patch: which preset, moved by the words that say how, and by what was set."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import InvalidInput, PresetNotFound, SettingInvalid
from audobon_cli.domain.media import MediaOutput
from audobon_cli.domain.presets import Style
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.domain.sound import (
    SoundLayer,
    SoundOutput,
    SoundPatch,
    SoundPreset,
    SoundSetting,
    SoundWord,
)
from audobon_cli.engines.synth.bodies import MATERIALS
from audobon_cli.engines.synth.directions import DIRECTIONS, Movement, moved, within
from audobon_cli.engines.synth.settings import MIX, VOICES, SettingRule, rules_of
from audobon_cli.engines.synth.spreads import played_by
from audobon_cli.engines.synth.words import understand

if TYPE_CHECKING:
    from audobon_cli.engines.synth.search import SoundJudge, SoundJudgeFinder
    from audobon_cli.presets.catalog import Presets

FORMS: Mapping[str, frozenset[str]] = {
    "oscillator": frozenset({"sine", "triangle", "square", "saw"}),
    "noise": frozenset({"white", "pink", "brown", "chip"}),
    "impact": frozenset(MATERIALS),
    "friction": frozenset(MATERIALS),
    "air": frozenset({"wind", "whoosh", "whistle", "jet"}),
    "grains": frozenset({"grit", "dust", *MATERIALS}),
    "liquid": frozenset({"bubbles"}),
    "vocal": frozenset({"voice"}),
}
SEARCHING = "ultra"
"""The quality at which a patch is brought as near to what was learned of its kind as it can come."""

MIN_FIT = 0.3
"""A prompt that fits no preset better means none."""

MIN_SECONDS, MAX_SECONDS = 0.02, 60.0
MAX_LAYERS = 32
_NUMBER = r"\d+(?:\.\d+)?"
_SET = re.compile(
    rf"(?:(\d+)\.)?([a-z_]+)\s*=\s*([+-]?)({_NUMBER})(?:\.\.({_NUMBER}))?(st|oct|db|s|hz|)", re.IGNORECASE
)


def plan_sound(
    request: GenerationRequest,
    output: MediaOutput,
    style: Style,
    presets: "Presets",
    find_judge: "SoundJudgeFinder | None" = None,
) -> SoundOutput:
    """``output`` with the patch that the words of ``request`` mean in ``style``; at the quality that searches by what
    ``find_judge`` gives, if it gives anything.

    Raises PresetNotFound for words that mean no sound that is known, InvalidInput for settings that there are not,
    SettingInvalid for a preset that is wrong.
    """
    assert isinstance(output, SoundOutput)
    patch = request.sound.patch
    if patch is None:
        refine = request.quality == SEARCHING
        judge = find_judge() if refine and find_judge is not None else None
        patch = _by_words(request.prompt, style, presets, refine, judge)
    else:
        patch = check_patch(patch)
    for text in request.sound.settings:
        patch = _with_setting(patch, text)
    if request.sound.length is not None:
        patch = _of_length(patch, request.sound.length)
    return replace(output, seconds=math.ceil(100 * longest(patch)) / 100, patch=patch)


def _by_words(
    prompt: str, style: Style, presets: "Presets", refine: bool, judge: "SoundJudge | None"
) -> SoundPatch:
    meant = understand(prompt, presets.sounds, presets.sound_words)
    if not meant.presets or meant.presets[0][1] < MIN_FIT:
        raise _unknown(prompt, presets)
    preset = meant.presets[0][0]
    own = set(preset.words)
    how = [(moves, share) for word, moves, share in meant.how if word not in own]
    movement = _movement(how, style)
    patch = moved(played_by(complete(preset), preset.pattern), movement)
    if judge is not None:
        from audobon_cli.engines.synth.patterns import refined_by

        return refined_by(judge, prompt, patch, movement.directions)
    if refine and preset.pattern is not None:
        from audobon_cli.engines.synth.patterns import refined

        return refined(patch, preset.pattern, movement.directions)
    return patch


def complete(preset: SoundPreset) -> SoundPatch:
    """``preset`` with every setting that it leaves out. Raises SettingInvalid for one that is wrong."""
    layers = []
    for number, layer in enumerate(preset.layers, start=1):
        if layer.voice not in VOICES:
            raise _broken(
                preset, f"layer {number} has the voice {layer.voice!r}; there are {', '.join(VOICES)}"
            )
        form = layer.form or min(FORMS[layer.voice])
        if form not in FORMS[layer.voice]:
            known = ", ".join(sorted(FORMS[layer.voice]))
            raise _broken(preset, f"layer {number} has the form {form!r}; {layer.voice} has {known}")
        rules = rules_of(layer.voice)
        layers.append(SoundLayer(layer.voice, form, _filled(layer.settings, rules, preset)))
    return SoundPatch(preset.name, tuple(layers), _filled(preset.mix, MIX, preset))


def _filled(
    given: Iterable[SoundSetting], rules: Mapping[str, SettingRule], preset: SoundPreset
) -> tuple[SoundSetting, ...]:
    said = {one.name: one for one in given}
    if strange := sorted(said.keys() - rules.keys()):
        raise _broken(preset, f"there is no setting {strange[0]!r} there")
    for name, one in said.items():
        rule = rules[name]
        if not all(rule.low <= end <= rule.high for end in (one.low, one.high)):
            raise _broken(preset, f"{name} lies outside {rule.low:g} to {rule.high:g}")
    return tuple(
        said[name] if name in said else SoundSetting(name, rule.default, rule.default)
        for name, rule in rules.items()
    )


def check_patch(patch: SoundPatch) -> SoundPatch:
    """``patch`` if it can be played, whoever wrote it. Raises InvalidInput."""
    try:
        if len(patch.layers) > MAX_LAYERS:
            raise ValueError(f"{len(patch.layers)} layers are more than {MAX_LAYERS}")
        for layer in patch.layers:
            if layer.form not in FORMS[layer.voice]:
                raise ValueError(f"{layer.voice} has no form {layer.form!r}")
            _check_settings(layer.settings, rules_of(layer.voice))
        _check_settings(patch.mix, MIX)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"The patch {patch.name} cannot be played: {error}.",
            hint="take the recipe from the sound or the library again",
        ) from error
    return patch


def _check_settings(settings: Iterable[SoundSetting], rules: Mapping[str, SettingRule]) -> None:
    found = {one.name: one for one in settings}
    for name, rule in rules.items():
        one = found[name]
        if not all(rule.low <= end <= rule.high for end in (one.low, one.high)):
            raise ValueError(f"{name} lies outside {rule.low:g} to {rule.high:g}")


def _movement(how: Iterable[tuple[SoundWord, float]], style: Style) -> Movement:
    directions: dict[str, float] = {}
    mix: dict[str, float] = {}
    forms: dict[str, str] = {}
    for word, share in [*how, *([(style.sound, 1.0)] if style.sound is not None else [])]:
        for name, value in word.moves:
            if name in DIRECTIONS:
                directions[name] = directions.get(name, 0.0) + share * value
            elif name in MIX:
                mix[name] = value
            else:
                raise SettingInvalid(
                    f"A word or style for sounds names {name!r}, which is no direction and no setting of the mix.",
                    hint=f"there are {', '.join((*DIRECTIONS, *MIX))}",
                    path="",
                )
        forms |= dict(word.forms)
    return Movement({name: min(max(value, -3.0), 3.0) for name, value in directions.items()}, mix, forms)


def _with_setting(patch: SoundPatch, text: str) -> SoundPatch:
    """``patch`` with what ``--set`` says: NAME=VALUE of a direction or the mix, LAYER.NAME=VALUE of a layer."""
    match = _SET.fullmatch(text.strip())
    if match is None:
        raise _no_setting(text, "write NAME=VALUE, as in pitch=+2st, reverb=0.3 or 1.pitch=440")
    layer, name, sign, value, end, unit = match.groups()
    low = float(f"{sign}{value}")
    high = float(end) if end else low
    if layer is not None:
        return _with_layer_setting(patch, int(layer), SoundSetting(name, low, high), text)
    if name in DIRECTIONS:
        octaves = low / 12 if unit.lower() == "st" else low
        return moved(patch, Movement({name: min(max(octaves, -4.0), 4.0)}, {}, {}))
    if name in MIX:
        return moved(patch, Movement({}, {name: within(SoundSetting(name, low, low), MIX[name]).low}, {}))
    raise _no_setting(text, f"there are {', '.join((*DIRECTIONS, *MIX))}, and LAYER.NAME of a layer")


def _with_layer_setting(patch: SoundPatch, number: int, setting: SoundSetting, text: str) -> SoundPatch:
    if not 1 <= number <= len(patch.layers):
        raise _no_setting(text, f"{patch.name} has {len(patch.layers)} layers, from 1 on")
    layer = patch.layers[number - 1]
    rules = rules_of(layer.voice)
    if setting.name not in rules:
        raise _no_setting(text, f"layer {number}, {layer.voice}, has {', '.join(rules)}")
    changed = tuple(
        within(setting, rules[one.name]) if one.name == setting.name else one for one in layer.settings
    )
    layers = (*patch.layers[: number - 1], replace(layer, settings=changed), *patch.layers[number:])
    return replace(patch, layers=layers)


def _of_length(patch: SoundPatch, seconds: float) -> SoundPatch:
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise InvalidInput(
            f"--length {seconds:g} is outside {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds.",
            hint="give --length a value in that range",
        )
    now = longest(patch, with_room=False)
    return moved(patch, Movement({"length": math.log2(seconds / now)}, {}, {}))


def longest(patch: SoundPatch, with_room: bool = True) -> float:
    """The most seconds that ``patch`` can take; ``with_room``: with its echoes."""
    end = max((_end(layer) for layer in patch.layers), default=0.0)
    mix = {one.name: one.high for one in patch.mix}
    room = max(mix["room"] * 0.8 if mix["reverb"] else 0.0, mix["echo"] * 4)
    return min(max(end, MIN_SECONDS), MAX_SECONDS) + (room if with_room else 0.0)


def _end(layer: SoundLayer) -> float:
    high = {one.name: one.high for one in layer.settings}
    gap, scale, total = high["repeat_gap"], high["repeat_scale"], 0.0
    for _ in range(round(high["repeat"]) - 1):
        total += gap * (1 + 0.9 * high["repeat_spread"])
        gap *= scale
    return min(high["start"] + total + high["length"], MAX_SECONDS)


def _unknown(prompt: str, presets: "Presets") -> PresetNotFound:
    from audobon_cli.presets.catalog import nearest

    near = [name for word in prompt.split() for name in nearest(word, presets.sounds)][:5]
    names = ", ".join(near or list(presets.sounds)[:8])
    return PresetNotFound(
        f"No sound is known that {prompt!r} could mean.",
        hint=f"the nearest by name: {names}; `audobon presets list` shows all"
        if near
        else f"there are {names} ...",
        kind="sound",
        name=prompt,
        nearest=near,
    )


def _no_setting(text: str, hint: str) -> InvalidInput:
    return InvalidInput(f"--set {text!r} sets nothing.", hint=hint)


def _broken(preset: SoundPreset, fact: str) -> SettingInvalid:
    return SettingInvalid(
        f"The sound preset {preset.name} ({preset.source}) is wrong: {fact}.",
        hint="mend or remove the file",
        path="",
    )
