"""Cards: what they say of a set, who is far from them, and that damaged ones are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from bench.judged_sprites import members

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import Pixels
from audobon_cli.styles.card import StyleCard, card_from_json
from audobon_cli.styles.diff import diff
from audobon_cli.styles.distance import MOST, distance, furthest
from audobon_cli.styles.learn import learn
from audobon_cli.styles.pictures import card_picture, looks_of
from tests.sprites.samples import canvas

FAMILIES = ("inked", "pixels 32", "silhouettes")


def drawn(family: str, count: int, seed: int = 0) -> list[Pixels]:
    """Pictures of a judged family."""
    return [pixels for _, pixels in members(family, count, seed)]


@pytest.fixture(scope="module")
def cards() -> dict[str, StyleCard]:
    """A card of each of three families."""
    return {family: learn(looks_of(drawn(family, 10))) for family in FAMILIES}


def test_others_of_a_family_are_near_its_card_and_those_of_another_far(cards: dict[str, StyleCard]) -> None:
    for family, card in cards.items():
        own = [distance(look, card).total for look in looks_of(drawn(family, 4, seed=9))]
        for other in set(FAMILIES) - {family}:
            foreign = [distance(look, card).total for look in looks_of(drawn(other, 4, seed=9))]
            assert np.median(own) < min(foreign), (family, other)


def test_a_stranger_in_a_set_is_furthest_from_the_set_s_own_card() -> None:
    looks = looks_of([*drawn("inked", 12), drawn("pixels 32", 1)[0]])
    card = learn(looks)
    apart = [distance(look, card) for look in looks]
    assert max(range(13), key=lambda place: apart[place].total) == 12
    assert "pixel grid 2 px, the set 1 px" in [one.words for one in apart[12].differences]


def test_a_card_is_the_same_after_json_and_learning_is_the_same_each_time(
    cards: dict[str, StyleCard],
) -> None:
    for family, card in cards.items():
        assert card_from_json(card.to_json()) == card
        assert learn(looks_of(drawn(family, 10))) == card


def test_the_palette_is_of_the_set(cards: dict[str, StyleCard]) -> None:
    assert sum(one.share for one in cards["inked"].palette) == pytest.approx(1, abs=0.01)
    darkest = max(cards["silhouettes"].palette, key=lambda one: one.share)
    assert darkest.lab[0] < 0.3


def test_nothing_visible_teaches_nothing_and_is_as_far_as_can_be(cards: dict[str, StyleCard]) -> None:
    blank = looks_of([canvas(8, 8)])
    with pytest.raises(InvalidInput, match="Nothing is visible"):
        learn(blank)
    assert distance(blank[0], cards["inked"]).total == MOST


def test_empty_frames_say_nothing_of_an_animation(cards: dict[str, StyleCard]) -> None:
    card = next(iter(cards.values()))
    shown, empty = np.zeros((32, 32, 4), dtype=np.uint8), np.zeros((32, 32, 4), dtype=np.uint8)
    shown[8:24, 8:24] = (200, 40, 40, 255)
    looks = looks_of([shown, empty])
    assert furthest(looks, card) == (0, distance(looks[0], card))
    assert furthest(looks[1:], card) == (0, distance(looks[1], card))


def test_a_card_of_another_network_is_compared_without_drawings(cards: dict[str, StyleCard]) -> None:
    card = replace(cards["inked"], network="another", drawing=(), drawing_spread=())
    assert "drawing" not in distance(looks_of(drawn("inked", 1))[0], card).groups


def test_a_style_is_no_distance_from_itself_and_the_same_both_ways(cards: dict[str, StyleCard]) -> None:
    inked, pixels = cards["inked"], cards["pixels 32"]
    assert diff(inked, inked).total == 0
    one, other = diff(inked, pixels), diff(pixels, inked)
    assert one.total == pytest.approx(other.total)
    assert one.measures[0].measure == "grid"
    assert (one.measures[0].one, one.measures[0].other) == (1, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("palette", []),
        ("drawing", [1.0]),
        ("usual", 1e300),
        ("measures", [{"name": "side", "middle": 1e9, "deviation": 0.0}]),
        ("pictures", "many"),
        ("schema", "audobon-style/99"),
    ],
)
def test_damaged_cards_are_refused(cards: dict[str, StyleCard], field: str, value: object) -> None:
    data = json.loads(cards["inked"].to_json())
    with pytest.raises(ValueError, match=r"style card|StyleCard|is no"):
        card_from_json(json.dumps({**data, field: value}))


def test_the_picture_of_a_card_shows_its_colours(cards: dict[str, StyleCard]) -> None:
    pictures = drawn("pixels 32", 10)
    shown = card_picture(cards["pixels 32"], pictures, looks_of(pictures))
    assert shown.shape == (128, 256, 4)
    assert len(np.unique(shown[0, :, :3], axis=0)) >= 12
    assert (shown[64:, :, 3] > 0).any()
