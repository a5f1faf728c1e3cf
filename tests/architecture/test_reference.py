"""The reference pages say what the program does."""

import shlex
from pathlib import Path

import pytest
import typer

from audobon_cli.cli import reference
from audobon_cli.cli.main import app
from audobon_cli.cli.options import with_optional_values
from audobon_cli.domain.errors import error_classes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["capabilities", "commands", "errors", "renamed"])
def test_the_page_is_what_the_program_makes(page: str) -> None:
    made = getattr(reference, f"{page}_page")()
    written = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert written == made, "run `python -m audobon_cli.cli.reference docs`"


@pytest.mark.parametrize(("name", "command"), list(reference.commands()))
def test_every_command_has_help_and_examples_that_parse(name: str, command: object) -> None:
    assert getattr(command, "help", "")
    lines = reference.examples(command)
    assert lines
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        words = words[: words.index("<")] if "<" in words else words
        root = typer.main.get_command(app)
        parsed = root
        context = None
        while getattr(parsed, "commands", None):
            parsed = parsed.commands[words.pop(0)]
        context = parsed.make_context(name, with_optional_values(words))
        assert context is not None


@pytest.mark.parametrize(("name", "command"), list(reference.commands()))
def test_every_option_has_help_and_every_command_the_common_ones(name: str, command: object) -> None:
    options = {opt: p for p in command.params for opt in p.opts}  # type: ignore[attr-defined]
    assert {"--json", "--events", "--quiet", "--library", "--offline", "--debug"} <= set(options)
    assert all(p.help for p in options.values())


def test_codes_are_unique_and_statuses_in_their_family() -> None:
    classes = error_classes()
    assert len({cls.code for cls in classes}) == len(classes)
    for cls in classes:
        assert cls.summary.endswith(".")
        assert (cls.exit_status == 2) == cls.code.startswith("usage."), cls
