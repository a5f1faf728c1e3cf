"""What words are kinds of."""

import pytest

from audobon_cli.engines.synth.kinds import ALONE, KindTable, forms

TABLE = KindTable()


@pytest.mark.parametrize(
    ("word", "kind", "other"),
    [("rapier", "sword", "harp"), ("stroll", "walk", "drill"), ("howitzer", "cannon", "kitten")],
)
def test_a_word_is_nearer_to_what_it_is_a_kind_of(word: str, kind: str, other: str) -> None:
    of_kind, of_other = TABLE.nearness(word, [kind, other])
    assert of_kind > max(0.05, 3 * of_other)
    assert TABLE.nearness(kind, [word]) == pytest.approx([of_kind])


def test_a_word_is_itself_in_all_its_forms() -> None:
    assert TABLE.nearness("rapiers", ["rapier"]) == TABLE.nearness("rapier", ["rapier"])
    assert "chop" in forms("chopping")
    assert "city" in forms("cities")


def test_words_that_the_table_lacks_are_near_to_none() -> None:
    assert TABLE.nearness("xyzzy", ["sword", "bell"]) == [0.0, 0.0]
    assert TABLE.nearness("sword", ["xyzzy"]) == [0.0]
    assert TABLE.nearness("sword", []) == []


def test_facts_of_one_word_alone_are_shared_by_none() -> None:
    facts, says = TABLE._facts
    assert (facts[says == 0] == ALONE).all()
    assert says.max() == 15
