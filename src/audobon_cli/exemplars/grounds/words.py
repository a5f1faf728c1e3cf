"""Which ground a prompt asks for: "mossy cobblestone floor tile", "grass to water", "blue brick texture, seamless"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.prompt_weights import plain_prompt
from audobon_cli.exemplars.find import singulars, unaccented
from audobon_cli.exemplars.grounds.kinds import BY_NAME
from audobon_cli.exemplars.grounds.sets import tiles_of
from audobon_cli.exemplars.grounds.shores import CORNER, PATCHES
from audobon_cli.exemplars.scene import GroundTile
from audobon_cli.exemplars.vocabulary import COLOURS, MATERIALS, PASSED_OVER

ASKING = frozenset(
    {"tile", "tiles", "tileset", "tileable", "seamless", "seamlessly", "texture", "floor", "flooring", "ground",
     "terrain"}
)  # fmt: skip
"""Words that make a ground of what could be a thing: a stone tile is none that one throws."""

PLAIN = PASSED_OVER | ASKING | frozenset(
    {"top", "down", "topdown", "view", "2d", "rpg", "map", "repeating", "pattern", "background", "px", "surface",
     "wall"}
)  # fmt: skip
"""Words that say nothing about a ground."""

BETWEEN = frozenset(
    {"to", "into", "and", "meets", "transition", "between", "edge", "border", "shore", "beside"}
)
"""Words between two grounds that meet."""

BARE = "stone"
"""The ground where only a material is said: a golden floor."""

ADJECTIVES = {
    "mossy": "moss",
    "snowy": "snow",
    "sandy": "sand",
    "muddy": "mud",
    "grassy": "grass",
    "dusty": "dirt",
}
"""Words for a ground that lies in patches on another."""

LONGEST = 3
"""Words of a ground's name."""


@dataclass(frozen=True, slots=True)
class AskedGround:
    """What was understood: a tile of the seed 0, and the words that changed nothing."""

    tile: GroundTile
    ignored: tuple[str, ...] = ()

    def for_seed(self, seed: int) -> GroundTile:
        """The tile of ``seed``: of two grounds that meet, another one of their set for each."""
        tile = replace(self.tile, seed=seed)
        if tile.kind != CORNER:
            return tile
        borders = tiles_of(CORNER)[1:-1]
        return replace(tile, sides=borders[seed % len(borders)].sides)


@dataclass(slots=True)
class _Part:
    """A ground with what is said before it."""

    ground: str = ""
    colour: str = ""
    material: str = ""
    patches: str = ""


def read_ground(prompt: str, is_thing: Callable[[Sequence[str]], bool]) -> AskedGround | None:
    """The ground tile that ``prompt`` asks for; None if it asks for something else.

    It does if a ground is named beside one of ASKING and nothing else is; or if nothing but grounds are named, none
    of which ``is_thing``.
    """
    words = re.findall(r"[a-z]+(?:[0-9][a-z]*)?", unaccented(plain_prompt(prompt).lower()))
    asking = any(word in ASKING for word in words)
    parts, ignored = _parts(words)
    parts = [part for part in parts if part.ground or (part.material and asking)]
    if not 1 <= len(parts) <= 2 or any(is_thing([word]) for word in ignored):
        return None
    runs = (words[k : k + n] for n in range(1, LONGEST + 1) for k in range(len(words) - n + 1))
    things = any(is_thing(run) for run in runs if not COLOURS.keys() >= set(run))
    meeting = len(parts) == 2 and any(word in BETWEEN for word in words)
    if not asking and (ignored or "wall" in words or not (meeting or (len(parts) == 1 and not things))):
        return None
    return AskedGround(_tile(parts), tuple(ignored))


def said_of_ground(asked: AskedGround) -> tuple[str, ...]:
    """What the user should know of how words were taken."""
    tile = asked.tile
    notes = [f"{word}: changes nothing of a ground tile" for word in asked.ignored]
    if tile.kind == CORNER:
        set_of = f'audobon sprite tileset "{tile.ground}" "{tile.other}"'
        notes.append(f"{tile.ground} and {tile.other}: one tile of a set; `{set_of}` makes all of them")
    return tuple(notes)


def tile_of(words: str) -> GroundTile | None:
    """The tile of the one ground that ``words`` name, with its colour; None for anything else."""
    parts, ignored = _parts(re.findall(r"[a-z]+", unaccented(words.lower())))
    if len(parts) != 1 or ignored or not parts[0].ground or parts[0].patches:
        return None
    return _tile(parts)


def _tile(parts: Sequence[_Part]) -> GroundTile:
    first = parts[0]
    tile = GroundTile(first.ground or BARE, 0, first.colour, first.material)
    if len(parts) == 2:
        second = parts[1]
        return replace(
            tile,
            other=second.ground or BARE,
            other_colour=second.colour,
            other_material=second.material,
            kind=CORNER,
        )
    if first.patches and first.patches != tile.ground:
        return GroundTile(
            first.patches, other=tile.ground, other_colour=tile.colour, other_material=tile.material,
            kind=PATCHES,
        )  # fmt: skip
    return tile


def _parts(words: Sequence[str]) -> tuple[list[_Part], list[str]]:
    """The grounds in ``words``, and the words that mean nothing here."""
    parts, ignored = [_Part()], list[str]()
    place = 0
    while place < len(words):
        name, length = _name_at(words, place)
        word = words[place]
        place += length or 1
        if name and _names_on(words, place) and (word in MATERIALS or word in ADJECTIVES):
            name = ""  # what comes next is made of it, or lies under it
        if name:
            if parts[-1].ground:
                parts.append(_Part())
            parts[-1].ground = name
        elif word in ADJECTIVES or word in MATERIALS or word in COLOURS:
            if parts[-1].ground:
                parts.append(_Part())
            _say(parts[-1], word)
        elif word not in PLAIN and word not in BETWEEN:
            ignored.append(word)
    return parts, ignored


def _say(part: _Part, word: str) -> None:
    if word in ADJECTIVES:
        part.patches = ADJECTIVES[word]
    elif word in MATERIALS:
        part.material = part.material or MATERIALS[word]
    else:
        part.colour = part.colour or COLOURS[word]


def _names_on(words: Sequence[str], place: int) -> bool:
    """Whether another ground follows at once."""
    return bool(_name_at(words, place)[0])


def _name_at(words: Sequence[str], place: int) -> tuple[str, int]:
    """The ground whose name begins at ``place``, and its words; the longest name counts."""
    for length in range(min(LONGEST, len(words) - place), 0, -1):
        *before, last = words[place : place + length]
        for form in singulars(last):
            kind = BY_NAME.get(" ".join((*before, form)))
            if kind is not None:
                return kind.name, length
    return "", 0
