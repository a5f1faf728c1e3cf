"""The tables as files: CSV, NDJSON, Parquet; whole or not at all, and the same bytes for the same rows."""

import csv
import io
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from audobon_cli.analytics.rows import AnalyticsSources, Row, RowSlice, rows_of
from audobon_cli.analytics.tables import TABLES, ColumnType, Table
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import output_errors, output_exists, sync_descriptor

ROWS_AT_ONCE = 50_000
"""Rows of a row group in Parquet, and as many in memory."""
EXTRA = "parquet"


class TableFormat(StrEnum):
    """The formats, by the ends of their files' names."""

    PARQUET = "parquet"
    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table that was written: where, how many rows, and the time of the last one, with which the next may begin."""

    table: str
    path: Path
    rows: int
    until: str | None


@dataclass(frozen=True, slots=True)
class TableExport:
    """What to write: which tables, into which folder, as what; ``overwrite`` files that are there."""

    tables: tuple[str, ...]
    folder: Path
    format: TableFormat
    wanted: RowSlice
    overwrite: bool = False


def export_tables(sources: AnalyticsSources, request: TableExport) -> list[ExportedTable]:
    """Write each table to a file of its name.

    Raises InvalidInput for Parquet without pyarrow, OutputExists before anything is written, OutputUnwritable, and
    what the stores raise.
    """
    if request.format is TableFormat.PARQUET:
        _require_pyarrow()
    paths = {name: request.folder / f"{name}.{request.format.value}" for name in request.tables}
    for path in paths.values():
        if path.exists() and not request.overwrite:
            raise output_exists(path)
    return [_write(sources, request, name, path) for name, path in paths.items()]


def ndjson_line(row: Row) -> str:
    """A row as a line, without the end of line; what is null is left out, as BigQuery reads it."""
    known = {name: value for name, value in row.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


class _Counting:
    """Rows on their way, counted; ``until`` is the latest time among them."""

    def __init__(self, rows: Iterator[Row], time: str) -> None:
        self._rows, self._time = rows, time
        self.count, self.until = 0, None

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            self.until = row[self._time]
            yield row


def _write(sources: AnalyticsSources, request: TableExport, name: str, path: Path) -> ExportedTable:
    table = TABLES[name]
    rows = _Counting(rows_of(name, sources, request.wanted), table.time)
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with draft.open("wb") as file:
                _WRITERS[request.format](file, table, rows)
                file.flush()
                sync_descriptor(file.fileno())
            current().replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return ExportedTable(name, path, rows.count, rows.until)


def _write_ndjson(file: IO[bytes], table: Table, rows: Iterable[Row]) -> None:
    for row in rows:
        file.write(ndjson_line(row).encode() + b"\n")


def _write_csv(file: IO[bytes], table: Table, rows: Iterable[Row]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)  # RFC 4180: CRLF at the ends of lines
    writer.writerow([column.name for column in table.columns])
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    text.detach()


def _cell(value: Any) -> Any:
    """A list as JSON; a text that a spreadsheet would run as a formula behind an apostrophe."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _require_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise InvalidInput(
            "Writing Parquet needs an extra (pyarrow, some 55 MB).",
            hint=f"pip install 'audobon-cli[{EXTRA}]'; CSV and NDJSON need none",
        ) from error


def _write_parquet(file: IO[bytes], table: Table, rows: Iterable[Row]) -> None:
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema(
        [
            pyarrow.field(
                column.name,
                pyarrow.list_(_arrow(column.type)) if column.repeated else _arrow(column.type),
                nullable=column.name != "id",
                metadata={"description": column.description},
            )
            for column in table.columns
        ]
    )
    times = {
        column.name for column in table.columns if column.type in (ColumnType.TIMESTAMP, ColumnType.DATE)
    }
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        unread = iter(rows)
        while batch := list(itertools.islice(unread, ROWS_AT_ONCE)):
            columns = {
                name: _arrow_values([row[name] for row in batch], name in times) for name in schema.names
            }
            writer.write_table(pyarrow.table(columns, schema=schema))


def _arrow(kind: ColumnType) -> Any:
    import pyarrow

    return {
        ColumnType.STRING: pyarrow.string(),
        ColumnType.INTEGER: pyarrow.int64(),
        ColumnType.FLOAT: pyarrow.float64(),
        ColumnType.TIMESTAMP: pyarrow.timestamp("us", tz="UTC"),
        ColumnType.DATE: pyarrow.date32(),
    }[kind]


def _arrow_values(values: list[Any], are_times: bool) -> list[Any]:
    from datetime import date, datetime

    if not are_times:
        return values
    return [
        None
        if value is None
        else datetime.fromisoformat(value)
        if "T" in value
        else date.fromisoformat(value)
        for value in values
    ]


_WRITERS = {
    TableFormat.PARQUET: _write_parquet,
    TableFormat.CSV: _write_csv,
    TableFormat.NDJSON: _write_ndjson,
}
