"""Batch files: what their lines stand for, and what is said of lines that stand for nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon_cli.batch.syntax import templates
from audobon_cli.batch.syntax.fields import Vocabulary
from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.batch.syntax.parse import format_of, parse_batch
from audobon_cli.batch.syntax.rows import MAX_ROWS, ParsedBatch
from audobon_cli.batch.syntax.templates import Names, expand
from audobon_cli.domain.errors import InvalidInput

FILES = {"animal": ("cat", "dog"), "empty": ()}
VOCABULARY = Vocabulary(frozenset({"seed", "size", "style", "lora", "negative", "init-image"}), FILES.get)


def parsed(text: str, form: str) -> ParsedBatch:
    return parse_batch(text.encode(), BatchFormat(form), VOCABULARY)


def rows(text: str, form: str = "txt") -> list[tuple[str, tuple[str, ...]]]:
    found = parsed(text, form)
    assert found.problems == ()
    return [(row.prompt, row.flags) for row in found.rows]


def texts(template: str, **variables: tuple[str, ...]) -> list[str]:
    return [text for (text,) in expand((template,), Names(variables, FILES.get))]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a {red|green} cat", ["a red cat", "a green cat"]),
        ("{a|b}{1..2}", ["a1", "a2", "b1", "b2"]),
        ("{|big }cat", ["cat", "big cat"]),
        ("{a|{b|c}d}", ["a", "bd", "cd"]),
        ("{5..1..2}", ["5", "3", "1"]),
        ("{08..10}", ["08", "09", "10"]),
        ("{-1..1}", ["-1", "0", "1"]),
        ("__animal__ and __animal__", ["cat and cat", "dog and dog"]),
        ("{x|a __animal__}", ["x", "a cat", "a dog"]),
        ("{colour} {colour}", ["red red", "green green"]),
        (r"\{a\} b\|c \__init__ {a\|b|c}", ["{a} b|c __init__", "{a} b|c __init__"]),
        (r"(red:1.3) \(a\)", [r"(red:1.3) \(a\)"]),
    ],
)
def test_a_text_stands_for_all_its_combinations(template: str, expected: list[str]) -> None:
    found = texts(template, colour=("red", "green"))
    if template.startswith("\\{"):
        assert found == ["{a} b|c __init__ a|b", "{a} b|c __init__ c"]
    else:
        assert found == expected


@pytest.mark.parametrize(
    "template",
    ["{a", "a}", "{a|{b}", "{a}", "{1..3..0}", "__nope__", "__empty__", "{1..9999999}", "{1..999}{1..999}"],
)
def test_what_stands_for_nothing_is_refused(template: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        texts(template)
    assert caught.value.hint


@given(st.text(max_size=60))
def test_any_text_is_expanded_or_refused(text: str) -> None:
    try:
        found = texts(text)
    except InvalidInput:
        return
    assert 1 <= len(found) <= MAX_ROWS
    if not set(text) & set("{}\\_"):
        assert found == [text]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_escaped_text_is_itself(text: str) -> None:
    if "\\" not in text:
        escaped = "".join(f"\\{c}" if c in "{}|" else c for c in text).replace("__", r"\__")
        assert texts(escaped) == [text]


def test_lines_have_their_options_behind_the_prompt() -> None:
    text = """# a comment
a cute dragon --seed 7 --size 64

it's a knight's sword -- sharp --negative "two words" -n 3
\\# 1 potion \\--x {a|b} --seed {1..2}
"""
    assert rows(text) == [
        ("a cute dragon", ("--seed", "7", "--size", "64")),
        ("it's a knight's sword -- sharp", ("--negative", "two words", "-n", "3")),
        *((f"# 1 potion --x {which}", ("--seed", seed)) for which in "ab" for seed in "12"),
    ]
    assert [row.line for row in parsed(text, "txt").rows] == [2, 4, 5, 5, 5, 5]


def test_all_wrong_lines_are_told_at_once() -> None:
    found = parsed('ok\n{red\n--seed 3\nfine\nq --negative "a b\n', "txt")
    assert [problem.line for problem in found.problems] == [2, 3, 5]
    assert [row.prompt for row in found.rows] == ["ok", "fine"]


def test_csv_has_a_column_an_option() -> None:
    text = 'prompt,seed,lora,lora,colour\n"a ""big"" {colour} x",3,a,b,red\n\n"two\nlines",,\nplain,,,,blue\n'
    assert rows(text, "csv") == [
        ('a "big" red x', ("--seed=3", "--lora=a", "--lora=b")),
        ("two\nlines", ()),
        ("plain", ()),
    ]
    assert [row.line for row in parsed(text, "csv").rows] == [2, 4, 6]
    assert rows("prompt;seed\ncat, or dog;4\n", "csv") == [("cat, or dog", ("--seed=4",))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("seed\n3\n", [1]),
        ("prompt,sede\ncat,3\n", [2]),
        ("prompt\ncat,3\n,\ndog\n", [2]),
        ('prompt\n"open\n', [2]),
        ("prompt,seed\n,3\n", [2]),
        ("", [1]),
    ],
)
def test_csv_that_makes_no_sense_is_told(text: str, lines: list[int]) -> None:
    assert [problem.line for problem in parsed(text, "csv").problems] == lines


def test_jsonl_has_an_object_a_line() -> None:
    lines = [
        {"prompt": "a {colour} cat", "colour": ["red", "green"], "seed": 3},
        {"prompt": "dog", "init_image": "dog.png", "lora": ["a", "b:0.5"], "size": None},
    ]
    text = "\n\n".join(json.dumps(line) for line in lines)
    assert rows(text, "jsonl") == [
        ("a red cat", ("--seed=3",)),
        ("a green cat", ("--seed=3",)),
        ("dog", ("--init-image=dog.png", "--lora=a", "--lora=b:0.5")),
    ]


def test_jsonl_that_makes_no_sense_is_told() -> None:
    text = (
        '[1]\n{"prompt": "a", "sede": 1}\n{"prompt": "a", "seed": true}\n{"seed": 1}\n{oops\n{"prompt": "b"}'
    )
    found = parsed(text, "jsonl")
    assert [problem.line for problem in found.problems] == [1, 2, 3, 4, 5]
    assert "seed is one" in found.problems[1].hint


TOML = """prompts = ["apple", "{metal} sword"]

[variables]
metal = ["iron", "gold"]

[defaults]
size = 64

[matrix]
style = ["flat", "outlined"]

[[job]]
prompt = "a {colour} dragon"
style = "none"
[job.matrix]
colour = ["red", "green"]
"""


def test_toml_has_defaults_jobs_and_a_matrix() -> None:
    styles = ("flat", "outlined")
    assert rows(TOML, "toml") == [
        *(("apple", ("--size=64", f"--style={style}")) for style in styles),
        *(
            (f"{metal} sword", ("--size=64", f"--style={style}"))
            for style in styles
            for metal in ("iron", "gold")
        ),
        ("a red dragon", ("--size=64", "--style=none")),
        ("a green dragon", ("--size=64", "--style=none")),
    ]
    assert parsed(TOML, "toml").rows[-1].line == 12


def test_a_matrix_alone_is_a_batch() -> None:
    found = rows('[matrix]\nprompt = ["a", "b"]\nseed = "{1..2}"\n', "toml")
    assert found == [(prompt, (f"--seed={seed}",)) for prompt in "ab" for seed in "12"]


def test_an_axis_that_a_job_does_not_name_is_not_drawn_twice() -> None:
    text = 'prompts = ["a {colour} cat", "dog"]\n[matrix]\ncolour = ["red", "green"]\n'
    assert [prompt for prompt, _ in rows(text, "toml")] == ["a red cat", "a green cat", "dog"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = [\n", 1),
        ("prompts = []\n[matirx]\nx = 1\n", 2),
        ("job = 1\n", 1),
        ('[[job]]\nseed = 1\n\n[[job]]\nprompt = "a"\nseed = [[1]]\n', 1),
        ('[[job]]\nprompt = "a"\n[job.matrix]\nseed = []\n', 1),
        ('[[job]]\nprompt = "a"\nmatrix = 3\n', 1),
        ('[matrix]\nprompt = ["a"]\nseed = "{1..100000}"\nsteps = "{1..9}"\n', 1),
    ],
)
def test_toml_that_makes_no_sense_is_told(text: str, line: int) -> None:
    assert parsed(text, "toml").problems[0].line == line


def test_an_option_that_rows_do_not_have_is_told_as_one_whatever_its_value() -> None:
    for value in ("true", '"x"'):
        [problem] = parsed(f'[[job]]\nprompt = "a"\nenhance = {value}\n', "toml").problems
        assert "enhance is no option" in problem.message.replace("'", "")


@given(st.binary(max_size=80), st.sampled_from(BatchFormat))
def test_any_bytes_are_read_or_refused(data: bytes, form: BatchFormat) -> None:
    found = parse_batch(data, form, VOCABULARY)
    assert found.rows or found.problems
    assert all(problem.message and problem.line >= 1 for problem in found.problems)


def test_a_file_that_is_not_utf_8_names_the_line() -> None:
    assert parse_batch(b"cat\nd\xff\n", BatchFormat.TXT, VOCABULARY).problems[0].line == 2


def test_the_format_is_told_by_the_name_or_the_first_line() -> None:
    assert format_of("a.CSV", b"") is BatchFormat.CSV
    assert format_of("-", b'\n{"prompt": "a"}\n') is BatchFormat.JSONL
    assert format_of("-", b"{red|green} cat\n") is BatchFormat.TXT


def test_no_wildcards_without_files() -> None:
    assert templates.no_wildcards("animal") is None
