"""What people type for other programs is honoured or refused, and never drawn as words."""

from dataclasses import replace

import pytest

from audobon_cli.cli.requests.drawing import DrawingOptions
from audobon_cli.cli.requests.prompts import typed_negative
from audobon_cli.cli.requests.request import RequestOptions
from audobon_cli.domain.adapters import LoraChoice
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.presets import Style
from audobon_cli.generation.typed_prompts import check_style_words, one_prompt, read_typed
from audobon_cli.presets.catalog import Presets, shipped_presets


@pytest.mark.parametrize(
    ("text", "words", "loras"),
    [
        ("a knight <lora:ink:0.8>", "a knight", (LoraChoice("ink", 0.8),)),
        (
            "<lora:ink> a knight, <LoRA:old paper:-1.5>",
            "a knight",
            (LoraChoice("ink"), LoraChoice("old paper", -1.5)),
        ),
        ("<lyco:ink:1> a  knight", "a knight", (LoraChoice("ink"),)),
        ("< lora : ink : 0.5 > a knight", "a knight", (LoraChoice("ink", 0.5),)),
        ("a <fur-hat> fox", "a <fur-hat> fox", ()),
        ("\ufeffa cat", "a cat", ()),
    ],
)
def test_loras_are_taken_out(text: str, words: str, loras: tuple[LoraChoice, ...]) -> None:
    found = read_typed(text)
    assert (found.text, found.loras) == (words, loras)
    assert RequestOptions().of(text).adapters.loras == loras


@pytest.mark.parametrize(
    "text",
    [
        "a cat BREAK a dog",
        "a cat AND a dog",
        "a [cat:dog:0.5]",
        "a [cat:0.5]",
        "a [cat::10]",
        "a [(cat:1.2):dog:5]",
        "a [cat|dog]",
        "a cat <lora:ink:0.8:0.5>",
        "a cat <lora:ink:te=0.5>",
        "a cat <lora:ink:much>",
        "a cat <lora::1>",
        "a cat <hypernet:x:1>",
        "a cat, embedding:easynegative",
        '("cat", "dog").blend(0.5, 0.5)',
        "a cat.swap(dog)",
        "a (red)1.4 cat",
        "a (red)++ cat",
        "cat::2 dog::1",
        "1.3::red:: cat",
        "a cat --ar 16:9",
        "a cat, <random:red|green> hat",
        "a <wildcard[2]:animals/wild>",
        "a <fromto[0.5]:cat,dog>",
        "a <alternate:cat,dog>",
        "a cat <segment:face,0.5,0.6> smiling",
        "a cat, <embed:easynegative>",
        "a cat <break> a dog",
        "mountain++ and a lake--",
        "x" * 20_000,
    ],
)
def test_what_only_others_understand_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        RequestOptions().of(text)
    assert refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        'a sign that says "SALT AND PEPPER"',
        "ROCK AND ROLL",
        "a [dim] (bright:1.3) cat",
        r"a \[cat:0.5\] \[a|b\]",
        "band and breakfast, BREAKFAST, BRAND",
        "a knight -- in armour -- rides",
        "c++ logo, 16:9, a:b",
        "a cat <- left, a > b, <3, <fur: thick>",
        "age 18+, A+ grade",
        "smile :) [",
        "time 12:30",
    ],
)
def test_ordinary_words_pass(text: str) -> None:
    assert read_typed(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "a {red|green} cat",
        "{2$$a|b}",
        "{1..3} cats",
        "__beast__",
        "a __beasts/wood__",
        "__*__",
        "a __dark wood__ path",
        "{{red}} cat",
        "{red} cat",
        "${a}",
    ],
)
def test_what_stands_for_several_is_refused_alone(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        one_prompt(text)
    assert refused.value.hint
    with pytest.raises(InvalidInput, match="--negative has"):
        typed_negative(DrawingOptions(negative=text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"a \{braced\} word", "a {braced} word"),
        (r"\{a|b\} \__c\__", "{a|b} __c__"),
        ("snake_case a__b ____", "snake_case a__b ____"),
        ("a __ b __ c__", "a __ b __ c__"),
    ],
)
def test_what_is_text_stays(text: str, words: str) -> None:
    assert one_prompt(text) == words


def test_a_negative_prompt_takes_no_lora() -> None:
    from audobon_cli.cli.requests.drawing import DrawingOptions

    with pytest.raises(InvalidInput, match="--negative"):
        RequestOptions(DrawingOptions(negative="<lora:ink:1>")).of("a cat")


@pytest.mark.parametrize("text", ["{prompt}, <lora:ink:0.8>", "{prompt} BREAK ink", "{prompt}, {red|blue}"])
def test_a_style_is_read_as_prompts_are(text: str) -> None:
    for style in (Style("inky", "", text, source="own"), Style("inky", "", negative=text[8:], source="own")):
        with pytest.raises(InvalidInput) as refused:
            check_style_words(style)
        assert "style inky" in refused.value.message
        assert refused.value.hint
    check_style_words(Style("inky", "", "(ink:1.2), {prompt}", "[photo]", source="own"))


def test_styles_that_ship_say_nothing_of_other_programs() -> None:
    for style in Presets((("built-in", shipped_presets()),)).styles.values():
        check_style_words(replace(style, source="own"))
