"""``audobon analytics bigquery``."""

import os
from dataclasses import replace
from typing import Annotated

import typer

from audobon_cli.cli.analytics.options import SliceOptions, sources
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput, SourceOffline
from audobon_cli.domain.units import plural

COLUMNS = (Column("table"), Column("rows", Kind.NUMBER), Column("up to"))


@command(
    "bigquery",
    examples=[
        "audobon analytics bigquery my-project.art --dry-run",
        "audobon analytics bigquery my-project.art --table calls --table runs",
    ],
)
def bigquery(
    session: Session,
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="An existing dataset, as PROJECT.DATASET.")
    ],
    which: SliceOptions,
    again: Annotated[
        bool, typer.Option("--again", help="All rows again, so that later changes of assets are sent, too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Print the rows that would be sent; send nothing.")
    ] = False,
) -> None:
    """Send new rows of the tables to BigQuery.

    Each row is there once, by its id, however often this is run or killed. Prompts, names and notes are left out.
    """
    from audobon_cli.analytics.bigquery.connection import BigQueryConnection, WarehousePlace
    from audobon_cli.analytics.bigquery.export import WarehouseExport, export_to_warehouse
    from audobon_cli.analytics.bigquery.watermarks import Watermarks
    from audobon_cli.cli.listening import listening
    from audobon_cli.transfer.retry import GOOGLE_RETRIES

    project, _, name = dataset.replace(":", ".").rpartition(".")
    if not project or not name.replace("_", "").isalnum():
        raise InvalidInput(f"{dataset!r} is no dataset.", hint="write it as PROJECT.DATASET")
    workspace = session.workspace
    endpoint = os.environ.get("BIGQUERY_EMULATOR_HOST", "")
    access = workspace.backup.google
    place = WarehousePlace(project, name, endpoint.rstrip("/"), access.impersonate if access else "")
    marks = Watermarks.of(workspace.locations.metrics / "exported", place.name, workspace.library_path)
    request = WarehouseExport(which.tables, which.slice(), again)
    if dry_run:
        _foresee(session, marks, request, which)
        return
    if workspace.settings.offline:
        raise SourceOffline(
            "BigQuery is on the network, and --offline or the setting forbids it.",
            hint="`audobon export ndjson` writes files, or leave out --offline",
        )
    connection = BigQueryConnection(place, retries=replace(GOOGLE_RETRIES, listen=session.out.tell))
    try:
        with listening(session.out) as listen:
            done = export_to_warehouse(sources(session), connection, marks, request, listen)
    finally:
        connection.close()
    tables = [
        {"table": one.table, "rows": one.rows, "slices": one.slices, "until": one.until or None}
        for one in done
    ]
    session.out.result(
        {"dataset": place.name, "dry_run": False, "with_prompts": which.with_prompts, "tables": tables},
        lambda: session.out.table(COLUMNS, [(one.table, one.rows, one.until) for one in done]),
    )
    session.out.note(f"{plural(sum(one.rows for one in done), 'row')} sent to {place.name}.")


def _foresee(session: Session, marks: "object", request: "object", which: SliceOptions) -> None:
    from audobon_cli.analytics.bigquery.export import WarehouseExport, slices_of
    from audobon_cli.analytics.bigquery.watermarks import Watermarks

    assert isinstance(marks, Watermarks)
    assert isinstance(request, WarehouseExport)
    tables, lines = [], []
    for name in request.tables:
        found = [
            line.decode()
            for part in slices_of(sources(session), request, name, marks.get(name))
            for _, line in part
        ]
        tables.append(
            {"table": name, "rows": len(found), "slices": 0, "until": marks.get(name).until or None}
        )
        lines += [f'{{"table":"{name}","row":{line}}}' for line in found]
    data = {"dry_run": True, "with_prompts": which.with_prompts, "tables": tables}
    session.out.result(data, lambda: session.out.lines(lines))
    session.out.note(f"{plural(len(lines), 'row')} would be sent; nothing was.")
