"""A preset of the user's own out of the user's own sounds."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import tomli_w

from audobon_cli.derivations.sources import read_file
from audobon_cli.domain.errors import AudobonError, InvalidInput, OutputExists, PresetNotFound
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.media import SOUND
from audobon_cli.domain.sound import SoundPatch, SoundPattern, SoundPreset, SoundSetting
from audobon_cli.domain.units import plural
from audobon_cli.engines.synth.patterns import learn_pattern, mean_distance
from audobon_cli.engines.synth.plan import MIN_FIT, complete
from audobon_cli.engines.synth.render import render
from audobon_cli.engines.synth.settings import MIX, SettingRule, rules_of
from audobon_cli.engines.synth.spreads import played_by
from audobon_cli.engines.synth.words import EMPTY, understand
from audobon_cli.library.find_files import find_files
from audobon_cli.library.select import select_assets
from audobon_cli.library.store.library import Library
from audobon_cli.media.registry import found_suffixes
from audobon_cli.media.sound.channels import one_channel
from audobon_cli.media.sound.hearing.classifier import standardised
from audobon_cli.media.sound.hearing.features import MAX_SECONDS, Heard, feature_vector, hear, onsets
from audobon_cli.media.sound.hearing.traits import distance, pattern_of, traits_of
from audobon_cli.media.untrusted.decoding import read_samples
from audobon_cli.presets.catalog import Presets, nearest
from audobon_cli.storage.durable_files import write_output

if TYPE_CHECKING:
    import numpy as np

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SOUNDS = 500
TRIED_SEED, TRIED_RATE = 3, 22_050
MEANT_ALIKE = 0.9
"""Of the presets that a name means, those that fit nearly as well as the best are tried: my-footsteps are all
footsteps."""


@dataclass(frozen=True, slots=True)
class LearnRequest:
    """What to learn: ``source`` is a folder, or what select_assets takes; ``name`` that of the preset, written into
    ``folder``, the user's presets; ``base`` the preset to begin with, None: the nearest."""

    source: str
    name: str
    folder: Path
    base: str | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class LearnedPreset:
    """What came of it: the file of the preset, of how many sounds and from which preset it was made, and how far its
    sounds are from them in the mean, in spreads, ``before`` and ``after`` they were fitted."""

    name: str
    path: Path
    sounds: int
    base: str
    pattern: SoundPattern
    before: float
    after: float


def learn_sounds(
    ask: LearnRequest, presets: Presets, library: Callable[[], Library], listen: Listener = ignore
) -> LearnedPreset:
    """Write the preset that ``ask`` wants: its base, or the nearest preset, moved to the sounds. Some ten seconds.

    ``library`` gives the library, where the sounds are in no folder. Raises InvalidInput for a name that is none,
    for no sounds or silent ones, OutputExists, PresetNotFound for an unknown base, and as select_assets.
    """
    if not NAME.fullmatch(ask.name):
        raise InvalidInput(
            f"{ask.name!r} is no name for a preset.", hint="use a-z, 0-9 and -, as in my-footsteps"
        )
    path = ask.folder / "sounds" / f"{ask.name}.toml"
    if path.exists() and not ask.overwrite:
        raise OutputExists(
            f"The preset {path} exists already.", hint="choose another --name, or add --overwrite"
        )
    chosen = _base(ask.base, presets) if ask.base else None
    sounds = _heard(ask.source, library, listen)
    heard = [traits_of(one) for one in sounds]
    single = median(len(onsets(one)) for one in sounds) < 2
    chosen = chosen or _nearest(sounds, _meant(ask.name, presets), single, listen)
    patch = _begun(chosen, single)
    listen(Progress("fit", 0, 1, "presets"))
    pattern = learn_pattern(patch, heard, (Path(ask.source).name or ask.source,))
    fitted = played_by(patch, pattern)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_output(path, _file(ask.name, chosen, fitted, pattern).encode(), ask.overwrite)
    listen(Progress("fit", 1, 1, "presets"))
    moved_alone = played_by(patch, replace(pattern, spreads=()))
    before, after = mean_distance(patch, pattern), mean_distance(moved_alone, pattern)
    return LearnedPreset(ask.name, path, len(heard), chosen.name, pattern, round(before, 2), round(after, 2))


def _heard(source: str, library: Callable[[], Library], listen: Listener) -> list[Heard]:
    found = []
    contents = _contents(source, library)
    for number, (label, data) in enumerate(contents):
        listen(Progress("hear", number, len(contents), "sounds"))
        samples, rate = _samples(label, data)
        heard = hear(one_channel(samples[: int(MAX_SECONDS * rate)]), rate)
        if heard is not None:
            found.append(heard)
    if not found:
        raise InvalidInput(
            f"There is no sound in {source} that can be heard.",
            hint="give a folder with WAV, FLAC, OGG or MP3 files",
        )
    return found


def _samples(label: str, data: bytes) -> "tuple[np.ndarray, int]":
    try:
        return read_samples(data)
    except AudobonError as error:
        raise InvalidInput(
            f"{label} cannot be learned from. {error.message}", hint="take it out of there"
        ) from error


def _contents(source: str, library: Callable[[], Library]) -> list[tuple[str, bytes]]:
    if source.strip() and Path(source).expanduser().exists():
        paths = [file.path for file in find_files([source])]
        found = (
            (str(path), read_file(path)) for path in paths if path.suffix.lower() in found_suffixes(SOUND)
        )
        return list(islice(found, MAX_SOUNDS))
    opened = library()
    assets = [asset for asset in select_assets(opened, [source]) if asset.media.medium == SOUND]
    return [(asset.name, opened.blobs.read(asset.blob)) for asset in assets[:MAX_SOUNDS]]


def _base(name: str, presets: Presets) -> SoundPreset:
    if name not in presets.sounds:
        near = nearest(name, presets.sounds)
        raise PresetNotFound(
            f"There is no preset of a sound {name!r}.",
            hint=f"the nearest: {', '.join(near)}" if near else "`audobon presets list` shows all",
            kind="sound",
            name=name,
            nearest=near,
        )
    return presets.sounds[name]


def _meant(name: str, presets: Presets) -> list[SoundPreset]:
    """The presets that the words of ``name`` mean about as well as the best; all where it means none."""
    known = {other: preset for other, preset in presets.sounds.items() if other != name}
    found = understand(name.replace("-", " "), known, presets.sound_words).presets
    best = found[0][1] if found else 0.0
    return (
        [preset for preset, fit in found if fit >= MEANT_ALIKE * best]
        if best >= MIN_FIT
        else [*presets.sounds.values()]
    )


def _begun(preset: SoundPreset, single: bool) -> SoundPatch:
    """The patch to begin with: ``single`` without its repeats, as of recordings of one step each."""
    patch = complete(preset)
    if not single:
        return patch
    layers = (
        replace(
            layer,
            settings=tuple(
                one._replace(low=1.0, high=1.0) if one.name == "repeat" else one for one in layer.settings
            ),
        )
        for layer in patch.layers
    )
    return replace(patch, layers=tuple(layers))


def _nearest(
    sounds: Sequence[Heard], presets: Sequence[SoundPreset], single: bool, listen: Listener
) -> SoundPreset:
    """Of ``presets`` the one that sounds nearest to ``sounds`` before anything is moved: by its traits, and by all that
    is measured of sounds, in deviations."""
    pattern = pattern_of([traits_of(one) for one in sounds])
    wanted = sum(standardised(feature_vector(one)) for one in sounds) / len(sounds)
    best, least = presets[0], float("inf")
    for number, preset in enumerate(presets):
        listen(Progress("compare", number, len(presets), "presets"))
        one = hear(render(_begun(preset, single), TRIED_RATE, TRIED_SEED), TRIED_RATE)
        if one is None:
            continue
        off = standardised(feature_vector(one)) - wanted
        far = distance(traits_of(one), pattern) + float((off * off).mean()) ** 0.5
        if far < least:
            best, least = preset, far
    return best


def _file(name: str, base: SoundPreset, patch: SoundPatch, pattern: SoundPattern) -> str:
    """The file of the preset: what differs from the defaults, and what was learned."""
    table: dict[str, Any] = {
        "description": f"Learned from {plural(pattern.sounds, 'sound')}, played as {base.name}.",
        "words": [*dict.fromkeys((name, *(part for part in name.split("-") if part not in EMPTY)))],
    }
    table["layers"] = [
        {"voice": layer.voice, "form": layer.form, **_said(layer.settings, rules_of(layer.voice))}
        for layer in patch.layers
    ]
    if mix := _said(patch.mix, MIX):
        table["mix"] = mix
    table["pattern"] = {
        "sounds": pattern.sounds,
        "sources": list(pattern.sources),
        "traits": {trait.name: [trait.mean, trait.spread] for trait in pattern.traits},
    }
    return tomli_w.dumps(table)


def _said(settings: Sequence[SoundSetting], rules: Mapping[str, SettingRule]) -> dict[str, Any]:
    return {
        one.name: one.low if one.low == one.high else [one.low, one.high]
        for one in settings
        if (one.low, one.high) != (rules[one.name].default, rules[one.name].default)
    }
