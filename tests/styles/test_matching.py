"""Scenes that fit a card: near to it, and still known for what they are."""

from dataclasses import replace

import numpy as np
from bench.judged_sprites import members

from audobon_cli.domain.output.dress import Dress, dress_from
from audobon_cli.domain.units import Size
from audobon_cli.engines.scoring.image_scorer import ImageEmbedder
from audobon_cli.exemplars.cards.matching import WantedStyle, matched_scene
from audobon_cli.exemplars.plan import planner_of, store_of
from audobon_cli.exemplars.store import STORE
from audobon_cli.media.image.dress import in_palette
from audobon_cli.media.image.pixels import as_image
from audobon_cli.styles.drawing import points
from audobon_cli.styles.dressing import dress_of
from audobon_cli.styles.learn import learn
from audobon_cli.styles.pictures import looks_of


def test_points_are_those_of_the_scorer() -> None:
    pictures = [pixels for _, pixels in members("plain", 3, 9)] + [
        pixels for _, pixels in members("tiles", 2, 9)
    ]
    theirs = ImageEmbedder(STORE.parent / "scorer").embed([as_image(one) for one in pictures])
    assert np.abs(points(pictures) - theirs).max() < 1e-5


def test_colours_that_the_palette_lacks_stay_where_it_has_a_reach() -> None:
    palette = np.array([[128, 128, 128], [20, 90, 200]], dtype=np.uint8)
    red, blue = (220, 30, 30, 255), (40, 100, 190, 255)
    pixels = np.array([[red, blue]], dtype=np.uint8)
    everywhere, near = in_palette(pixels, palette, 0.5), in_palette(pixels, palette, 0.5, 0.12)
    assert np.abs(near[0, 0].astype(int) - red).max() < 12
    assert np.abs(everywhere[0, 0].astype(int) - red).max() > 40
    assert (
        np.abs(near[0, 1].astype(int) - (20, 90, 200, 255)).max()
        < np.abs(pixels[0, 1].astype(int) - (20, 90, 200, 255)).max()
    )


def test_dresses_of_older_recipes_have_no_reach() -> None:
    facts = Dress("c" * 64, palette=("#808080",), pull=0.75).facts()
    facts.pop("reach", None)
    read = dress_from(facts)
    assert read is not None
    assert read.reach == 0


def test_a_tile_of_something_else_is_not_taken_for_its_name() -> None:
    """Of the tiles that are named for fire some are beasts of it."""
    card = learn(looks_of([pixels for _, pixels in members("tiles", 12, 77)]))
    dress = replace(dress_of(card, Size(64, 64)), outline=0)
    planner, store = planner_of(STORE), store_of(STORE)
    seed = 1026  # whose tile, without a look at others, is a hound

    scene = matched_scene(
        lambda style, side: planner.scene("fire", style, seed, side),
        store,
        64,
        WantedStyle(card.to_json(), dress),
    )
    assert scene.grid
    assert scene.things[0] != planner.scene("fire", "pixel", seed, 32).things[0]
