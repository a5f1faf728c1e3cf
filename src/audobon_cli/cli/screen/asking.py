"""Questions to a person: one way to ask, one thing said where nobody is there, and an end at Ctrl-C and Ctrl-D."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from audobon_cli.domain.errors import Interrupted, InvalidInput

NOTHING_CHANGED = "Nothing was changed."


def is_agreed(
    question: str, refusal: str, hint: str = "", usual: bool = False, ended: str = NOTHING_CHANGED
) -> bool:
    """What a person answers to ``question``; ``usual`` for Enter alone.

    Where nobody can be asked it raises InvalidInput that begins with ``refusal`` ("This removes 3 assets
    permanently"); ``hint`` goes on after "add --yes" with what the command can show beforehand. Raises Interrupted at
    Ctrl-C and Ctrl-D, which says ``ended``.
    """
    if not sys.stdin.isatty():
        raise InvalidInput(f"{refusal}, and cannot ask: stdin is not a terminal.", hint=f"add --yes{hint}")
    with _ending(ended):
        return typer.confirm(question, default=usual, err=True)


def ask_secret(question: str, repeat: bool = False) -> str | None:
    """What a person types without its being shown, twice with ``repeat``; None where nobody is there.

    Raises Interrupted at Ctrl-C and Ctrl-D.
    """
    if not sys.stdin.isatty():
        return None
    # Not typer.prompt: it writes the question before the terminal stops showing what is typed, and what was typed in
    # between is lost.
    while True:
        with _ending():
            typed = getpass.getpass(f"{question}: ")
            again = getpass.getpass(f"{question}, again: ") if repeat and typed else typed
        if not typed:
            continue
        if again == typed:
            return typed
        sys.stderr.write("The two are not the same. Again, please.\n")


@contextmanager
def _ending(ended: str = NOTHING_CHANGED) -> Iterator[None]:
    try:
        yield
    except (typer.Abort, EOFError, KeyboardInterrupt) as error:
        sys.stderr.write("\n")  # the question stands on a line that was not ended
        raise Interrupted(ended) from error
