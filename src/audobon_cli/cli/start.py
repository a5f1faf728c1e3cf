"""The console script: pages of help at once, everything else from the tree of commands.

What is answered here imports neither Typer nor a command.
"""

import os
import sys
from typing import NoReturn

from audobon_cli.cli.grammar.vocabulary import in_new_words


def main() -> NoReturn:
    """Run the command line of this process."""
    try:
        page = _page()
        if page is not None:
            sys.stdout.write(f"{page}\n")
            sys.stdout.flush()
            sys.exit(0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    from audobon_cli.cli.main import main as run

    run()


def _page() -> str | None:
    """The page of help that the command line asks for; None for any other."""
    argv = sys.argv[1:]
    if argv == ["--version"]:
        from audobon_cli.__about__ import __version__

        return f"audobon {__version__}"
    if argv[-1:] not in (["-h"], ["--help"]):
        return None
    from audobon_cli.cli.grammar.pages import help_asked_for

    return help_asked_for(in_new_words(argv).argv)
