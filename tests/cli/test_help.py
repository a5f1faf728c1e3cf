"""Help: short, in full, of groups, of topics; from the file of descriptions and from the program alike."""

import ast
import itertools
import re
import shutil
import subprocess
import sys
from dataclasses import make_dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer

import audobon_cli.cli
from audobon_cli.cli import reference
from audobon_cli.cli.grammar.descriptions import COMMON, FILE, VALUES, descriptions, summary
from audobon_cli.cli.grammar.help_page import SHORT_LINES, command_page, root_page
from audobon_cli.cli.grammar.man_page import man_pages
from audobon_cli.cli.grammar.pages import page_of
from audobon_cli.cli.grammar.topics import FILES, TOPICS, topic_text
from audobon_cli.cli.main import app
from audobon_cli.cli.options import option_parameters
from tests.conftest import Audobon

ROOT = Path(__file__).parents[2]
LONGEST_SUMMARY = 55
KNOWN = {path: one for path, one in descriptions().items() if path not in (COMMON, VALUES)}
COMMANDS = [path for path, one in KNOWN.items() if "commands" not in one]
GROUPS = [path for path, one in KNOWN.items() if "commands" in one and path]


def test_the_file_of_descriptions_is_what_the_program_says() -> None:
    assert FILE.read_text(encoding="utf-8") == reference.commands_json(), (
        "run `python -m audobon_cli.cli.reference docs`"
    )


@pytest.mark.parametrize("path", [*COMMANDS, *GROUPS])
def test_summaries_are_short(path: str) -> None:
    line = KNOWN[path]["text"].partition("\n")[0]
    assert 10 <= len(line) <= LONGEST_SUMMARY, line
    assert line.endswith(".")
    assert line[0].isupper()


@pytest.mark.parametrize("path", COMMANDS)
def test_pages_fit_a_terminal_and_never_break_an_example(path: str) -> None:
    short, full = page_of(path.split(), full=False), page_of(path.split(), full=True)
    assert short is not None
    assert full is not None
    assert len(short.splitlines()) <= SHORT_LINES
    examples = KNOWN[path]["examples"]
    assert examples
    assert short.splitlines()[0] == full.splitlines()[0]
    for page in (short, full):
        lines = page.splitlines()
        shown = [line.strip() for line in lines if line.startswith("  audobon ")]
        assert shown == examples[: len(shown)]
        assert [line for line in lines if len(line) > 80 and line.strip() not in examples] == []
    for option in KNOWN[path]["options"]:
        assert all(name in full for name in option["names"])


@pytest.mark.parametrize("path", COMMANDS)
def test_values_and_arguments_are_in_capitals(path: str) -> None:
    command = KNOWN[path]
    for one in command["arguments"]:
        assert re.fullmatch(r"\[?(-- )?[A-Z|]+(\.\.\.)?\]?", one["name"]), one["name"]
    for option in command["options"]:
        assert not re.search(r"[<{]", option["value"])
        assert option["help"][0].isupper() or option["help"].split()[0].strip(",:") in option["help"]


def test_generate_has_the_panels_that_people_look_for() -> None:
    panels = dict.fromkeys(option["panel"] for option in KNOWN["generate"]["options"])
    assert {"Picture", "Output", "Model", "Adapters", "Elsewhere"} <= set(panels)


def test_every_command_is_in_one_section_of_the_root() -> None:
    names = [name for section in audobon_cli.cli.SECTIONS.values() for name in section]
    assert sorted(names) == sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    page = root_page(80, full=True)
    assert all(f"\n  {name} " in page for name in names)
    assert len(root_page(80, full=False).splitlines()) <= 24


@pytest.mark.parametrize(
    "argv", [(), ("-h",), ("--help",), ("assets", "-h"), ("generate", "-h"), ("vram", "plan", "--help")]
)
def test_help_without_the_parser_is_help_with_it(audobon: Audobon, argv: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "audobon_cli", *argv], capture_output=True, text=True, check=False
    )
    inside = audobon(*argv)
    assert ran.stdout == inside.out
    assert ran.returncode == inside.status == (0 if argv else 2)


def test_help_imports_no_parser() -> None:
    script = (
        "import sys; sys.argv = ['audobon', 'assets', 'search', '--help']\n"
        "from audobon_cli.cli.start import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "assert not {'typer', 'rich', 'audobon_cli.cli.main'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_help_of_a_command_is_its_own_help(audobon: Audobon) -> None:
    assert audobon("help", "assets", "export").out == audobon("assets", "export", "--help").out
    assert audobon("assets", "help", "export").out == audobon("help", "assets", "export").out
    assert audobon("help").out == audobon("--help").out
    assert audobon("help", "ls").out == audobon("help", "assets", "list").out
    wrong = audobon("help", "assets", "exprot")
    assert wrong.status == 2
    assert "`audobon help assets export`" in wrong.err


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_page(audobon: Audobon, topic: str) -> None:
    assert audobon("help", topic).out.startswith("# ")
    assert "```" not in topic_text(topic)
    assert topic in audobon("help", "topics").out
    included = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    page = FILES.get(topic, topic)
    assert f'"docs/{page}.md" = "audobon_cli/cli/grammar/pages/{page}.md"' in included
    assert topic not in KNOWN, "a command of that name would be shown"


def test_the_ten_tasks_are_ten() -> None:
    assert len(re.findall(r"^## \d+\. ", topic_text("tasks"), re.MULTILINE)) == 10


FORBIDDEN = (
    "that are there", "that is there", "for good", "so long", "take away", "take from", "may be given again", "at rest",
    "in a word", "how many at most", "go on behind", "the merge that waits", "a word on",
)  # fmt: skip
"""What no native speaker would write; the review's list."""


@pytest.mark.parametrize("path", [*COMMANDS, *GROUPS])
def test_texts_are_in_the_words_of_the_field(path: str) -> None:
    command = KNOWN[path]
    texts = [
        command["text"],
        *(one["help"] for one in (*command.get("arguments", ()), *command.get("options", ()))),
    ]
    for text in texts:
        assert [words for words in FORBIDDEN if words in text.lower()] == [], text
        assert text.rstrip().endswith((".", "…", ")")), text


def test_a_width_of_sixty_columns_is_enough() -> None:
    page = command_page("generate", {**KNOWN["generate"]}, 60, full=True)
    examples = set(KNOWN["generate"]["examples"])
    assert [line for line in page.splitlines() if len(line) > 60 and line.strip() not in examples] == []
    assert summary("Draw pictures from text.\nMore.") == "Draw pictures from text"


def test_the_manual_is_what_the_program_makes() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "man").iterdir()}
    assert written == man_pages(), "run `python -m audobon_cli.cli.reference docs`"


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_manual_is_roff() -> None:
    for path in sorted((ROOT / "docs" / "man").iterdir()):
        ran = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-Kutf8", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr == "", path.name


COUNTED = re.compile(
    r" (assets|files|jobs|points|recovery points|pictures|commits|conflicts|keys|models|groups|changes|thumbnails"
    r"|branches|tags|rows|lines)\b(?! at once)"
)
"""Nouns that follow a number; several pictures at once are never one."""


def test_numbers_and_nouns_agree() -> None:
    """Counts go through `plural`: no "1 assets"."""
    found = []
    for path in sorted((ROOT / "src" / "audobon_cli" / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                for value, text in itertools.pairwise(node.values):
                    said = text.value if isinstance(text, ast.Constant) else ""
                    if isinstance(value, ast.FormattedValue) and COUNTED.match(str(said)):
                        found.append(f"{path.name}:{node.lineno} {ast.unparse(node)}")
    assert found == []


def test_the_heading_of_one_group_is_not_anothers() -> None:
    shared = Annotated[str, typer.Option("--shared")]
    headed = make_dataclass("headed", [("one", shared)], namespace={"PANEL": "Output"})
    plain = make_dataclass("plain", [("one", shared)])
    panels = [
        parameter.annotation.__metadata__[0].rich_help_panel
        for group in (headed, plain)
        for parameter in option_parameters(group)
    ]
    assert panels == ["Output", None]
