"""``.csv``, a column an option, and ``.jsonl``, an object a line."""

import csv
import io
import re
from collections.abc import Iterator, Mapping

from audobon_cli.batch.syntax.fields import PROMPT, Fields, Vocabulary, names_in, option_name, rows_of
from audobon_cli.batch.syntax.rows import MAX_PROBLEMS, BatchProblem, Gathering, ParsedBatch
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import KeyTwice, parse_json, shortened

_SEPARATOR = re.compile(r"\"?sep=(.)\"?[ \t]*(?:\n|\Z)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_NUMBERS = frozenset({"guidance", "strength"})
_WEIGHTED = frozenset({"lora", "control", "reference", "refiner"})
"""Options whose value ends in a number behind a colon."""
_WHOLE_NUMBERS = frozenset({"seed", "steps", "count", "candidates"})
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d+\Z)")
_WHOLE = re.compile(r"\A(\d+)[.,]0+\Z")

Records = Iterator[tuple[int, Fields | InvalidInput]]


def parse_csv(text: str, vocabulary: Vocabulary) -> ParsedBatch:
    """The rows of ``text``, whose first line names the columns; a name that comes twice gives an option twice.

    Commas, semicolons or tabs part the cells, whichever the first line has, or what a line ``sep=;`` before it says
    (Excel's). Empty cells count as not given; numbers may be written as spreadsheets do (``7,5`` beside semicolons,
    ``7.0``).
    """
    return _collect(_csv_records(text, vocabulary), vocabulary)


def parse_jsonl(text: str, vocabulary: Vocabulary) -> ParsedBatch:
    """The rows of ``text``, an object a line. Empty lines are left out."""
    return _collect(_json_records(text), vocabulary)


def _collect(records: Records, vocabulary: Vocabulary) -> ParsedBatch:
    listed = []
    problems = 0
    for line, record in records:
        listed.append((line, record))
        problems += isinstance(record, InvalidInput)
        if problems == MAX_PROBLEMS:
            break
    used = frozenset(name for _, record in listed if isinstance(record, Mapping) for name in names_in(record))
    found = Gathering()
    for line, record in listed:
        if found.is_full:
            break
        if isinstance(record, InvalidInput):
            found.problems.append(BatchProblem.of(line, record))
        else:
            found.take(line, rows_of(line, record, vocabulary, used))
    return found.parsed()


def _csv_records(text: str, vocabulary: Vocabulary) -> Records:
    separator_line = _SEPARATOR.match(text)
    heading = next(
        (line for line in text.split("\n")[1 if separator_line else 0 :] if line.strip(' ,;\t"')), ""
    )
    delimiter = separator_line[1] if separator_line else max(",;\t", key=_QUOTED.sub("", heading).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, InvalidInput(f"The row cannot be read: {error}.", hint="close its quotes")
            return
        if not any(cell.strip() for cell in cells) or (separator_line and line == 1):
            continue
        if names is None:
            names = [_column(cell, vocabulary) for cell in cells]
            if PROMPT not in names:
                yield line, InvalidInput("No column is called prompt.", hint="name the columns first")
                return
        elif any(cell.strip() for cell in cells[len(names) :]):
            yield (
                line,
                InvalidInput(
                    f"The row has {len(cells)} cells for {len(names)} columns.",
                    hint=f"put a value that has a {delimiter!r} in it in double quotes",
                ),
            )
        else:
            yield line, _gathered(names, cells, delimiter)


def _column(cell: str, vocabulary: Vocabulary) -> str:
    """The name of a column: of the prompt and of options in any case, ``Init image`` too; variables as written."""
    name = cell.strip()
    lowered = option_name(name.casefold()).replace(" ", "-")
    return lowered if lowered == PROMPT or lowered in vocabulary.options else name


def _gathered(names: list[str], cells: list[str], delimiter: str) -> Fields:
    found: dict[str, list[str]] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell.strip():
            found.setdefault(name, []).append(_number(name, cell.strip(), delimiter))
    return found


def _number(name: str, cell: str, delimiter: str) -> str:
    """``cell`` as the option ``name`` takes it: with a point for a decimal comma, and whole where it must be."""
    if delimiter != "," and (name in _NUMBERS or name in _WEIGHTED):
        cell = _DECIMAL_COMMA.sub(".", cell)
    return _WHOLE.sub(r"\1", cell) if name in _WHOLE_NUMBERS else cell


def _json_records(text: str) -> Records:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            record = parse_json(written, unlike=True)
        except KeyTwice as error:
            yield (
                line,
                InvalidInput(
                    f"The row has {shortened(str(error))} twice.",
                    hint="give an option several times by a list of its values",
                ),
            )
            continue
        except ValueError as error:
            yield line, InvalidInput(f"The line is not JSON: {error}.", hint="write one object a line")
            continue
        if isinstance(record, dict):
            yield line, record
        else:
            yield (
                line,
                InvalidInput(
                    f"The line is a {type(record).__name__}, not an object.", hint='write {"prompt": "..."}'
                ),
            )
