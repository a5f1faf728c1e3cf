"""The concepts the model is taught, and the captions their pictures go by."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CONCEPTS_FILE = Path(__file__).with_name("concepts.toml")

STYLE_SHARE = 0.75
"""Share of captions that name the style; the rest teach the model to answer without one."""

MAIN_NAME_SHARE = 0.6
"""Share of captions that use a concept's first name; its other names split the rest."""

WEIGHTS = {"headline": 8.0, "prominent": 3.0}
"""How often the concepts of these lists are drawn, where an ordinary one is drawn once."""

LIVING = ("creatures", "people")
TEMPLATES = {"{name}": 0.6, "{article} {name}": 0.2, "{name} sprite": 0.1, "{name} icon": 0.1}
LIVING_TEMPLATES = {"{name}": 0.45, "{article} {name}": 0.2, "{name} sprite": 0.1, "cute {name}": 0.25}


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that can be asked for.

    Attributes:
        code_point: Emoji code points, lower-case hex joined by "-", without fe0f.
        names: What it answers to, the main name first.
        group: Section of `concepts.toml`.
        weight: How often it is drawn in training, relative to an ordinary concept.
    """

    code_point: str
    names: tuple[str, ...]
    group: str
    weight: float


def read_concepts(path: Path = CONCEPTS_FILE) -> list[Concept]:
    """Read the concept list in the order of the file."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    weights = {code_point: weight for key, weight in WEIGHTS.items() for code_point in table.pop(key)}
    return [
        Concept(code_point, tuple(names), group, weights.get(code_point, 1.0))
        for group, members in table.items()
        for code_point, names in members.items()
    ]


def plain_captions(concept: Concept, taken: frozenset[str]) -> dict[str, float]:
    """Return the captions of a concept without style words, with probabilities that sum to 1.

    A caption that is the very name of another concept (in `taken`) is left out: "cute dragon" must not mean
    two things.
    """
    others = len(concept.names) - 1
    templates = LIVING_TEMPLATES if concept.group in LIVING else TEMPLATES
    shares: dict[str, float] = {}
    for position, name in enumerate(concept.names):
        name_share = (
            1.0 if not others else MAIN_NAME_SHARE if position == 0 else (1 - MAIN_NAME_SHARE) / others
        )
        for template, share in templates.items():
            caption = template.format(name=name, article=article(name))
            if caption not in concept.names and (caption in taken or caption.count("cute ") > 1):
                continue
            shares[caption] = shares.get(caption, 0.0) + name_share * share
    total = sum(shares.values())
    return {caption: share / total for caption, share in shares.items()}


def styled(caption: str, style: str) -> str:
    """Return a caption with its style suffix, as the command line's own style presets write it."""
    return f"{caption}, {style} style"


def captions(concept: Concept, style: str, taken: frozenset[str]) -> dict[str, float]:
    """Return every caption of one picture with its probability: with the style named and without."""
    shares: dict[str, float] = {}
    for caption, share in plain_captions(concept, taken).items():
        shares[styled(caption, style)] = share * STYLE_SHARE
        shares[caption] = share * (1 - STYLE_SHARE)
    return shares


def article(name: str) -> str:
    """Return "a" or "an" by the first letter; words in "u" are taken to sound like "ufo"."""
    return "an" if name[0] in "aeiou" and not name.startswith(("u", "one")) else "a"
