"""Presets of sounds, and the words that say how a sound is: ``sounds/NAME.toml`` and ``sound-words.toml``."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.domain.sound import (
    SoundLayer,
    SoundPattern,
    SoundPreset,
    SoundSetting,
    SoundTrait,
    SoundWord,
)

_LAYER_WORDS = ("voice", "form")


def read_sound(name: str, data: Mapping[str, Any], source: str) -> SoundPreset:
    """The preset in a file's table. Settings that it leaves out are the synthesiser's, which knows them all.

    Raises KeyError for what is missing, ValueError or TypeError for what is wrong.
    """
    layers = tuple(_layer(table) for table in data["layers"])
    if not layers:
        raise ValueError("it has no layers")
    words = tuple(str(word).casefold() for word in data["words"])
    pattern = read_pattern(data["pattern"]) if "pattern" in data else None
    mix = _settings(data.get("mix", {}))
    return SoundPreset(name, str(data["description"]), words, layers, mix, source, pattern)


def read_patterns(data: Mapping[str, Any]) -> dict[str, SoundPattern]:
    """The patterns of ``sound-patterns.toml`` by the name of their preset. Raises as read_pattern."""
    return {str(name): read_pattern(table) for name, table in data.items()}


def read_pattern(table: Mapping[str, Any]) -> SoundPattern:
    """What was learned: ``traits`` as name = [mean, spread], ``moves`` and ``spreads`` as name = number.

    Raises ValueError or TypeError.
    """
    traits = tuple(SoundTrait(str(name), *_ends(ends)) for name, ends in table.get("traits", {}).items())
    moves, spreads = (
        tuple((str(name), float(value)) for name, value in table.get(part, {}).items())
        for part in ("moves", "spreads")
    )
    sources = tuple(str(one) for one in table.get("sources", ()))
    return SoundPattern(traits, moves, spreads, int(table.get("sounds", 0)), sources)


def _layer(table: Mapping[str, Any]) -> SoundLayer:
    own = {key: value for key, value in table.items() if key not in _LAYER_WORDS}
    return SoundLayer(str(table["voice"]), str(table.get("form", "")), _settings(own))


def _settings(table: Mapping[str, Any]) -> tuple[SoundSetting, ...]:
    return tuple(SoundSetting(name, *_ends(value)) for name, value in table.items())


def _ends(value: object) -> tuple[float, float]:
    """A number, or a list of the two between which each sound draws its own."""
    if type(value) is float:
        return value, value
    ends: list[Any] = value if isinstance(value, list) else [value, value]
    if len(ends) == 2 and type(ends[0]) is float is type(ends[1]):  # nearly all: there are two thousand
        return ends[0], ends[1]
    if len(ends) != 2 or not all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
        raise ValueError(f"{value!r} is no number, and no list of two")
    return float(ends[0]), float(ends[1])


def read_sound_words(data: Mapping[str, Any]) -> dict[str, SoundWord]:
    """The words of the file, each with what it changes. Raises ValueError or TypeError."""
    return {str(word).casefold(): read_sound_word(table) for word, table in data.items()}


def read_sound_word(table: Mapping[str, Any]) -> SoundWord:
    """What one table changes: numbers by the name of a direction or of a setting of the mix, and other forms."""
    moves = tuple((key, float(value)) for key, value in table.items() if key != "forms")
    return SoundWord(moves, tuple((str(key), str(value)) for key, value in table.get("forms", {}).items()))
