"""Batches as they are written for other programs and by spreadsheets: honoured, or refused by what is wrong."""

from pathlib import Path

import pytest

from audobon_cli.batch.read import read_batch
from audobon_cli.batch.syntax.fields import Vocabulary
from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.batch.syntax.parse import parse_batch
from audobon_cli.batch.syntax.rows import MAX_LINE, ParsedBatch

OPTIONS = frozenset({"seed", "size", "lora", "guidance", "init-image", "steps"})


def csv(text: str | bytes) -> ParsedBatch:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_batch(data, BatchFormat.CSV, Vocabulary(OPTIONS))


def lines(text: str, folder: Path = Path("nowhere")) -> ParsedBatch:
    return read_batch(folder / "prompts.txt", text.encode(), BatchFormat.TXT, OPTIONS)


def prompts(parsed: ParsedBatch) -> list[str]:
    assert not parsed.problems, parsed.problems
    return [row.prompt for row in parsed.rows]


def problem(parsed: ParsedBatch) -> str:
    assert len(parsed.problems) == 1
    assert not parsed.rows
    assert parsed.problems[0].hint
    return parsed.problems[0].message


TWO = [("a cat", ("--seed=7",)), ("a dog", ("--seed=8",))]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nprompt;seed\r\na cat;7\r\na dog;8\r\n",
        '"sep=;"\nprompt;seed\na cat;7\na dog;8\n',
        "sep=\t\nprompt\tseed\na cat\t7\na dog\t8\n",
        "Prompt,SEED\r\na cat,7\r\na dog,8\r\n",
        "prompt,seed\r\na cat,7,\r\na dog,8,,\r\n",
        "prompt,seed,,\r\na cat,7,,\r\na dog,8,,\r\n",
        "\r\n,,\r\nprompt,seed\r\na cat,7\r\n,\r\na dog,8\r\n",
        "prompt;seed\ra cat;7\ra dog;8\r",
        '"prompt";"seed"\r\n"a cat";"7"\r\n"a dog";"8"\r\n',
        "prompt,seed\na cat,7.0\na dog,8.0\n",
        "prompt;seed\na cat;7,0\na dog;8,00\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_as_spreadsheets_write_them(text: str, encoding: str) -> None:
    parsed = csv(text.encode(encoding))
    assert not parsed.problems
    assert [(row.prompt, row.flags) for row in parsed.rows] == TWO


def test_lines_are_counted_with_the_separator() -> None:
    assert csv("sep=;\nprompt;seed\na cat;7\na dog;8;9\n").problems[0].line == 4


def test_decimal_commas_and_headings_with_blanks() -> None:
    parsed = csv("Prompt;Guidance;LoRA;Init image\na cat, 7,5;7,5;ink:0,8;a,1.png\n")
    assert parsed.rows[0].prompt == "a cat, 7,5"
    assert parsed.rows[0].flags == ("--guidance=7.5", "--lora=ink:0.8", "--init-image=a,1.png")


def test_a_spreadsheet_itself_is_refused() -> None:
    assert "spreadsheet" in problem(csv(b"PK\3\4rest"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a {2$$red|green|blue} flag", ["a red, green flag", "a red, blue flag", "a green, blue flag"]),
        ("{2$$ and $$a|b}", ["a and b"]),
        ("{1-2$$a|b}", ["a", "b", "a, b"]),
        ("{-1$$a|b}", ["a", "b"]),
        ("{2-$$a|b}", ["a, b"]),
        ("{2$$a|{b|c}}", ["a, b", "a, c", "b, c"]),
    ],
)
def test_quantities(text: str, found: list[str]) -> None:
    assert prompts(lines(text)) == found


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a {0.7::oak|0.3::pine} door", "0.7::"),
        ("a {oak|.3::pine} door", ".3::"),
        ("{3$$a|b}", "takes 3"),
        ("{0$$a|b}", "takes 0"),
        ("{$$a|b}", "how many"),
        ("__no such__", "no wildcard file"),
        ("{~a|b}", "by lot"),
        ("__@beasts__", "by lot"),
        ("${colour} sky", "variable of another"),
        ("__beasts(kind=fox)__", "values of its own"),
        ("__beasts/none__", "no wildcard file"),
        ("__*__", "no wildcard file"),
        ("__a/../../b__", "leads out"),
        ("{x|" * 40 + "y" + "}" * 40, "more than 16 deep"),
        ("{9$$" + "|".join("ab" * 40) + "}", "rows or more"),
        ("a" * (MAX_LINE + 1), "characters long"),
    ],
)
def test_what_is_not_done_is_refused(text: str, word: str) -> None:
    assert word in problem(lines(text))


@pytest.fixture
def beasts(tmp_path: Path) -> Path:
    folder = tmp_path / "wildcards" / "beasts"
    folder.mkdir(parents=True)
    (folder / "forest.txt").write_bytes(b"\xef\xbb\xbffox\r\nowl\r\n")
    (folder / "sea.txt").write_bytes("seal\n# none\n\nowl\n".encode("utf-16"))
    (tmp_path / "wildcards" / "all.txt").write_text("a {big|small} __beasts/forest__\n")
    (tmp_path / "wildcards" / "loop.txt").write_text("__loop__\n")
    (tmp_path / "wildcards" / "weighed.txt").write_text("2::fox\n")
    (tmp_path / "wildcards" / "dark wood.txt").write_text("elm\n")
    (folder / "._sea.txt").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X\xff")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a __beasts/forest__ in rain", ["a fox in rain", "a owl in rain"]),
        ("__beasts/*__", ["fox", "owl", "seal"]),
        (r"a __beasts\forest__", ["a fox", "a owl"]),
        ("a __dark wood__ path", ["a elm path"]),
        ("a __ b __ c", ["a __ b __ c"]),
        ("{2$$__beasts/sea__}", ["seal, owl"]),
        ("__all__", ["a big fox", "a big owl", "a small fox", "a small owl"]),
        (r"\__beasts/forest\__", ["__beasts/forest__"]),
    ],
)
def test_wildcards_in_folders(beasts: Path, text: str, found: list[str]) -> None:
    assert prompts(lines(text, beasts)) == found


@pytest.mark.parametrize(("text", "word"), [("__loop__", "own lines"), ("__weighed__", "by lot")])
def test_wildcards_that_cannot_be(beasts: Path, text: str, word: str) -> None:
    assert word in problem(lines(text, beasts))


def test_a_row_that_names_an_option_twice_is_refused() -> None:
    """Parsers keep the last, and the first would vanish."""
    row = b'{"prompt": "a cat", "lora": "ink", "lora": "old"}'
    assert "'lora' twice" in problem(parse_batch(row, BatchFormat.JSONL, Vocabulary(OPTIONS)))


def test_deep_toml_is_refused() -> None:
    deep = b"prompts = " + b"[" * 5000 + b"]" * 5000
    assert parse_batch(deep, BatchFormat.TOML, Vocabulary(OPTIONS)).problems


def test_a_table_in_the_code_page_of_a_spreadsheet_is_refused_by_its_line_and_byte(tmp_path: Path) -> None:
    """Excel's plain CSV is in the code page of its country, which nothing in it tells."""
    file = tmp_path / "table.csv"
    file.write_bytes("prompt;size\ncastle;64\nchâteau;64\n".encode("cp1252"))
    parsed = read_batch(file, None, None, frozenset({"size"}))
    (problem,) = parsed.problems
    assert not parsed.rows
    assert problem.line == 3
    assert "not UTF-8 (byte E2, which would be â in Windows-1252)" in problem.message
    assert "CSV UTF-8" in problem.hint
