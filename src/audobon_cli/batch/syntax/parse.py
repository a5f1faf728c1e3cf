"""A batch in any of its formats."""

from pathlib import PurePath

from audobon_cli.batch.syntax.csv_jsonl import parse_csv, parse_jsonl
from audobon_cli.batch.syntax.fields import Vocabulary
from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.batch.syntax.rows import MAX_ROWS, BatchProblem, ParsedBatch, too_many
from audobon_cli.batch.syntax.templates import Names
from audobon_cli.batch.syntax.text import parse_lines
from audobon_cli.batch.syntax.toml_file import parse_toml
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.domain.foreign.text import decode_file

SUFFIXES = {f".{form.value}": form for form in BatchFormat} | {
    ".text": BatchFormat.TXT,
    ".tsv": BatchFormat.CSV,
    ".ndjson": BatchFormat.JSONL,
}

MOST_BATCH_BYTES = 32 * 2**20
"""100,000 rows of 300 characters."""


def parse_batch(data: bytes, form: BatchFormat, vocabulary: Vocabulary) -> ParsedBatch:
    """The rows of a batch written in ``form``, in UTF-8, or UTF-16 with its mark. Problems are those of all lines."""
    if data.startswith(b"PK\3\4"):
        return ParsedBatch((), (BatchProblem(1, "The file is a spreadsheet.", "save it as CSV (UTF-8)"),))
    if len(data) > MOST_BATCH_BYTES:
        problem = BatchProblem(
            1, f"The batch is larger than {MOST_BATCH_BYTES // 2**20} MiB.", "write several files"
        )
        return ParsedBatch((), (problem,))
    try:
        text = decode_file(data)
    except UnicodeDecodeError as error:
        return ParsedBatch((), (_undecoded(data, error.start),))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if form is BatchFormat.TXT:
        parsed = parse_lines(text, Names(wildcards=vocabulary.wildcards))
    elif form is BatchFormat.CSV:
        parsed = parse_csv(text, vocabulary)
    elif form is BatchFormat.JSONL:
        parsed = parse_jsonl(text, vocabulary)
    else:
        parsed = parse_toml(text, vocabulary)
    if len(parsed.rows) > MAX_ROWS:
        return ParsedBatch((), (BatchProblem.of(1, too_many(len(parsed.rows))),))
    if not parsed.rows and not parsed.problems:
        return ParsedBatch((), (BatchProblem(1, "The batch has no rows.", "write a prompt a line"),))
    return parsed


def _undecoded(data: bytes, place: int) -> BatchProblem:
    """That the text is not UTF-8. What else it is cannot be told: one byte is è in the West and č in Prague."""
    byte = data[place : place + 1]
    maybe = byte.decode("cp1252", "replace")
    shown = (
        f" (byte {byte.hex().upper()}, which would be {maybe} in Windows-1252)" if maybe != "\ufffd" else ""
    )
    return BatchProblem(
        data.count(b"\n", 0, place) + 1,
        f"The line is not UTF-8{shown}.",
        'save the file as UTF-8; in Excel as "CSV UTF-8 (Comma delimited)"',
    )


def format_of(name: str, data: bytes) -> BatchFormat:
    """The format of the file ``name`` by its suffix; without one that is known, JSON lines are told by
    their first line, and all else is a prompt a line."""
    known = SUFFIXES.get(PurePath(name).suffix.lower())
    if known is not None:
        return known
    first = next((line for line in data.splitlines() if line.strip()), b"")
    try:
        return BatchFormat.JSONL if isinstance(parse_json(first), dict) else BatchFormat.TXT
    except ValueError:
        return BatchFormat.TXT
