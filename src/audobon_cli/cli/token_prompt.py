"""Keys and tokens, typed or piped in, seen by no other process and no history."""

import sys

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.text import without_mark


def read_token(stdin: bool) -> str:
    """The token, from where no other process and no history can see it."""
    if stdin:
        return without_mark(sys.stdin.read(8192))
    if not sys.stdin.isatty():
        raise InvalidInput(
            "There is no terminal to ask for the token at.",
            hint="pipe it in: add --stdin < token.txt",
        )
    import getpass

    return getpass.getpass("Token (not shown): ")
