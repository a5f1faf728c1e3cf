"""What prompts are understood to ask for."""

import pytest

from audobon_cli.exemplars.find import Finder
from audobon_cli.exemplars.reading import read_prompt, said_of
from audobon_cli.exemplars.store import ExemplarStore


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(ExemplarStore())


def things(prompt: str, finder: Finder) -> list[tuple[str, str]]:
    return [(one.relation, one.thing.name) for one in read_prompt(prompt, finder).asked]


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("dragon", [("", "dragon")]),
        ("a treasure chest", [("", "treasure chest")]),
        ("rocket ship", [("", "rocket")]),
        ("wolves", [("", "wolf")]),
        ("bow and arrow", [("", "bow and arrow")]),
        ("kitten", [("", "cat")]),
        ("robot with a heart", [("", "robot"), ("held", "heart")]),
        ("knight in armor", [("", "knight"), ("dressed", "armor")]),
        ("cat wearing a cloak", [("", "cat"), ("dressed", "cloak")]),
        ("treasure chest full of gold", [("", "treasure chest"), ("filled", "coin")]),
        ("a basket filled with apples", [("", "basket"), ("filled", "apple")]),
        ("axe", [("", "wood axe")]),
        ("skeleton archer", [("", "skeleton archer")]),
        ("ghost with a crown", [("", "ghost"), ("worn", "crown")]),
        ("cat wearing a wizard hat", [("", "cat"), ("worn", "wizard hat")]),
        ("apple and banana", [("", "apple"), ("beside", "banana")]),
        ("dragon riding a skateboard", [("", "dragon"), ("on", "skateboard")]),
        ("castle in front of a mountain", [("", "castle"), ("beside", "mountain")]),
        ("glass of orange juice", [("", "cup with straw")]),
        ("(red:1.4) potion", [("", "potion")]),
    ],
)
def test_things_and_how_they_stand(prompt: str, names: list[tuple[str, str]], finder: Finder) -> None:
    assert things(prompt, finder) == names


@pytest.mark.parametrize(
    ("prompt", "colour", "material", "attributes"),
    [
        ("cute red dragon", "red", "", ("cute",)),
        ("golden crown", "", "golden", ()),
        ("ice dragon", "", "icy", ()),
        ("old broken wooden shield", "", "wooden", ("old", "broken")),
        ("castle on fire", "", "", ("burning",)),
        ("orange", "", "", ()),
        ("blue heart", "", "", ()),
        ("ruby", "red", "", ()),
        ("emerald", "green", "", ()),
        ("ruby sword", "red", "", ()),
        ("black cat", "black", "", ()),
        ("health potion", "red", "", ()),
        ("blue health potion", "blue", "", ()),
        ("haunted house", "", "", ("haunted",)),
    ],
)
def test_what_is_said_of_a_thing(
    prompt: str, colour: str, material: str, attributes: tuple[str, ...], finder: Finder
) -> None:
    [one] = read_prompt(prompt, finder).asked
    assert (one.colour, one.material, one.attributes) == (colour, material, attributes)


def test_each_thing_keeps_its_own_words(finder: Finder) -> None:
    first, second = read_prompt("red dragon with a golden sword", finder).asked
    assert (first.colour, first.material) == ("red", "")
    assert (second.colour, second.material) == ("", "golden")


@pytest.mark.parametrize(
    ("prompt", "name"), [("jalape\u00f1o drag\u00f3n", "dragon"), ("cr\u00e8me castl\u00e9", "castle")]
)
def test_accents_do_not_cut_words(prompt: str, name: str, finder: Finder) -> None:
    reading = read_prompt(prompt, finder)
    assert name in [one.thing.name for one in reading.asked]
    assert not {"jalape", "o", "cr", "me", "drag"} & {*reading.ignored, *reading.missing}


def test_likeness_is_said(finder: Finder) -> None:
    assert said_of(read_prompt("wyrm", finder)) == ("wyrm: drawn as dragon",)
    assert said_of(read_prompt("dragon", finder)) == ()


def test_what_is_not_there_is_missing(finder: Finder) -> None:
    reading = read_prompt("dragon and quasar", finder)
    assert [one.thing.name for one in reading.asked] == ["dragon"]
    assert reading.missing == ("quasar",)
    assert finder.suggestions(["drgon"]) == ["dragon"]


def test_words_that_lead_nowhere_are_said(finder: Finder) -> None:
    assert said_of(read_prompt("zombie archer, masterpiece", finder)) == ("zombie, masterpiece: not drawn",)
    assert said_of(read_prompt("a cute red dragon with a sword", finder)) == ()
