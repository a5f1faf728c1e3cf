"""Words: completed, added, taken from other languages, refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.exemplars.find import Finder
from audobon_cli.exemplars.store import ExemplarStore
from audobon_cli.library.semantic_search import WordTable
from audobon_cli.prompts.enhance import enhanced
from audobon_cli.prompts.languages import LANGUAGES, _dictionary, translated
from audobon_cli.prompts.safety import unsafe_words
from audobon_cli.prompts.suggest import KnownPrompts, SuggestionSource, suggestions
from audobon_cli.prompts.templates import PromptTemplate

ENGLISH = [
    *(
        "dragon",
        "a red dragon with a sword",
        "gift",
        "rot iron",
        "the king",
        "die",
        "bat",
        "mono car",
        "star map",
    ),
    *(
        "old stone bridge",
        "chest of gold",
        "pirate ship at sea",
        "con man",
        "pan",
        "vent",
        "a rat in a hat",
        "art",
    ),
    *(
        "cute cat, pixel art",
        "fee",
        "table lamp",
        "tour bus",
        "sol",
        "bow and arrow",
        "im",
        "an angel",
        "le mans car",
    ),
]


@pytest.mark.parametrize("prompt", ENGLISH)
def test_english_is_left_alone(prompt: str) -> None:
    assert translated(prompt) is None


@pytest.mark.parametrize(
    ("prompt", "english", "language"),
    [
        ("Drache", "dragon", "German"),
        ("roter Drache mit Krone", "red dragon with crown", "German"),
        ("ein großer grüner Frosch", "huge green frog", "German"),
        ("un dragon rouge", "dragon red", "French"),
        ("petit chat mignon", "tiny cat cute", "French"),
        ("un caballero con una espada", "knight with sword", "Spanish"),
        ("una strega malvagia", "witch evil", "Italian"),
        ("chave dourada", "key golden", "Portuguese"),
    ],
)
def test_common_words_of_other_languages(prompt: str, english: str, language: str) -> None:
    found = translated(prompt)
    assert found is not None
    assert (found.text, found.language, found.unknown) == (english, language, ())
    assert repr(english) in found.note


def test_what_the_dictionary_lacks_is_told() -> None:
    found = translated("ein verwunschener Frosch")
    assert found is not None
    assert found.unknown == ("verwunschener",)
    assert "not in the dictionary: verwunschener" in found.note


def test_every_thing_of_the_dictionary_can_be_drawn_or_is_known() -> None:
    table, finder = WordTable(), Finder(ExemplarStore())
    for language in LANGUAGES:
        words = set(_dictionary()[language].values()) - {"-"}
        assert len(words) > 130
        strange = [word for word in words if not table.knows(word) and finder.named([word]) is None]
        assert set(strange) <= {"with", "and", "on", "in", "armour"}, strange


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    translated(text)
    unsafe_words(text)
    suggestions(text, KnownPrompts(("dragon",), ("drag",)))


def test_added_words_suit_and_are_the_same_each_time() -> None:
    assert enhanced("sword") == enhanced("sword")
    added = enhanced("ghost").added
    assert len(added) == 2
    assert set(added) <= {"spooky", "haunted", "dark", "eerie", "scary"}
    assert enhanced("cute blue cat").added == ()
    assert "cute" in enhanced("cute cat").text
    assert enhanced("xqzzy").added == ()
    for prompt in ("dragon", "castle", "slime"):
        assert enhanced(prompt).text.endswith(prompt)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a bl00dy sword", ("bl00dy",)), ("NAKED king, gore!", ("NAKED", "gore")), ("blutiges Schwert", ("blutiges",)),
        ("rooster, donkey, ass", ()), ("classy glass on grass", ()), ("knight with a sword", ()), ("killer whale", ()),
    ],
)  # fmt: skip
def test_safe_mode_reads_whole_words(prompt: str, words: tuple[str, ...]) -> None:
    assert unsafe_words(prompt) == words


def test_nothing_that_ships_is_refused() -> None:
    """No drawing is called by a word of the list, or safe mode would refuse what is harmless."""
    names = {name for thing in ExemplarStore().things.values() for name in thing.names}
    refused = sorted(name for name in names if unsafe_words(name))
    assert len(refused) <= 12, refused


def test_completion_knows_where_words_are_from() -> None:
    known = KnownPrompts(
        ("dragon", "red dragon", "dragon egg"),
        ("drag", "dragonfly"),
        ("old dragon", "knight"),
        ("a {x} dragon",),
    )
    found = [(one.text, one.source) for one in suggestions("drag", known)]
    assert found == [
        *((name, SuggestionSource.THING) for name in ("dragon", "dragon egg", "red dragon")),
        ("old dragon", SuggestionSource.LIBRARY), ("a {x} dragon", SuggestionSource.TEMPLATE),
        ("drag", SuggestionSource.WORD), ("dragonfly", SuggestionSource.WORD),
    ]  # fmt: skip
    assert suggestions("angry drag", known)[0].text == "angry dragon"
    assert [one.text for one in suggestions("gol", known)] == ["gold", "golden"]
    assert len(suggestions("drag", known, 2)) == 2


def test_templates_are_filled_or_say_what_they_need() -> None:
    template = PromptTemplate("boss", "giant {mood=angry} {creature}, {mood}")
    assert template.fields == {"mood": "angry", "creature": None}
    assert template.filled({"creature": "owl"}) == "giant angry owl, angry"
    assert template.filled({"creature": "owl", "mood": "sad"}) == "giant sad owl, sad"
    with pytest.raises(InvalidInput, match="needs creature"):
        template.filled({})
    with pytest.raises(InvalidInput, match="no field 'size'"):
        template.filled({"size": "1"})
