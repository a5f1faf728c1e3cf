"""``.csv``, a column an option, and ``.jsonl``, an object a line."""

import csv
import io
from collections.abc import Iterator, Mapping

from audobon_cli.batch.syntax.fields import PROMPT, Fields, Vocabulary, names_in, rows_of
from audobon_cli.batch.syntax.rows import MAX_PROBLEMS, BatchProblem, Gathering, ParsedBatch
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import parse_json

Records = Iterator[tuple[int, Fields | InvalidInput]]


def parse_csv(text: str, vocabulary: Vocabulary) -> ParsedBatch:
    """The rows of ``text``, whose first line names the columns; a name that comes twice gives an option twice.

    Commas, semicolons or tabs part the cells, whichever the first line has. Empty cells count as not given.
    """
    return _collect(_csv_records(text), vocabulary)


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


def _csv_records(text: str) -> Records:
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
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
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            names = [cell.strip() for cell in cells]
            if PROMPT not in names:
                yield line, InvalidInput("No column is called prompt.", hint="name the columns first")
                return
        elif len(cells) > len(names):
            yield (
                line,
                InvalidInput(
                    f"The row has {len(cells)} cells for {len(names)} columns.",
                    hint=f"put a value that has a {delimiter!r} in it in double quotes",
                ),
            )
        else:
            yield line, _gathered(names, cells)


def _gathered(names: list[str], cells: list[str]) -> Fields:
    found: dict[str, list[str]] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell.strip():
            found.setdefault(name, []).append(cell.strip())
    return found


def _json_records(text: str) -> Records:
    for line, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        try:
            record = parse_json(written)
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
