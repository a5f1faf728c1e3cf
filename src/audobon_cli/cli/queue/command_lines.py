"""Command lines that are kept and run later: wrong ones are refused when they are written."""

from collections.abc import Sequence
from typing import Any

import typer

from audobon_cli.cli.grammar.usage_errors import ClickException, explain
from audobon_cli.cli.grammar.vocabulary import in_new_words
from audobon_cli.domain.errors import InvalidInput

NEVER_LATER = ("queue", "config")
"""Commands that steer the program itself."""


def check_command_line(words: Sequence[str]) -> None:
    """Raise InvalidInput for a command line that the program would refuse, or that is not one for later."""
    from audobon_cli.cli.main import app

    if words and words[0] in NEVER_LATER:
        raise InvalidInput(f"`audobon {words[0]}` cannot be a job.", hint="run it yourself")
    left, parsed = in_new_words(words).argv, typer.main.get_command(app)
    path = "audobon"
    while commands := getattr(parsed, "commands", None):
        word = left.pop(0) if left else ""
        if word not in commands:
            raise InvalidInput(f"There is no command `{path} {word}`.", hint=f"see `{path} --help`")
        parsed, path = commands[word], f"{path} {word}"
    _parse(parsed, path, left)


def _parse(parsed: Any, path: str, words: list[str]) -> None:
    try:
        parsed.make_context(path, words)
    except ClickException as error:
        raise InvalidInput(explain(error)[0], hint=f"see `{path} --help`") from error
