"""Prompts on the command line."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import decode_file

if TYPE_CHECKING:
    from audobon_cli.cli.requests.drawing import DrawingOptions
    from audobon_cli.cli.session import Session
    from audobon_cli.domain.request import GenerationRequest, ResolvedRequest

MOST_SHOWN = 20
"""Prompts of a batch whose added words are told."""


@dataclass(frozen=True, slots=True)
class PromptOptions:
    """What is done to the words."""

    PANEL: ClassVar[str] = "Words"

    enhance: Annotated[
        bool, typer.Option("--enhance/--no-enhance", help="Add a look and a colour that suit; tell which.")
    ] = False


def say_enhanced(
    session: "Session", requests: Sequence["GenerationRequest | ResolvedRequest"], asked: bool
) -> None:
    """Tell which words --enhance added to the prompts of ``requests``; with ``asked`` also where there were none."""
    shown = list(dict.fromkeys((one.prompt, one.enhanced) for one in requests if one.enhanced or asked))
    for prompt, added in shown[:MOST_SHOWN]:
        own = prompt.removeprefix(f"{added} ") if added else prompt
        words = ", ".join(added.split())
        session.out.note(f"{own!r}: added {words}." if added else f"{own!r}: there is nothing to add.")
    if len(shown) > MOST_SHOWN:
        session.out.note(
            f"and to {len(shown) - MOST_SHOWN} prompts more; recipes have the words as `enhanced`."
        )


def typed_prompts(arguments: Sequence[str]) -> list[str]:
    """The prompts, with ``-`` replaced by the non-empty lines of stdin."""
    found: list[str] = []
    for argument in arguments:
        if argument == "-":
            found.extend(line.strip() for line in _text().splitlines() if line.strip())
        else:
            found.append(argument)
    return found or [""]


def typed_negative(drawing: "DrawingOptions") -> "DrawingOptions":
    """``drawing`` with its --negative as it is typed alone, as in ``one_prompt``. Raises InvalidInput."""
    from audobon_cli.generation.typed_prompts import one_prompt

    return replace(drawing, negative=one_prompt(drawing.negative, "--negative"))


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
