"""Prompts on the command line."""

import sys
from collections.abc import Sequence

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import decode_file


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
