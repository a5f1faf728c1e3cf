"""The words that pictures go by: names in varied templates, keywords, colours, pairs; with the style or without."""

from __future__ import annotations

import random
from collections.abc import Iterable

from concepts import Concept

STYLE_SHARE = 0.75
"""Share of captions that name the style; the rest teach the model to answer without one."""

MAIN_NAME_SHARE = 0.6
"""Share of captions that use a concept's first name; its other names split the rest."""

KEYWORD_SHARE = 0.1
"""Share of captions made of keywords only ("halloween creature"): they tie words that name nothing to looks."""

LIVING = ("creatures", "people")
TEMPLATES = {"{name}": 0.6, "{article} {name}": 0.2, "{name} sprite": 0.1, "{name} icon": 0.1}
LIVING_TEMPLATES = {"{name}": 0.45, "{article} {name}": 0.2, "{name} sprite": 0.1, "cute {name}": 0.25}
COLOURED = {"{colour} {name}": 0.7, "a {colour} {name}": 0.2, "{name}, {colour}": 0.1}
PAIRED = {"{first} and {second}": 0.5, "{first} with {second}": 0.3, "a {first} and a {second}": 0.2}


def draw_caption(concept: Concept, style: str, taken: frozenset[str], chance: random.Random) -> str:
    """Draw a caption for a picture of `concept`.

    A caption that is the very name of another concept (in `taken`) is not given: "cute dragon" must not mean
    two things.
    """
    if concept.keywords and chance.random() < KEYWORD_SHARE:
        words = chance.sample(concept.keywords, min(len(concept.keywords), chance.choice((1, 2))))
        return with_style(" ".join(words), style, chance)
    name = draw_name(concept, chance)
    templates = LIVING_TEMPLATES if concept.group in LIVING else TEMPLATES
    caption = _draw(templates, chance).format(name=name, article=article(name))
    if (caption in taken and caption not in concept.names) or caption.count("cute ") > 1:
        caption = name
    return with_style(caption, style, chance)


def draw_colour_caption(concept: Concept, colour: str, style: str, chance: random.Random) -> str:
    """Draw a caption for a picture of `concept` in a colour that it does not have by nature."""
    caption = _draw(COLOURED, chance).format(colour=colour, name=draw_name(concept, chance))
    return with_style(caption, style, chance)


def draw_pair_caption(first: Concept, second: Concept, style: str, chance: random.Random) -> str:
    """Draw a caption for a picture of two things side by side."""
    caption = _draw(PAIRED, chance).format(first=draw_name(first, chance), second=draw_name(second, chance))
    return with_style(caption, style, chance)


def draw_name(concept: Concept, chance: random.Random) -> str:
    """Draw one of the names, the main one most often."""
    if len(concept.names) == 1 or chance.random() < MAIN_NAME_SHARE:
        return concept.names[0]
    return chance.choice(concept.names[1:])


def with_style(caption: str, style: str, chance: random.Random) -> str:
    """Return the caption, most often with the style suffix that the program's own style presets write."""
    return f"{caption}, {style} style" if chance.random() < STYLE_SHARE else caption


def article(name: str) -> str:
    """Return "a" or "an" by the first letter; words in "u" are taken to sound like "ufo"."""
    return "an" if name[0] in "aeiou" and not name.startswith(("u", "one")) else "a"


def names_of(concepts: Iterable[Concept]) -> frozenset[str]:
    """Return every name of every concept."""
    return frozenset(name for concept in concepts for name in concept.names)


def _draw(templates: dict[str, float], chance: random.Random) -> str:
    return chance.choices(list(templates), list(templates.values()))[0]
