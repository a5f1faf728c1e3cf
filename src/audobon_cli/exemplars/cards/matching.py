"""The scene that fits a style card and is still known for what it is: hands, looks, lines and light are tried."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from audobon_cli.domain.output.dress import Dress
from audobon_cli.exemplars.own import is_own
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.scene import Scene
from audobon_cli.exemplars.shapes import UNITS
from audobon_cli.exemplars.store import TILES, ExemplarStore
from audobon_cli.exemplars.styles import STYLES

if TYPE_CHECKING:
    from audobon_cli.media.image.pixels import Pixels
    from audobon_cli.styles.card import StyleCard

KEPT = 3
"""Looks that are tried with every hand, and every tile."""

NEAR_ENOUGH = 0.4
"""What share of the distance of the picture that is drawn without a card is near: of such scenes that is taken which
shows best what it is of. Less costs recognition, more the style; bench/style.py measures both."""

MOST_TILES = 8
"""Tiles of one name that are tried."""

SECOND = 1 / 6
"""What likeness to the second nearest drawing of the thing counts beside the nearest: a picture that is like one hand's
alone may be like it by chance."""

LOOKED_AT = 128
"""Pixels a side at most that a trial is drawn in."""

PIXEL = "pixel"

Plan = Callable[[str, int], Scene]
"""The scene of a prompt and a seed in a style, for so many pixels a side."""


@dataclass(frozen=True, slots=True)
class WantedStyle:
    """A card as JSON, and what is done to a picture after it is drawn."""

    card: str
    dress: Dress


@dataclass(frozen=True, slots=True)
class _Tried:
    """A scene, its distance from the card, and how like its picture is to what it shows (cosines)."""

    scene: Scene
    apart: float
    like: float


def matched_scene(plan: Plan, store: ExemplarStore, side: int, wanted: WantedStyle) -> Scene:
    """Of the scenes that ``plan`` gives for ``side`` pixels, dressed, the one that is most like what it shows among
    those near to the card (NEAR_ENOUGH), or the nearest where none is; of equals the first that is tried. First looks
    are tried with one hand, then the nearest with every other hand and tile. Some 30 pictures are drawn.

    What a thing looks like is told by its drawings without the card, by all hands, in the eyes of the scorer.
    """
    card = _card(wanted.card)
    trial = min(side, LOOKED_AT)
    trial -= trial % max(1, round(wanted.dress.cell * trial / side))
    search = _Search(store, card, wanted.dress, trial, side, plan("", side))
    looks = sorted(search.tried(list(_looks(plan, side, card, wanted.dress))), key=lambda one: one.apart)
    others = [
        other
        for look in looks[:KEPT]
        for other in (*_other_hands(look.scene, store), *_other_tiles(look.scene, store))
    ]
    found = [*looks, *search.tried(others)]
    limit = max(min(one.apart for one in found), NEAR_ENOUGH * search.apart_without)
    return max((one for one in found if one.apart <= limit), key=lambda one: one.like).scene


class _Search:
    """Tries scenes: draws, dresses and measures them."""

    def __init__(
        self, store: ExemplarStore, card: "StyleCard", dress: Dress, trial: int, side: int, plain: Scene
    ) -> None:
        """Pictures are drawn ``trial`` pixels wide for ``side``; ``plain`` is what is drawn without a card."""
        from audobon_cli.styles.distance import distance
        from audobon_cli.styles.drawing import points
        from audobon_cli.styles.pictures import looks_of

        self._store, self._card, self._trial = store, card, trial
        self._dress = replace(dress, cell=max(1, round(dress.cell * trial / side)))
        shown = [self._drawn(one) for one in (plain, *_other_hands(plain, store))]
        self._shown = points(shown)
        self.apart_without = distance(looks_of(shown[:1])[0], card).total

    def tried(self, scenes: Sequence[Scene]) -> list[_Tried]:
        """``scenes``, measured."""
        import numpy as np

        from audobon_cli.media.image.dress import dressed
        from audobon_cli.styles.distance import distance
        from audobon_cli.styles.drawing import points
        from audobon_cli.styles.pictures import looks_of

        pictures = [
            np.array(dressed(draw_scene(one, self._store, self._trial), self._dress), dtype=np.uint8)
            for one in scenes
        ]
        near = np.sort(points(pictures) @ self._shown.T, axis=1)
        like = (1 - SECOND) * near[:, -1] + SECOND * near[:, max(-2, -near.shape[1])]
        return [
            _Tried(scene, distance(look, self._card).total, float(value))
            for scene, look, value in zip(scenes, looks_of(pictures), like, strict=True)
        ]

    def _drawn(self, scene: Scene) -> "Pixels":
        import numpy as np

        return np.array(draw_scene(scene, self._store, self._trial).convert("RGBA"), dtype=np.uint8)


def _looks(plan: Plan, side: int, card: "StyleCard", dress: Dress) -> Iterator[Scene]:
    """Scenes drawn in different ways: as pixel art if the card is of some, else in every look, line and light."""
    if dress.cell > 1 or dress.hard:
        grid = side // dress.cell
        scene = plan(PIXEL, grid)
        colours = max(4, round(card.value("colours")))
        if scene.things[:1] and scene.things[0].hand == TILES and grid != scene.grid:
            scene = replace(plan("", grid), style=PIXEL, outline=0.0, finish="")
        yield replace(scene, grid=grid, colours=colours)
        plain = plan("", grid)
        yield replace(plain, style=PIXEL, outline=0.0, finish="", grid=grid, colours=colours)
        return
    for style in STYLES:
        yield plan(style, side)
    plain = plan("", side)
    weight = round(card.value("outline") / card.value("side") * UNITS, 1)
    lines = [weight * part for part in (0.75, 1.0, 1.25)] if card.value("outline_share") > 0.3 else [0.0]
    for line in lines:
        for finish in ("", "soft", "gloss"):
            yield replace(plain, outline=line, finish=finish)


def _other_hands(scene: Scene, store: ExemplarStore) -> Iterator[Scene]:
    """``scene`` with its first thing by each other hand that drew it, and the same place of the light."""
    if not scene.things or scene.things[0].hand == TILES or is_own(scene.things[0].hand):
        return
    first = scene.things[0]
    for hand in store.things[first.thing].hands:
        if hand != first.hand:
            eyes = store.things[first.thing].eyes.get(hand, ())
            digest = store.exemplar_digest(hand, first.thing)
            yield replace(
                scene, things=(replace(first, hand=hand, digest=digest, eyes=eyes), *scene.things[1:])
            )


def _other_tiles(scene: Scene, store: ExemplarStore) -> Iterator[Scene]:
    """``scene`` with its tile by each other of that name: some show something else that is named for it."""
    if not scene.things or scene.things[0].hand != TILES:
        return
    first = scene.things[0]
    for place in store.tiles.get(first.thing, ())[:MOST_TILES]:
        if place != first.place:
            digest = store.exemplar_digest(TILES, first.thing, place)
            yield replace(scene, things=(replace(first, place=place, digest=digest), *scene.things[1:]))


@lru_cache(maxsize=8)
def _card(text: str) -> "StyleCard":
    from audobon_cli.styles.card import card_from_json

    return card_from_json(text)
