"""What a prompt asks for: things, how they stand to each other, and what is said of each."""

import re
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.exemplars.find import EXACT, Finder, ThingMatch, singulars, words_of
from audobon_cli.exemplars.store import Thing
from audobon_cli.exemplars.vocabulary import (
    ATTRIBUTES,
    CLOTHES,
    COLOURS,
    CONNECTORS,
    MATERIALS,
    NAMED_COLOURS,
    WORN,
)

MOST_THINGS = 3
_BREAK = re.compile(r"\s*,\s*|\s+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A thing with what is said of it; ``relation`` is how it stands to the thing before it ("" for the first)."""

    thing: Thing
    nearness: float
    words: str
    """Those that led to it."""
    colour: str = ""
    material: str = ""
    attributes: tuple[str, ...] = ()
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt was understood to ask for. ``missing`` are the words of a part for which nothing is near."""

    asked: tuple[Asked, ...]
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Words that changed nothing."""


def read_prompt(prompt: str, finder: Finder) -> Reading:
    """The things that ``prompt`` asks for, three at most, and what is said of them."""
    text = _PHRASE.sub(_joined, plain_prompt(prompt).lower())
    words = [word for word in _BREAK.split(text.strip(" .!?")) if word]
    asked: list[Asked] = []
    missing: list[str] = []
    ignored: list[str] = []
    for relation, part in _parts(words, finder):
        one = _read_part(part, finder, ignored)
        if one is None:
            missing += [word for word in part if word not in _MODIFIERS]
        elif len(asked) < MOST_THINGS:
            asked.append(_related(one, relation if asked else ""))
    return Reading(tuple(asked), tuple(missing), tuple(ignored))


_MODIFIERS = COLOURS.keys() | MATERIALS.keys() | ATTRIBUTES.keys()
_PHRASES = {
    "next to": "beside",
    "in front of": "beside",
    "on top of": "atop",
    "on fire": "burning",
    "full of": "filled",
    "filled with": "filled",
}
_PHRASE = re.compile(rf"\b({'|'.join(_PHRASES)})\b")


def _joined(found: re.Match[str]) -> str:
    return _PHRASES[found[0]]


def _parts(words: list[str], finder: Finder) -> list[tuple[str, list[str]]]:
    """``words`` cut at what stands between things, with the relation to the part before; names are not cut."""
    if finder.named(words_of(" ".join(words)) or [""]) is not None:
        return [("", words_of(" ".join(words)))]
    parts: list[tuple[str, list[str]]] = [("", [])]
    place = 0
    while place < len(words):
        length = next(
            (n for n in (4, 3) if n <= len(words) - place and _is_name(words[place : place + n], finder)), 0
        )
        if length:
            parts[-1][1].extend(words_of(" ".join(words[place : place + length])))
            place += length
            continue
        relation = CONNECTORS.get(words[place])
        if relation and parts[-1][1] and place + 1 < len(words):
            parts.append((relation, []))
        else:
            parts[-1][1].extend(words_of(words[place]))
        place += 1
    return [(relation, part) for relation, part in parts if part]


def _is_name(words: list[str], finder: Finder) -> bool:
    """Whether ``words``, among them one that would cut a prompt, are a name: bow and arrow."""
    return any(word in CONNECTORS for word in words) and finder.named(words_of(" ".join(words))) is not None


def _read_part(words: list[str], finder: Finder, ignored: list[str]) -> Asked | None:
    """The thing of one part. Words that could be a colour, a material or an attribute name it only where no other
    word does."""
    found = _found(words, finder)
    if found is None:
        return None
    colour = material = ""
    attributes: list[str] = []
    for place, word in enumerate(words):
        if found.first <= place < found.last:
            colour = colour or NAMED_COLOURS.get((found.thing.name, word)) or _named_colour(word, found)
        elif word in COLOURS:
            colour = colour or COLOURS[word]
        elif word in MATERIALS:
            material = material or MATERIALS[word]
        elif word in ATTRIBUTES:
            if ATTRIBUTES[word] not in attributes:
                attributes.append(ATTRIBUTES[word])
        elif (found.thing.name, word) in NAMED_COLOURS:
            colour = colour or NAMED_COLOURS[found.thing.name, word]
        else:
            ignored.append(word)
    led = " ".join(words[found.first : found.last])
    return Asked(found.thing, found.nearness, led, colour, material, tuple(attributes))


def _named_colour(word: str, found: ThingMatch) -> str:
    """The colour that a name brings with it: a ruby is drawn as a red gem, and a black cat must be black."""
    by_itself = found.last - found.first == 1 and word != found.thing.name
    return COLOURS.get(word, "") if by_itself or found.thing.group == "creatures" else ""


def _found(words: list[str], finder: Finder) -> ThingMatch | None:
    plain = [place for place, word in enumerate(words) if word not in _MODIFIERS]
    whole = finder.by_name(words)
    if whole is not None and (whole.last - whole.first > 1 or whole.first in plain or not plain):
        return whole
    if plain:
        named = finder.by_meaning([words[place] for place in plain])
        if named is not None:
            return ThingMatch(named.thing, named.nearness, plain[named.first], plain[named.first] + 1)
        return None
    return whole or finder.by_meaning(words)


def _related(one: Asked, relation: str) -> Asked:
    called = {form for name in one.thing.names for form in singulars(name)}
    if relation == "held" and WORN & called:
        relation = "worn"
    if relation in {"held", "worn", "in"} and CLOTHES & called:
        relation = "dressed"
    return Asked(one.thing, one.nearness, one.words, one.colour, one.material, one.attributes, relation)


def looking_like(reading: Reading, thing: Thing, prompt: str) -> Reading:
    """``reading`` of ``prompt`` with ``thing`` in place of the first thing, whatever that was called.

    If its words led nowhere, what is said of it are the words of colours, materials and attributes before the next
    thing; other things of the prompt stay.
    """
    named = any(word not in _MODIFIERS for word in words_of(prompt))
    if named and reading.asked and not reading.missing:
        first, *others = reading.asked
        return Reading((replace(first, thing=thing, nearness=EXACT), *others), ignored=reading.ignored)
    words = [word for word in words_of(prompt) if word in _MODIFIERS]
    elsewhere = {
        word for one in reading.asked if named for word in (*one.attributes, one.colour, one.material)
    }
    own = [
        word
        for word in words
        if {COLOURS.get(word), MATERIALS.get(word), ATTRIBUTES.get(word)}.isdisjoint(elsewhere)
    ]
    first = Asked(
        thing,
        EXACT,
        thing.name,
        next((COLOURS[word] for word in own if word in COLOURS), ""),
        next((MATERIALS[word] for word in own if word in MATERIALS and word not in COLOURS), ""),
        tuple(dict.fromkeys(ATTRIBUTES[word] for word in own if word in ATTRIBUTES)),
    )
    others = [one if one.relation else _related(one, "held") for one in reading.asked if named]
    return Reading((first, *others[: MOST_THINGS - 1]), ignored=(*reading.ignored, *reading.missing))


def said_of(reading: Reading) -> tuple[str, ...]:
    """What the user should know of how words were taken: one line a word that led somewhere by meaning alone, and one
    of the words that led nowhere."""
    taken = tuple(f"{one.words}: drawn as {one.thing.name}" for one in reading.asked if one.nearness < EXACT)
    unheard = ", ".join(dict.fromkeys(reading.ignored))
    return (*taken, f"{unheard}: not drawn") if unheard else taken
