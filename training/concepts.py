"""The concepts the model is taught: the chosen ones of `concepts.toml`, and every other emoji of a thing."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

CONCEPTS_FILE = Path(__file__).with_name("concepts.toml")

WEIGHTS = {"headline": 4.0, "prominent": 2.5}
"""How often the concepts of these lists are drawn, where another chosen one is drawn once."""

OTHER_WEIGHT = 0.3
"""How often a concept is drawn that is not in `concepts.toml`."""

OTHER_GROUPS = {
    0: "faces", 1: "people", 3: "creatures", 4: "food", 5: "places", 6: "activities", 7: "objects",
}  # fmt: skip
"""Emojibase groups to take, and ours for them. Left out: skin tones, signs and letters, flags."""

_LEFT_OUT = re.compile(
    r"^(man|woman|men|women|people|person|family|couple|deaf|mx|kiss) |:|o.clock|-thirty|tone|^(family|kiss)$"
)


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that can be asked for.

    Attributes:
        code_point: Emoji code points, lower-case hex joined by "-", without fe0f.
        names: What it answers to, the main name first; lower case.
        keywords: Words that go with it without naming it.
        group: Section of `concepts.toml`, or one of `OTHER_GROUPS`.
        weight: How often it is drawn in training, relative to an ordinary chosen concept.
    """

    code_point: str
    names: tuple[str, ...]
    group: str
    weight: float
    keywords: tuple[str, ...] = ()


def read_concepts(emojibase: Path, path: Path = CONCEPTS_FILE) -> list[Concept]:
    """Read all concepts: the chosen ones in the order of their file, then the others in emojibase's order."""
    rows = {_code_point(row): row for row in read_emojibase(emojibase)}
    chosen = [
        replace(concept, keywords=_keywords(rows.get(concept.code_point, {}), concept.names))
        for concept in chosen_concepts(path)
    ]
    taken = {concept.code_point for concept in chosen}
    names = {name for concept in chosen for name in concept.names}
    others = [_other(code_point, row) for code_point, row in rows.items() if code_point not in taken]
    return chosen + [concept for concept in others if concept and concept.names[0] not in names]


def chosen_concepts(path: Path = CONCEPTS_FILE) -> list[Concept]:
    """Read `concepts.toml`, in its order and without keywords."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    weights = {code_point: weight for key, weight in WEIGHTS.items() for code_point in table.pop(key)}
    return [
        Concept(code_point, tuple(names), group, weights.get(code_point, 1.0))
        for group, members in table.items()
        for code_point, names in members.items()
    ]


def read_emojibase(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the emojibase package: label, tags, group, hexcode."""
    rows: list[dict[str, Any]] = json.loads((folder / "en" / "data.json").read_text(encoding="utf-8"))
    return rows


def _other(code_point: str, row: dict[str, Any]) -> Concept | None:
    label = _plain(row["label"])
    if row.get("group") not in OTHER_GROUPS or not label or _LEFT_OUT.search(label):
        return None
    return Concept(code_point, (label,), OTHER_GROUPS[row["group"]], OTHER_WEIGHT, _keywords(row, (label,)))


def _keywords(row: dict[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    words = (_plain(tag) for tag in row.get("tags", []))
    return tuple(word for word in words if len(word) > 2 and word not in names)


def _plain(text: str) -> str:
    """Return lower-case text with plain quotes, or nothing if it is not ASCII then."""
    plain = text.lower().replace("\u2019", "'").replace("\u201c", "").replace("\u201d", "").strip()
    return plain if plain.isascii() else ""


def _code_point(row: dict[str, Any]) -> str:
    return str(row["hexcode"]).lower().replace("-fe0f", "")
