"""What a batch file comes down to: rows in order, and the problems of those that are none."""

from collections.abc import Iterator, Sequence
from dataclasses import field

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import AudobonError, BatchInvalid, InvalidInput

MAX_ROWS = 100_000
"""More than a machine draws in a month; the bound catches slips such as a range of a million."""

MAX_PROBLEMS = 1_000
"""So many lines that cannot be used are a file of another kind: the rest is not looked at."""


MAX_LINE = 65_536
"""Characters of a line; a text encoder reads some hundred."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row: a prompt, and the options that it gives, as words of a command line.

    ``line`` is where it stands in the file, from 1 (for a TOML job, where the job begins); several rows
    come of a line with choices. Values stand behind ``=`` where the file did not write flags itself.
    """

    line: int
    prompt: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchProblem:
    """Why a line cannot be used."""

    line: int
    message: str
    hint: str = ""

    @classmethod
    def of(cls, line: int, error: AudobonError) -> "BatchProblem":
        """The problem that ``error`` states."""
        return cls(line, error.message, error.hint)

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"line": self.line, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """All rows of a file in order, and all problems."""

    rows: tuple[BatchRow, ...]
    problems: tuple[BatchProblem, ...] = ()


@dataclass(slots=True)
class Gathering:
    """The rows of a file as they are found."""

    rows: list[BatchRow] = field(default_factory=list)
    problems: list[BatchProblem] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether there are more problems than are worth looking for."""
        return len(self.problems) >= MAX_PROBLEMS

    def take(self, line: int, rows: Iterator[BatchRow]) -> None:
        """Take the ``rows`` of a line; an InvalidInput that they raise is the line's problem."""
        try:
            for row in rows:
                self.rows.append(row)
                if len(self.rows) > MAX_ROWS:
                    raise too_many(len(self.rows))
        except InvalidInput as error:
            self.problems.append(BatchProblem.of(line, error))

    def parsed(self) -> ParsedBatch:
        """What was found."""
        return ParsedBatch(tuple(self.rows), tuple(self.problems))


SHOWN_PROBLEMS = 20


def batch_invalid(source: str, problems: Sequence[BatchProblem]) -> BatchInvalid:
    """The error for the ``problems`` of the batch ``source``: its words show the first, its details have all."""
    many = f"{len(problems)} lines" if len(problems) > 1 else "1 line"
    shown = [
        f"\n  line {one.line}: {one.message}" + (f" ({one.hint})" if one.hint else "")
        for one in problems[:SHOWN_PROBLEMS]
    ]
    more = len(problems) - len(shown)
    rest = f"\n  and {more} more, which --json lists" if more else ""
    return BatchInvalid(
        f"{many} of {source} cannot be used:{''.join(shown)}{rest}",
        hint="nothing was made; mend them and run the same command again",
        lines=[one.to_dict() for one in problems],
    )


def line_too_long(count: int) -> InvalidInput:
    """The error for a line, or a cell, of ``count`` characters."""
    return InvalidInput(
        f"That is {count:,} characters long, and the most is {MAX_LINE:,}.", hint="write several lines"
    )


def too_many(count: int) -> InvalidInput:
    """The error for a file or line that stands for ``count`` rows."""
    return InvalidInput(
        f"That makes {count:,} rows or more, and a batch has at most {MAX_ROWS:,}.",
        hint="take out choices, or write several files",
    )
