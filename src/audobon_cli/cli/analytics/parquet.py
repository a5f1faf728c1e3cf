"""``audobon analytics parquet``, ``csv`` and ``ndjson``: the tables as files."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.analytics.options import SliceOptions, sources
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

Folder = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="The folder that gets a file for each table.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
HERE = Path("analytics")
COLUMNS = (Column("table"), Column("rows", Kind.NUMBER), Column("file", Kind.PROSE))


@command(
    "parquet", examples=["audobon analytics parquet --out tables", "audobon analytics parquet --table assets"]
)
def parquet(session: Session, which: SliceOptions, out: Folder = HERE, overwrite: Overwrite = False) -> None:
    """Write the tables as Parquet files.

    Needs the extra `parquet`. Prompts, names and notes are left out; --with-prompts takes them along.
    """
    _export(session, "parquet", which, out, overwrite)


@command(
    "csv", examples=["audobon analytics csv --out tables", "audobon analytics csv --since 7d --overwrite"]
)
def csv(session: Session, which: SliceOptions, out: Folder = HERE, overwrite: Overwrite = False) -> None:
    """Write the tables as CSV files.

    Prompts, names and notes are left out; --with-prompts takes them along.
    """
    _export(session, "csv", which, out, overwrite)


@command(
    "ndjson",
    examples=["audobon analytics ndjson --out tables --json", "audobon analytics ndjson --table runs"],
)
def ndjson(session: Session, which: SliceOptions, out: Folder = HERE, overwrite: Overwrite = False) -> None:
    """Write the tables as JSON lines.

    Prompts, names and notes are left out; --with-prompts takes them along.
    """
    _export(session, "ndjson", which, out, overwrite)


def _export(session: Session, kind: str, which: SliceOptions, out: Path, overwrite: bool) -> None:
    from audobon_cli.analytics.files import TableExport, TableFormat, export_tables

    request = TableExport(which.tables, out.expanduser(), TableFormat(kind), which.slice(), overwrite)
    written = export_tables(sources(session), request)
    data = {
        "format": kind,
        "with_prompts": which.with_prompts,
        "tables": [
            {"table": one.table, "path": str(one.path), "rows": one.rows, "until": one.until}
            for one in written
        ],
    }
    session.out.result(
        data, lambda: session.out.table(COLUMNS, [(one.table, one.rows, str(one.path)) for one in written])
    )
    session.out.note(f"{plural(sum(one.rows for one in written), 'row')}.")
