"""The shipped store is whole, and holds only what a game may ship."""

import hashlib
import re

import pytest

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.exemplars.store import STORE, TILES, ExemplarStore
from audobon_cli.exemplars.vocabulary import ATTRIBUTES, COLOURS, MATERIALS


@pytest.fixture(scope="module")
def store() -> ExemplarStore:
    return ExemplarStore()


def test_its_files_are_those_of_its_list(store: ExemplarStore) -> None:
    listed = dict(
        reversed(line.split("  ")) for line in (STORE / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in STORE.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert found == listed
    assert re.fullmatch(r"[0-9a-f]{64}", store.digest)


def test_only_permissive_hands_are_in_it(store: ExemplarStore) -> None:
    assert {hand.licence for hand in store.hands.values()} <= {"MIT", "Apache-2.0", "CC0-1.0"}
    assert all(hand.attribution for hand in store.hands.values())


def test_each_thing_has_the_drawings_that_the_index_names(store: ExemplarStore) -> None:
    assert {hand for thing in store.things.values() for hand in thing.hands} == set(store.hands) - {TILES}
    for thing in store.things.values():
        assert set(thing.eyes) <= set(thing.hands)
        for hand in thing.hands:
            left, top, right, bottom = store.drawing(hand, thing.name).box()
            assert right - left > 100 or bottom - top > 100, (hand, thing.name)


def test_what_is_drawn_in_place_of_another_is_there(store: ExemplarStore) -> None:
    assert set(store.alike.values()) <= set(store.things)


def test_things_that_games_are_full_of_are_there(store: ExemplarStore) -> None:
    names = {name for thing in store.things.values() for name in thing.names}
    asked = {
        *(
            "sword",
            "shield",
            "bow",
            "arrow",
            "potion",
            "treasure chest",
            "key",
            "coin",
            "torch",
            "staff",
            "spear",
        ),
        *(
            "knight",
            "wizard",
            "goblin",
            "orc",
            "skeleton",
            "slime",
            "dragon",
            "golem",
            "mimic",
            "zombie",
            "spider",
        ),
        *(
            "health bar",
            "mana bar",
            "button",
            "spikes",
            "ladder",
            "crate",
            "barrel",
            "platform",
            "lava",
            "portal",
        ),
    }
    assert asked <= names


def test_words_that_change_a_thing_have_rules() -> None:
    from audobon_cli.exemplars.attributes import RULES
    from audobon_cli.exemplars.recolour import HUES, RAMPS

    assert set(ATTRIBUTES.values()) == set(RULES)
    assert set(COLOURS.values()) <= HUES.keys() | RAMPS.keys()
    assert set(MATERIALS.values()) <= RAMPS.keys()


def test_a_damaged_store_is_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(ModelDamaged, match=r"index\.json"):
        _ = ExemplarStore(tmp_path).things
    with pytest.raises(ModelDamaged, match="SHA256SUMS"):
        _ = ExemplarStore(tmp_path).digest
