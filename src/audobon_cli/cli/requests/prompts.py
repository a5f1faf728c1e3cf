"""Prompts on the command line."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import decode_file

if TYPE_CHECKING:
    from audobon_cli.cli.session import Session


@dataclass(frozen=True, slots=True)
class PromptOptions:
    """What is done to the words."""

    PANEL: ClassVar[str] = "Words"

    enhance: Annotated[
        bool, typer.Option("--enhance", help="Add a look and a colour that suit; tell which.")
    ] = False


def enhanced_prompts(session: "Session", texts: Sequence[str], options: PromptOptions) -> list[str]:
    """``texts``, with the words that --enhance adds, which are told."""
    if not options.enhance:
        return list(texts)
    from audobon_cli.prompts.enhance import enhanced

    found = [enhanced(text) for text in texts]
    for text, one in zip(texts, found, strict=True):
        added = ", ".join(one.added)
        session.out.note(f"{text!r}: added {added}." if added else f"{text!r}: there is nothing to add.")
    return [one.text for one in found]


def typed_prompts(arguments: Sequence[str]) -> list[str]:
    """The prompts, with ``-`` replaced by the non-empty lines of stdin."""
    found: list[str] = []
    for argument in arguments:
        if argument == "-":
            found.extend(line.strip() for line in _text().splitlines() if line.strip())
        else:
            found.append(argument)
    return found or [""]


def piped(most: int) -> bytes:
    """What is on stdin. Raises InvalidInput for more than ``most`` bytes."""
    from audobon_cli.domain.foreign.documents import read_stream

    try:
        return read_stream(sys.stdin.buffer, most)
    except ValueError as error:
        raise InvalidInput(
            f"What is on stdin cannot be read: {error}.", hint="pipe less at a time"
        ) from error


def _text() -> str:
    from audobon_cli.domain.foreign.documents import MOST_BYTES

    try:
        return decode_file(piped(MOST_BYTES))
    except UnicodeDecodeError as error:
        raise InvalidInput("The prompts on stdin are not UTF-8.", hint="save them as UTF-8") from error
