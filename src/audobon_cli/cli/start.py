"""The console script: pages of help at once, everything else from the tree of commands.

What is answered here imports neither Typer nor a command.
"""

import gc
import os
import sys
from typing import NoReturn

from audobon_cli.cli.grammar.vocabulary import in_new_words


def main() -> NoReturn:
    """Run the command line of this process."""
    # What is imported stays: looking for garbage in it took a twelfth of a short command. Sessions turn it on again.
    gc.disable()
    # The threads of NumPy's BLAS look for work for some 30 ms, on processors of others, before they go to sleep.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    if sys.stdout is not None and sys.stdout.encoding.lower() != "utf-8":
        from audobon_cli.platforms import current

        current().prepare_streams()
    try:
        text, status = _answer_at_once()
        if text is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
            sys.exit(status)
    except BrokenPipeError:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    from audobon_cli.cli.main import main as run

    run()


def _answer_at_once() -> tuple[str | None, int]:
    """A shell's completions, or the page of help that the command line asks for; None for any other command line."""
    if "_AUDOBON_COMPLETE" in os.environ:
        from audobon_cli.cli.grammar.completion import answer_shell

        return answer_shell(os.environ) or (None, 0)
    page = _page(sys.argv[1:])
    return (f"{page}\n" if page is not None else None), 0


def _page(argv: list[str]) -> str | None:
    """The page of help that ``argv`` asks for; None for any other command line."""
    if argv == ["--version"]:
        from audobon_cli.__about__ import __version__

        return f"audobon {__version__}"
    if argv[-1:] not in (["-h"], ["--help"]):
        return None
    from audobon_cli.cli.grammar.pages import help_asked_for

    return help_asked_for(in_new_words(argv).argv)
