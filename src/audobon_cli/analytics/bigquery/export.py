"""`audobon analytics bigquery`: slice after slice into BigQuery."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from audobon_cli.analytics.bigquery.connection import BigQueryConnection
from audobon_cli.analytics.bigquery.destination import (
    location_of,
    make_staging,
    merge_statement,
    prepare_table,
    remove_staging,
    rows_in,
    schema_of,
)
from audobon_cli.analytics.bigquery.jobs import run_job
from audobon_cli.analytics.bigquery.watermarks import Watermark, Watermarks
from audobon_cli.analytics.files import ndjson_line
from audobon_cli.analytics.rows import EPOCH, AnalyticsSources, RowSlice, rows_of
from audobon_cli.analytics.tables import TABLES, Table
from audobon_cli.domain.events import Listener, Progress, ignore

SLICE_BYTES = 5 * 2**20
"""A multipart upload is meant for some megabytes."""


@dataclass(frozen=True, slots=True)
class WarehouseExport:
    """What to export: ``wanted.since`` is heeded if it is later than EPOCH or ``again``, else the watermark."""

    tables: tuple[str, ...]
    wanted: RowSlice
    again: bool = False


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """What became of a table: rows sent in how many slices; ``until`` is its watermark now."""

    table: str
    rows: int
    slices: int
    until: str


def export_to_warehouse(
    sources: AnalyticsSources,
    connection: BigQueryConnection,
    marks: Watermarks,
    request: WarehouseExport,
    listen: Listener = ignore,
) -> list[LoadedTable]:
    """Send the rows that the warehouse lacks, and merge them by id. Killed at any point, the same call goes on.

    Raises what `run_job` raises; slices before are taken then, and the watermark says so.
    """
    location, done = "", []
    for number, name in enumerate(request.tables):
        listen(Progress("exporting", number, len(request.tables), "tables"))
        mark, rows, slices = marks.get(name), 0, 0
        for lines in slices_of(sources, request, name, mark):
            if not location:
                location = location_of(connection)
            if not slices:
                prepare_table(connection, TABLES[name])
            mark = _take(connection, location, TABLES[name], lines, mark, request.wanted.written)
            marks.put(name, mark)
            rows, slices = rows + len(lines), slices + 1
        done.append(LoadedTable(name, rows, slices, mark.until))
    for one in done:
        if location and not one.until:  # so that views over all tables can be made, too
            prepare_table(connection, TABLES[one.table])
    listen(Progress("exporting", len(request.tables), len(request.tables), "tables"))
    return done


Line = tuple[str, bytes]
"""The time of a row, and the row as NDJSON."""


def slices_of(
    sources: AnalyticsSources, request: WarehouseExport, name: str, mark: Watermark
) -> Iterator[list[Line]]:
    """The rows of a table that are to be sent, in slices; those at the watermark that were taken are left out."""
    goes_on = not request.again and request.wanted.since == EPOCH and mark.until != ""
    wanted = (
        RowSlice(datetime.fromisoformat(_whole(mark.until)), request.wanted.written)
        if goes_on
        else request.wanted
    )
    taken = set(mark.edge) if goes_on else set()
    lines: list[Line] = []
    size = 0
    for row in rows_of(name, sources, wanted):
        line = ndjson_line(row).encode()
        moment = str(row[TABLES[name].time])
        if moment == mark.until and _digest(line) in taken:
            continue
        if lines and size + len(line) > SLICE_BYTES:
            yield lines
            lines, size = [], 0
        lines.append((moment, line))
        size += len(line) + 1
    if lines:
        yield lines


def _take(
    connection: BigQueryConnection,
    location: str,
    table: Table,
    lines: list[Line],
    mark: Watermark,
    written: bool,
) -> Watermark:
    """One slice: loaded, merged, staging removed; the watermark after it."""
    place = connection.place
    content = b"\n".join(line for _, line in lines) + b"\n"
    what = f"{place.name}\0{table.name}\0{mark.sequence}\0{mark.until}\0{written}\0".encode()
    ident = hashlib.sha256(what + content).hexdigest()[:32]
    staging = f"audobon_staging_{table.name}_{ident}"
    make_staging(connection, staging, table, round(time.time() * 1000))
    load = {
        "destinationTable": {"projectId": place.project, "datasetId": place.dataset, "tableId": staging},
        "sourceFormat": "NEWLINE_DELIMITED_JSON",
        "schema": {"fields": schema_of(table)},
        "writeDisposition": "WRITE_TRUNCATE",
        "maxBadRecords": 0,
    }
    run_job(connection, f"audobon_load_{ident}", location, {"load": load}, content)
    if rows_in(connection, staging) != len(lines):
        # That job was done by an export that was killed so long ago that what it loaded has ended since.
        run_job(connection, f"audobon_load_{ident}_{time.time_ns()}", location, {"load": load}, content)
    query = {"query": merge_statement(place.name, table, staging, written), "useLegacySql": False}
    run_job(connection, f"audobon_merge_{ident}", location, {"query": query})
    remove_staging(connection, staging)
    last = lines[-1][0]
    kept = mark.edge if last == mark.until else ()
    if last < mark.until:  # a slice from before the watermark does not move it back
        return Watermark(mark.until, mark.edge, mark.sequence + 1)
    edge = tuple(sorted({*kept, *(_digest(line) for moment, line in lines if moment == last)}))
    return Watermark(last, edge, mark.sequence + 1)


def _whole(moment: str) -> str:
    """A day as its first moment, with the zone that all times here have."""
    return moment if "T" in moment else f"{moment}T00:00:00+00:00"


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:16]
