"""Characters of role-playing games, put together from the parts of `drawings/characters.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CHARACTERS_FILE = Path(__file__).with_name("drawings") / "characters.toml"

EYES = (54.0, 50.0, 74.0, 50.0, 4.5)
"""Where the eyes of every character are, and their radius, in the square that parts are drawn in."""

SQUARE, ROOMY = (0, 0, 128), (-20, -36, 164)
"""Left, top and side of what the first form of a thing shows, and of what others show: room for a raised weapon."""

FACELESS = frozenset({"eye-patch", "one-eye"})
"""Parts that leave no pair of eyes to be drawn over."""


@dataclass(frozen=True, slots=True)
class Character:
    """A character in each of its forms: SVG documents, and the eyes in each (x, y, x, y, radius, of a square of 128).

    `group` is the section of the index: people, or objects for a hat alone. `alone`: it stands for what the packages
    draw under its names; otherwise it adds a form to that.
    """

    names: tuple[str, ...]
    keywords: tuple[str, ...]
    group: str
    documents: tuple[str, ...]
    eyes: tuple[tuple[float, ...], ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """`cloth` and `trim` colour the clothes; `parts` are names of parts from back to front, each with the pose that it
    is put into, if any ("sword raised")."""

    parts: tuple[str, ...]
    skin: str = "#f6c79b"
    cloth: str = "#3d6fc4"
    trim: str = "#f2c14b"
    hair: str = "#6b3f1f"


def read_characters(path: Path = CHARACTERS_FILE) -> list[Character]:
    """Return all characters in the order of the file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    found = []
    for said in table["characters"].values():
        names, keywords = tuple(said.pop("names")), tuple(said.pop("keywords", ()))
        group, others = said.pop("group", "people"), said.pop("forms", [])
        alone = said.pop("alone", True)
        forms = [_Form(**{**said, **other}) for other in ({}, *others)]
        boxes = [SQUARE if alone else ROOMY, *(ROOMY for _ in others)]
        documents = tuple(
            _document(form, box, table["parts"], table["poses"])
            for form, box in zip(forms, boxes, strict=True)
        )
        eyes = tuple(
            () if group != "people" or FACELESS & set(form.parts) else _seen_in(box)
            for form, box in zip(forms, boxes, strict=True)
        )
        found.append(Character(names, keywords, group, documents, eyes, alone))
    return found


def _seen_in(box: tuple[int, int, int]) -> tuple[float, ...]:
    left, top, side = box
    x, y, other, below, radius = EYES
    moved = (x - left, y - top, other - left, below - top, radius)
    return tuple(value * SQUARE[2] / side for value in moved)


def _document(form: _Form, box: tuple[int, int, int], parts: dict[str, str], poses: dict[str, str]) -> str:
    colours = {
        "skin": form.skin,
        "hand": form.skin,
        "cloth": form.cloth,
        "shade": _darker(form.cloth, 0.78),
        "dark": _darker(form.cloth, 0.5),
        "trim": form.trim,
        "hair": form.hair,
    }
    drawn = "".join(_posed(part, parts, poses) for part in form.parts)
    for name, colour in colours.items():
        drawn = drawn.replace(f"{{{name}}}", colour)
    left, top, side = box
    view = f"{left} {top} {side} {side}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{drawn}</svg>'


def _posed(part: str, parts: dict[str, str], poses: dict[str, str]) -> str:
    name, _, pose = part.partition(" ")
    return f'<g transform="{poses[pose]}">{parts[name]}</g>' if pose else parts[name]


def _darker(colour: str, share: float) -> str:
    return "#" + "".join(f"{round(int(colour[k : k + 2], 16) * share):02x}" for k in (1, 3, 5))
