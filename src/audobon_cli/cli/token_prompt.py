"""Keys and tokens, typed or piped in, seen by no other process and no history."""

import sys

from audobon_cli.cli.screen.asking import ask_secret
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import without_mark


def read_token(stdin: bool) -> str:
    """The token, from where no other process and no history can see it."""
    if stdin:
        return without_mark(sys.stdin.read(8192))
    typed = ask_secret("Token (not shown)")
    if typed is None:
        raise InvalidInput(
            "The token cannot be asked for: stdin is not a terminal.",
            hint="pipe it in: add --stdin < token.txt",
        )
    return typed
