"""The weight syntax: what it means, and what stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.domain.errors import InvalidInput, PromptEmpty
from audobon_cli.domain.prompt_weights import parse_weights, plain_prompt
from audobon_cli.domain.request import GenerationRequest, prompt_snippet

ONE = 1.0


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a cat", [("a cat", ONE)]),
        ("a (red) cat", [("a ", ONE), ("red", 1.1), (" cat", ONE)]),
        ("a (red:1.3) cat", [("a ", ONE), ("red", 1.3), (" cat", ONE)]),
        ("(a: .5 )", [("a", 0.5)]),
        ("((a))", [("a", 1.21)]),
        ("[a]", [("a", 0.909091)]),
        ("(a (b:2):0.5) c", [("a ", 0.5), ("b c", ONE)]),
        ("((a:1.2), b:0.5)", [("a", 0.6), (", b", 0.5)]),
        (r"a \(red\) cat", [("a (red) cat", ONE)]),
        (r"(a\):2)", [("a)", 2.0)]),
        (r"back\slash \\(b)", [("back\\slash \\", ONE), ("b", 1.1)]),
        ("smile :) (", [("smile :) (", ONE)]),
        ("([a)]", [("[a", 1.1), ("]", ONE)]),
        ("[a:0.5]", [("a:0.5", 0.909091)]),
        ("(a:b)", [("a:b", 1.1)]),
        ("(:1.3)", []),
    ],
)
def test_what_prompts_mean(prompt: str, pieces: list[tuple[str, float]]) -> None:
    assert list(parse_weights(prompt).pieces) == pieces


@given(st.text(alphabet="ab ()[]:.1\\", max_size=40))
def test_every_prompt_is_read_and_no_letter_is_lost(prompt: str) -> None:
    read = parse_weights(prompt)
    assert len(read.weights()) == len(read.text)
    assert [c for c in read.text if c in "ab"] == [c for c in prompt if c in "ab"]


@given(st.text(alphabet="ab ()[]:.1\\", max_size=40))
def test_text_with_every_bracket_escaped_has_no_weights(prompt: str) -> None:
    escaped = "".join(f"\\{character}" if character in "()[]\\" else character for character in prompt)
    assert parse_weights(escaped).text == prompt
    assert not parse_weights(escaped).weighted


def test_a_weight_out_of_all_proportion_is_refused() -> None:
    with pytest.raises(InvalidInput, match="weight 13"):
        GenerationRequest("(dragon:13)")
    with pytest.raises(InvalidInput, match="weight"):
        GenerationRequest("dragon", negative="(red:99)")


def test_brackets_alone_are_an_empty_prompt() -> None:
    with pytest.raises(PromptEmpty):
        GenerationRequest("( )")


def test_files_are_named_without_the_weights() -> None:
    assert prompt_snippet("a (red:1.3) [dragon]") == "a_red_dragon"
    assert plain_prompt("(a:1.2) b") == "a b"
