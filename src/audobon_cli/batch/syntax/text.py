"""``.txt``: a prompt a line, its options behind it: ``a cute dragon --seed 7 --size 64``."""

import re
import shlex
from collections.abc import Iterator

from audobon_cli.batch.syntax.rows import (
    MAX_LINE,
    BatchProblem,
    BatchRow,
    Gathering,
    ParsedBatch,
    line_too_long,
)
from audobon_cli.batch.syntax.templates import Names, check_length, expand
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import shortened

_FLAGS = re.compile(r"(?:^|\s)(?=--[A-Za-z]|-[no][\s=\d])")
"""Where a line's options begin."""


def parse_lines(text: str, names: Names) -> ParsedBatch:
    """The rows of ``text``. Empty lines and those that begin with ``#`` are left out.

    ``\\#`` at the beginning and ``\\--`` anywhere are text. Options are split as in a shell: quotes keep
    words together; a backslash is itself.
    """
    found = Gathering()
    for number, line in enumerate(text.split("\n"), 1):
        if found.is_full:
            break
        stripped = line.strip()
        if len(stripped) > MAX_LINE:
            found.problems.append(BatchProblem.of(number, line_too_long(len(stripped))))
        elif stripped and not stripped.startswith("#"):
            found.take(number, _rows(number, stripped, names))
    return found.parsed()


def _rows(number: int, line: str, names: Names) -> Iterator[BatchRow]:
    check_length(line)
    prompt, flags = split_flags(line)
    if not prompt:
        raise InvalidInput("The line has options and no prompt.", hint="write what to draw before them")
    for words in expand((prompt, *flags), names):
        yield BatchRow(number, words[0], words[1:])


def split_flags(line: str) -> tuple[str, tuple[str, ...]]:
    """The prompt in ``line``, and its options in words. Raises InvalidInput for a quote without its partner."""
    found = _FLAGS.search(line)
    prompt, rest = (line, "") if found is None else (line[: found.start()], line[found.end() :])
    lexer = shlex.shlex(rest, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        flags = tuple(lexer)
    except ValueError as error:
        raise InvalidInput(
            f"A quote in {shortened(rest)} is not closed.", hint="put values with spaces between two quotes"
        ) from error
    return re.sub(r"^\\#", "#", prompt.strip()).replace("\\--", "--"), flags
