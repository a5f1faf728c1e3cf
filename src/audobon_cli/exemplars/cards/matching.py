"""The scene that comes nearest to a style card: hands, looks, lines and light are tried, their pictures measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from audobon_cli.domain.media import Dress
from audobon_cli.exemplars.own import is_own
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.scene import Scene
from audobon_cli.exemplars.shapes import UNITS
from audobon_cli.exemplars.store import TILES, ExemplarStore
from audobon_cli.exemplars.styles import STYLES

if TYPE_CHECKING:
    from audobon_cli.styles.card import StyleCard

KEPT = 3
"""Looks that are tried with every hand."""

TONES = ((1.25, 0.0), (0.8, 0.0), (1.0, 0.06), (1.0, -0.06), (1.2, 0.05), (1.2, -0.05))
"""What chroma is multiplied by, and what is added to lightness, to come nearer."""

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


def matched_scene(plan: Plan, store: ExemplarStore, side: int, wanted: WantedStyle) -> Scene:
    """Of the scenes that ``plan`` gives for ``side`` pixels the one whose dressed picture is nearest to the card; of
    equals the first that is tried. First looks are tried with one hand, then the best with every other, then
    the best of all in other tones. Some 35 pictures are drawn."""
    card = _card(wanted.card)
    looks = list(_looks(plan, side, card, wanted.dress))
    trial = min(side, LOOKED_AT)
    trial -= trial % max(1, round(wanted.dress.cell * trial / side))

    def apart(scene: Scene) -> float:
        return _apart(scene, store, trial, side, card, wanted.dress)

    looks.sort(key=apart)
    best = min((other for look in looks[:KEPT] for other in (look, *_other_hands(look, store))), key=apart)
    return min((best, *_other_tones(best)), key=apart)


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


def _other_tones(scene: Scene) -> Iterator[Scene]:
    """``scene`` with its first thing in stronger, weaker, lighter and darker colours, where no colour is asked for."""
    first = scene.things[:1]
    if not first or first[0].colour or first[0].material or is_own(first[0].hand):
        return
    for chroma, light in TONES:
        toned = replace(
            first[0], chroma=round(first[0].chroma * chroma, 3), light=round(first[0].light + light, 3)
        )
        yield replace(scene, things=(toned, *scene.things[1:]))


def _apart(
    scene: Scene, store: ExemplarStore, trial: int, side: int, card: "StyleCard", dress: Dress
) -> float:
    import numpy as np

    from audobon_cli.media.image.dress import dressed
    from audobon_cli.styles.distance import distance
    from audobon_cli.styles.pictures import looks_of

    small = replace(dress, cell=max(1, round(dress.cell * trial / side)))
    picture = dressed(draw_scene(scene, store, trial), small)
    return distance(looks_of([np.array(picture, dtype=np.uint8)])[0], card).total


@lru_cache(maxsize=8)
def _card(text: str) -> "StyleCard":
    from audobon_cli.styles.card import card_from_json

    return card_from_json(text)
