"""The tables in BigQuery: made, given new columns, and merged into."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.analytics.bigquery.connection import BigQueryConnection, BigQueryRefusal
from audobon_cli.analytics.tables import Table
from audobon_cli.domain.errors import WarehouseFailed

STAGING_SECONDS = 24 * 3600
"""After so long BigQuery itself removes what a killed export left."""


def location_of(connection: BigQueryConnection) -> str:
    """Where the dataset is. Raises WarehouseMissing and what BigQueryConnection raises."""
    return str(_ask(connection, "GET", f"/datasets/{connection.place.dataset}").get("location", "US"))


def prepare_table(connection: BigQueryConnection, table: Table) -> None:
    """Make the table, or give one that is there the columns that it lacks; no column is changed or removed.

    Raises WarehouseFailed when a column has another type there.
    """
    wanted = schema_of(table)
    path = f"/datasets/{connection.place.dataset}/tables"
    try:
        found = connection.ask("GET", f"{path}/{table.name}")
    except BigQueryRefusal as refusal:
        if refusal.status != 404:
            raise connection.explain(refusal) from refusal
        _create(connection, table.name, {"schema": {"fields": wanted}, "timePartitioning": _by_day(table)})
        return
    there = {str(one["name"]): one for one in found.get("schema", {}).get("fields", [])}
    for column in wanted:
        known = there.get(column["name"])
        if known is not None and _TYPES.get(str(known["type"]), str(known["type"])) != column["type"]:
            raise WarehouseFailed(
                f"The column {column['name']} of {connection.place.name}.{table.name} is {known['type']} there and "
                f"{column['type']} here.",
                hint="export into another dataset, or rename that table",
            )
    missing = [{**column, "mode": _addable(column)} for column in wanted if column["name"] not in there]
    if missing:
        fields = [*found["schema"]["fields"], *missing]
        _ask(connection, "PATCH", f"{path}/{table.name}", {"schema": {"fields": fields}})


def make_staging(connection: BigQueryConnection, name: str, table: Table, now_ms: int) -> None:
    """Make the staging table ``name``, or find it made; it ends by itself."""
    expires = now_ms + STAGING_SECONDS * 1000
    _create(connection, name, {"schema": {"fields": schema_of(table)}, "expirationTime": str(expires)})


def rows_in(connection: BigQueryConnection, name: str) -> int:
    """How many rows a table has that nothing is streamed into."""
    found = _ask(connection, "GET", f"/datasets/{connection.place.dataset}/tables/{name}")
    return int(found.get("numRows", 0))


def remove_staging(connection: BigQueryConnection, name: str) -> None:
    """Remove it, if it is there."""
    try:
        connection.ask("DELETE", f"/datasets/{connection.place.dataset}/tables/{name}")
    except BigQueryRefusal as refusal:
        if refusal.status != 404:
            raise connection.explain(refusal) from refusal


def schema_of(table: Table) -> list[dict[str, str]]:
    """The columns as BigQuery writes them."""
    return [
        {"name": one.name, "type": one.type.value, "mode": one.mode, "description": one.description}
        for one in table.columns
    ]


def merge_statement(place: str, table: Table, staging: str, written: bool) -> str:
    """Bring the rows of ``staging`` into the table, by id. Without ``written`` what somebody wrote stays as it is."""
    names = [column.name for column in table.columns]
    changed = [c.name for c in table.columns if c.name != "id" and (written or not c.written)]
    return (
        f"MERGE `{place}.{table.name}` T USING `{place}.{staging}` S ON T.id = S.id\n"
        f"WHEN MATCHED THEN UPDATE SET {', '.join(f'`{name}` = S.`{name}`' for name in changed)}\n"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(f'`{name}`' for name in names)}) "
        f"VALUES ({', '.join(f'S.`{name}`' for name in names)})"
    )


_TYPES = {"INT64": "INTEGER", "FLOAT64": "FLOAT"}
"""Types that BigQuery may write in either way."""


def _addable(column: Mapping[str, str]) -> str:
    """The mode of a column that is added to a table with rows, which may not be required."""
    return "NULLABLE" if column["mode"] == "REQUIRED" else column["mode"]


def _by_day(table: Table) -> dict[str, str]:
    return {"type": "DAY", "field": table.time}


def _create(connection: BigQueryConnection, name: str, more: Mapping[str, Any]) -> None:
    place = connection.place
    reference = {"projectId": place.project, "datasetId": place.dataset, "tableId": name}
    document = {"tableReference": reference, "labels": {"made-by": "audobon"}, **more}
    try:
        connection.ask("POST", f"/datasets/{place.dataset}/tables", document)
    except BigQueryRefusal as refusal:
        if refusal.status != 409:
            raise connection.explain(refusal) from refusal


def _ask(
    connection: BigQueryConnection, method: str, path: str, document: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    try:
        return connection.ask(method, path, document)
    except BigQueryRefusal as refusal:
        raise connection.explain(refusal) from refusal
