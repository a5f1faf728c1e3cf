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
            found.extend(line.strip() for line in _piped().splitlines() if line.strip())
        else:
            found.append(argument)
    return found or [""]


def _piped() -> str:
    try:
        return decode_file(sys.stdin.buffer.read())
    except UnicodeDecodeError as error:
        raise InvalidInput("The prompts on stdin are not UTF-8.", hint="save them as UTF-8") from error
