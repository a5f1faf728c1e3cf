"""Scenes and what is drawn of them."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.exemplars.attributes import RULES
from audobon_cli.exemplars.colours import colour_of, hue_distance, tone_of
from audobon_cli.exemplars.compose import composed
from audobon_cli.exemplars.picture import draw_scene
from audobon_cli.exemplars.plan import Planner, grid_for
from audobon_cli.exemplars.recolour import HUES
from audobon_cli.exemplars.render import document
from audobon_cli.exemplars.scene import Pose, read_scene
from audobon_cli.exemplars.shapes import UNITS
from audobon_cli.exemplars.store import TILES, ExemplarStore
from audobon_cli.exemplars.styles import STYLES


@pytest.fixture(scope="module")
def store() -> ExemplarStore:
    return ExemplarStore()


@pytest.fixture(scope="module")
def planner(store: ExemplarStore) -> Planner:
    return Planner(store)


def pixels(
    prompt: str, planner: Planner, store: ExemplarStore, style: str = "", seed: int = 7, side: int = 64
):  # type: ignore[no-untyped-def]
    return np.asarray(draw_scene(planner.scene(prompt, style, seed, side), store, side))


def test_a_scene_survives_json_and_draws_the_same(planner: Planner, store: ExemplarStore) -> None:
    scene = planner.scene("angry red dragon with a golden sword", "", 11, 64)
    again = read_scene(json.loads(json.dumps(scene.facts())))
    assert again == scene
    assert document(composed(again, store)) == document(composed(scene, store))


def test_a_scene_of_other_rules_is_refused(planner: Planner) -> None:
    with pytest.raises(ValueError, match="rules 4"):
        read_scene(planner.scene("cat", "", 1, 64).facts() | {"rules": 4})


def test_older_rules_stay(planner: Planner, store: ExemplarStore) -> None:
    scenes = (planner.scene("slingshot", "", seed, 64) for seed in range(9))
    scene = next(one for one in scenes if one.things[0].hand == "audobon" and not one.outline)
    old = read_scene(scene.facts() | {"rules": 1})
    assert min(composed(old, store).box(inked=True)) < 0 <= min(composed(scene, store).box(inked=True))


@pytest.mark.parametrize("style", ["glossy", "3d"])
def test_older_looks_stay(style: str, planner: Planner, store: ExemplarStore) -> None:
    scene = planner.scene("apple", style, 3, 64)
    old = read_scene(scene.facts() | {"rules": 2})
    plain = read_scene({key: one for key, one in scene.facts().items() if key != "style"} | {"outline": 0})
    inks = [draw_scene(one, store, 64).tobytes() for one in (scene, old, plain)]
    assert len(set(inks)) == 3


def test_what_is_hidden_outside_of_a_square_stays_hidden(planner: Planner, store: ExemplarStore) -> None:
    scenes = (planner.scene("medal", "", seed, 64) for seed in range(9))
    scene = next(one for one in scenes if one.things[0].hand == "noto-round")
    [medal] = scene.things
    shown = np.asarray(draw_scene(replace(scene, things=(replace(medal, pose=Pose()),)), store, 64))
    older = np.asarray(draw_scene(replace(scene, things=(replace(medal, pose=Pose()),), rules=1), store, 64))
    assert (shown[..., 3] > 128).sum() > 2 * (older[..., 3] > 128).sum()


def test_a_scene_names_the_very_drawing(planner: Planner, store: ExemplarStore) -> None:
    scene = planner.scene("cat", "", 1, 64)
    [cat] = scene.things
    with pytest.raises(InvalidInput, match="not the one"):
        composed(replace(scene, things=(replace(cat, digest="0" * 16),)), store)


def test_four_seeds_are_four_pictures(planner: Planner, store: ExemplarStore) -> None:
    drawn = [pixels("cat", planner, store, seed=seed) for seed in range(4)]
    hands = {planner.scene("cat", "", seed, 64).things[0].hand for seed in range(4)}
    assert len(hands) == 4
    assert all((one != other).any() for k, one in enumerate(drawn) for other in drawn[:k])
    assert (pixels("cat", planner, store, seed=2) == drawn[2]).all()


@pytest.mark.parametrize("style", ["", "vivid", "cartoon", "round", *STYLES])
def test_every_style_fills_the_square_and_nothing_beyond(
    style: str, planner: Planner, store: ExemplarStore
) -> None:
    drawn = pixels("knight", planner, store, style)
    assert drawn.shape == (64, 64, 4)
    alpha = drawn[..., 3]
    assert 0.15 < (alpha > 128).mean() < 0.95
    assert alpha[0].max() < 200
    left, top, right, bottom = composed(planner.scene("knight", style, 7, 64), store).box(inked=True)
    assert min(left, top) >= 0
    assert max(right, bottom) <= UNITS


@pytest.mark.parametrize("attribute", RULES)
def test_every_attribute_shows(attribute: str, planner: Planner, store: ExemplarStore) -> None:
    for thing in ("cat", "sword"):
        scene = planner.scene(thing, "", 7, 64)
        [one] = scene.things
        changed = draw_scene(replace(scene, things=(replace(one, attributes=(attribute,)),)), store, 64)
        before = np.asarray(draw_scene(scene, store, 64).convert("RGBa"), dtype=float)
        assert np.abs(np.asarray(changed.convert("RGBa"), dtype=float) - before).mean() > 1


@pytest.mark.parametrize("colour", HUES)
@pytest.mark.parametrize("thing", ["dragon", "car", "ghost", "gem", "castle"])
def test_a_colour_is_obeyed(colour: str, thing: str, planner: Planner, store: ExemplarStore) -> None:
    drawn = pixels(f"{colour} {thing}", planner, store, seed=3).reshape(-1, 4)
    tones = [tone_of(f"#{r:02x}{g:02x}{b:02x}") for r, g, b, a in drawn.tolist() if a > 200]
    near = sum(tone.chroma for tone in tones if hue_distance(tone.hue, HUES[colour].hue) < 35)
    assert near > 0.5 * sum(tone.chroma for tone in tones)


def test_tiles_are_drawn_on_their_own_grid_alone(planner: Planner, store: ExemplarStore) -> None:
    for side in (16, 24, 48):
        assert planner.scene("axe", "pixel", 5, side).things[0].hand != TILES
    assert planner.scene("axe", "pixel", 5, 32).things[0].hand == TILES
    small = pixels("orc", planner, store, "pixel", side=16)
    assert (small[[0, -1]][..., 3] == 0).mean() > 0.5


def test_signs_and_blocks_stay_straight(planner: Planner) -> None:
    for thing in ("question mark", "play button", "brick block"):
        assert {planner.scene(thing, "", seed, 64).things[0].pose for seed in range(6)} == {Pose()}


def test_colours_come_back_from_their_tones() -> None:
    for colour in ("#000000", "#ffffff", "#d22f3a", "#12c06e", "#3a54e0", "#808080"):
        back = colour_of(tone_of(colour))
        pairs = [(int(colour[k : k + 2], 16), int(back[k : k + 2], 16)) for k in (1, 3, 5)]
        assert all(abs(one - other) <= 1 for one, other in pairs)


@pytest.mark.parametrize("side", [16, 24, 32, 48, 64, 96, 128])
@pytest.mark.parametrize("prompt", ["golden sword", "cat", "cute dragon"])
def test_pixel_art_is_on_its_grid_in_few_colours(
    side: int, prompt: str, planner: Planner, store: ExemplarStore
) -> None:
    scene = planner.scene(prompt, "pixel", 5, side)
    image = draw_scene(scene, store, side)
    assert image.size == (side, side)
    grid = scene.grid
    factor = max(1, side // grid)
    if side >= grid:
        small = image.resize((side // factor, side // factor), Image.Resampling.NEAREST)
        assert (np.asarray(small.resize(image.size, Image.Resampling.NEAREST)) == np.asarray(image)).all()
    values = np.asarray(image).reshape(-1, 4)
    assert set(np.unique(values[:, 3])) <= {0, 255}
    solid = {tuple(value) for value in values[values[:, 3] == 255].tolist()}
    assert 1 < len(solid) <= scene.colours


def test_grids_divide_the_picture() -> None:
    assert [grid_for(side) for side in (16, 24, 32, 48, 64, 96, 128, 256)] == [16, 24, 32, 48, 32, 32, 32, 32]


def test_a_document_is_vectors_alone(planner: Planner, store: ExemplarStore) -> None:
    scene = planner.scene("burning castle and frozen heart", "", 3, 64)
    root = ElementTree.fromstring(document(composed(scene, store), 64))
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert tags <= {"svg", "path", "defs", "clipPath", "linearGradient", "radialGradient", "stop"}
