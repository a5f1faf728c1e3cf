"""Characters of role-playing games, put together from the parts of `drawings/characters.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CHARACTERS_FILE = Path(__file__).with_name("drawings") / "characters.toml"

EYES = (54.0, 50.0, 74.0, 50.0, 4.5)
"""Where the eyes of every character are, and their radius, in a square of 128."""

ONE_EYED = "eye-patch"
"""The part that leaves no pair of eyes to be drawn over."""


@dataclass(frozen=True, slots=True)
class Character:
    """Who is drawn: `cloth` and `trim` colour the clothes, `parts` are names of parts from back to front."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    skin: str = "#f6c79b"
    cloth: str = "#3d6fc4"
    trim: str = "#f2c14b"
    hair: str = "#6b3f1f"
    keywords: tuple[str, ...] = ()
    group: str = "people"
    """Section of the index: people, or objects for a hat alone."""


def read_characters(path: Path = CHARACTERS_FILE) -> list[tuple[Character, str]]:
    """Return all characters, each with its SVG document, in the order of the file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    found = []
    for said in table["characters"].values():
        lists = {name: tuple(said[name]) for name in ("names", "parts", "keywords") if name in said}
        character = Character(**{**said, **lists})
        found.append((character, _document(character, table["parts"])))
    return found


def _document(character: Character, parts: dict[str, str]) -> str:
    colours = {
        "skin": character.skin,
        "hand": character.skin,
        "cloth": character.cloth,
        "shade": _darker(character.cloth, 0.78),
        "dark": _darker(character.cloth, 0.5),
        "trim": character.trim,
        "hair": character.hair,
    }
    drawn = "".join(parts[name] for name in character.parts)
    for name, colour in colours.items():
        drawn = drawn.replace(f"{{{name}}}", colour)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{drawn}</svg>'


def _darker(colour: str, share: float) -> str:
    return "#" + "".join(f"{round(int(colour[k : k + 2], 16) * share):02x}" for k in (1, 3, 5))
