"""From a prompt and a seed to a scene: which hands draw it, how it is posed, lit and outlined."""

import random
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.composition import Composition, OwnExemplar
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.output.dress import Dress
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.exemplars.compose import ALIVE
from audobon_cli.exemplars.faces import FACES
from audobon_cli.exemplars.find import Finder, words_of
from audobon_cli.exemplars.grounds.tile import grid_of
from audobon_cli.exemplars.grounds.words import AskedGround, read_ground, said_of_ground
from audobon_cli.exemplars.own import OwnStore, is_own, plain_name, without_faces
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.reading import Asked, Reading, looking_like, read_prompt, said_of
from audobon_cli.exemplars.scene import Placed, Pose, Scene, read_scene
from audobon_cli.exemplars.store import TILES, ExemplarStore, Thing

if TYPE_CHECKING:
    from PIL.Image import Image

PIXEL = "pixel"
GRIDS = (16, 24, 32, 48)
"""Sides of pixel art."""

TILE_GRID = 32
"""The grid that tiles are drawn on: on another they would be cut off or lost in the middle."""

COLOURS = {16: 8, 24: 12, 32: 16, 48: 24}
"""The most colours of pixel art, by its grid."""

WEIGHTS = (0.0, 16.0, 28.0, 0.0)
FINISHES = ("", "soft", "gloss", "soft")
"""Outline weights and finishes, which neighbouring seeds take in turn."""

LIKENESS = {"cartoon": (22.0, "soft"), "round": (0.0, "gloss")}
"""Outline weight and finish that stand for a hand's style where none of its drawings shows what is asked for."""

BUILT = ("places", "nature")
"""Groups of things that stand upright."""

NATURAL = ("creatures", "food", "faces", "people", "nature")
"""Groups whose own colours tell what they are: they are shifted less."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a prompt asks for. ``notes``: what the user should know of how words were taken."""

    reading: Reading
    notes: tuple[str, ...]
    ground: AskedGround | None = None
    """The tile of ground that is asked for, if that is what it is."""

    @property
    def drawable(self) -> bool:
        """Whether there is an exemplar of all that is asked for, or a ground."""
        if self.ground is not None:
            return True
        return bool(self.reading.asked) and not self.reading.missing


class Planner:
    """Plans scenes from the drawings of ``store``."""

    def __init__(self, store: ExemplarStore, finder: Finder | None = None, reference: str = "") -> None:
        """``reference`` is the name of what the first thing of every prompt is to look like, if anything."""
        self._store = store
        self._finder = finder or Finder(store)
        self._reference = reference
        self._known: dict[str, Understood] = {}

    def understand(self, prompt: str) -> Understood:
        """What ``prompt`` asks for."""
        if prompt not in self._known:
            ground = read_ground(prompt, lambda words: bool(words) and self._finder.named(words) is not None)
            if ground is not None and not isinstance(self._store, OwnStore):
                self._known[prompt] = Understood(Reading(()), said_of_ground(ground), ground)
                return self._known[prompt]
            reading = read_prompt(prompt, self._finder)
            if self._reference:
                reading = looking_like(reading, self._store.things[self._reference], prompt)
            reading, faceless = without_faces(reading) if isinstance(self._store, OwnStore) else (reading, ())
            self._known[prompt] = Understood(reading, (*said_of(reading), *faceless, *self._lacking(reading)))
        return self._known[prompt]

    def scene(self, prompt: str, style: str, seed: int, side: int) -> Scene:
        """The scene of ``prompt`` for ``seed``, in ``style`` ("": as the seed says); ``side`` in pixels decides on
        the grid of pixel art. The prompt must be drawable."""
        understood = self.understand(prompt)
        if understood.ground is not None:
            tile = understood.ground.for_seed(seed)
            return Scene(style=style, grid=grid_of(side) if style == PIXEL else 0, ground=tile)
        asked = understood.reading.asked
        chance = random.Random(f"{seed} {' '.join(words_of(prompt))}")
        grid = grid_for(side) if style == PIXEL else 0
        tiles = len(asked) == 1 and grid == TILE_GRID
        things = tuple(self._placed(one, style, seed, chance, tiles) for one in asked)
        turn = chance.random() < 0.5
        outline, finish = WEIGHTS[(seed + turn) % 4], FINISHES[(seed // 2 + turn) % 4]
        if style:
            outline, finish = self._likeness(things, style)
        return Scene(
            things,
            style=style,
            outline=outline,
            finish=finish,
            grid=grid,
            colours=COLOURS[grid] if grid else 0,
        )

    def _likeness(self, things: Sequence[Placed], style: str) -> tuple[float, str]:
        if any(self._store.hands[one.hand].style == style for one in things):
            return 0.0, ""
        return LIKENESS.get(style, (0.0, ""))

    def _placed(self, one: Asked, style: str, seed: int, chance: random.Random, tiles: bool) -> Placed:
        tile = self._tile(one, seed) if tiles and not one.attributes else None
        if tile is not None:
            name, place = tile
            return Placed(
                name,
                TILES,
                self._store.exemplar_digest(TILES, name, place),
                place,
                colour=one.colour,
                material=one.material,
                pose=Pose(mirror=chance.random() < 0.5),
            )
        hands = self._hands(one, style)
        hand = hands[(seed + _letters(one.thing.name)) % len(hands)]
        free = not (one.colour or one.material or is_own(hand))  # a user's own picture keeps its palette
        natural = one.thing.group in NATURAL
        hue = (chance.random() * 2 - 1) * (9 if natural else 16)
        return Placed(
            one.thing.name,
            hand,
            self._store.exemplar_digest(hand, one.thing.name),
            int(chance.random() * 1000),
            one.thing.eyes.get(hand, ()),
            one.colour,
            one.material,
            one.attributes,
            one.relation,
            _pose(chance, one.thing, cute="cute" in one.attributes),
            round(hue, 1) if free else 0.0,
            round(0.92 + 0.2 * chance.random(), 3) if free else 1.0,
            round(0.05 * (chance.random() * 2 - 1), 3) if free else 0.0,
        )

    def _hands(self, one: Asked, style: str) -> Sequence[str]:
        """The hands that draw so; all of them where none does, or where any will do. For a face, those with eyes."""
        thing = one.thing
        fitting = [hand for hand in thing.hands if self._store.hands[hand].style == style] or thing.hands
        if not FACES.keys() & set(one.attributes):
            return fitting
        return [hand for hand in fitting if hand in thing.eyes] or fitting

    def _tile(self, one: Asked, seed: int) -> tuple[str, int] | None:
        for name in (one.words, *one.thing.names):
            places = self._store.tiles.get(name)
            if places:
                return name, places[seed % len(places)]
        return None

    def _lacking(self, reading: Reading) -> tuple[str, ...]:
        if reading.asked and not reading.missing:
            return ()
        words = " ".join(reading.missing) or "the prompt"
        near = self._finder.suggestions(reading.missing)
        hint = f"; try {', '.join(near)}" if near else ""
        return (f"{words}: nothing near{hint}",)


@cache
def store_of(folder: Path) -> ExemplarStore:
    """The store in ``folder``, read once."""
    return ExemplarStore(folder)


@lru_cache(maxsize=8)
def own_store(folder: Path, own: tuple[OwnExemplar, ...], shipped: bool) -> ExemplarStore:
    """The pictures ``own``, beside the store in ``folder`` if ``shipped``; without any, that store."""
    return OwnStore(folder, own, shipped) if own else store_of(folder)


@lru_cache(maxsize=8)
def planner_of(folder: Path, own: tuple[OwnExemplar, ...] = (), reference: bool = False) -> Planner:
    """What plans scenes from the store in ``folder``, or from the pictures ``own``; see Composition."""
    named = plain_name(own[0].name) if own and reference else ""
    return Planner(own_store(folder, own, shipped=reference), reference=named)


def store_for(composition: Composition) -> ExemplarStore:
    """The store that pictures of ``composition`` are drawn from."""
    return own_store(composition.store, composition.own, shipped=True)


def scene_of(request: ResolvedRequest, seed: int) -> Scene:
    """The scene that the picture of ``seed`` begins with: a recipe's, or that of the prompt."""
    composition = request.composition
    assert composition is not None
    if composition.scene:
        return read_scene(parse_json(composition.scene))
    side = request.render_size.width
    dress = request.image.dress
    if composition.card and dress is not None:
        return _matched(composition, request.prompt, seed, side, dress)
    planner = planner_of(composition.store, composition.own, composition.reference)
    return planner.scene(request.prompt, composition.style, seed, side)


@lru_cache(maxsize=1024)
def _matched(composition: Composition, prompt: str, seed: int, side: int, dress: Dress) -> Scene:
    """The scene nearest to a card; asked for again when the recipe is written."""
    from audobon_cli.exemplars.cards.matching import WantedStyle, matched_scene

    planner = planner_of(composition.store, composition.own, composition.reference)

    def plan(style: str, pixels: int) -> Scene:
        return planner.scene(prompt, style, seed, pixels)

    return matched_scene(plan, store_for(composition), side, WantedStyle(composition.card, dress))


def picture_of(request: ResolvedRequest, seed: int) -> "Image":
    """What the picture of ``seed`` begins with, in the size that is drawn."""
    assert request.composition is not None
    store = store_for(request.composition)
    drawn = draw_scene(scene_of(request, seed), store, request.render_size.width)
    dress = request.image.dress
    if dress is None or not dress.start:
        return drawn
    from audobon_cli.media.image.dress import dressed

    return dressed(drawn, dress)


def grid_for(side: int) -> int:
    """The grid of pixel art for a picture of ``side`` pixels: itself if it is one, else the largest that divides it."""
    fitting = [grid for grid in GRIDS if side % grid == 0 and grid <= TILE_GRID]
    if side in GRIDS:
        return side
    return max(fitting, default=min(TILE_GRID, max(side, GRIDS[0])))


def _pose(chance: random.Random, thing: Thing, cute: bool) -> Pose:
    if thing.straight:
        return Pose()
    alive, built = thing.group in ALIVE, thing.group in BUILT

    def around(width: float) -> float:
        return (chance.random() * 2 - 1) * width

    stretch = 1.0 + around(0.065)
    if cute:
        stretch = 1.06 + around(0.035)
    return Pose(
        mirror=chance.random() < 0.5,
        turn=round(around(1 if built else 2.5 if alive else 4.5), 1),
        stretch=round(stretch, 3),
        lean=round(around(0.015 if built else 0.03), 3),
        bend=round(around(0.02), 3),
        top=round((0.16 if cute else 0.0) + around(0.05), 3),
    )


def _letters(name: str) -> int:
    """A number for a name: so that neighbours in a list do not all begin with one hand."""
    return sum(map(ord, name))
