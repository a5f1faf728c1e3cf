"""The month's bill, from the table that Google's billing is exported to.

Its columns: cloud.google.com/billing/docs/how-to/export-data-bigquery-tables/standard-usage. Rows come some hours after
what they bill, and a month is final some days after its end.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from audobon_cli.analytics.bigquery.connection import BigQueryConnection, BigQueryRefusal, WarehousePlace
from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    WarehouseMissing,
    WarehouseRefused,
    WarehouseUnreachable,
)

MOST_BILLED_BYTES = 10 * 2**30
"""BigQuery refuses the query, unpaid, if it would read more: six cents' worth of a table that grows with each day."""
WAIT_MS = 30_000
MOST_POLLS = 10
OURS = "(label.key = 'made-by' AND label.value = 'audobon') OR label.key = 'audobon'"
"""What Audobon and its infrastructure example make has the first label; jobs in the cloud have the second."""


@dataclass(frozen=True, slots=True)
class BilledService:
    """What one service of Google's cost: ``cost`` as listed, ``credits`` (negative), ``ours`` of the cost by label."""

    service: str
    cost: float
    credits: float
    ours: float


@dataclass(frozen=True, slots=True)
class MonthBill:
    """A bill so far, in ``currency``; ``until`` is when the last row of it was exported. ``month`` is as 2026-11."""

    month: str
    currency: str
    services: tuple[BilledService, ...]
    until: datetime | None

    @property
    def due(self) -> float:
        """What is to be paid, before tax."""
        return round(sum(one.cost + one.credits for one in self.services), 6)


def billing_place(table: str, endpoint: str = "", impersonate: str = "") -> tuple[WarehousePlace, str]:
    """The dataset and the table that PROJECT.DATASET.TABLE means. Raises InvalidInput."""
    project, _, rest = table.replace(":", ".").partition(".")
    dataset, _, name = rest.partition(".")
    if not (project.replace("-", "").isalnum() and _is_name(dataset) and _is_name(name)):
        raise InvalidInput(
            f"{table!r} is no table of BigQuery.",
            hint="audobon config set billing.export PROJECT.DATASET.TABLE",
        )
    return WarehousePlace(project, dataset, endpoint, impersonate), name


def month_bill(connection: BigQueryConnection, table: str, month: datetime, project_number: str) -> MonthBill:
    """The bill of a month, of one project; of all that the table has for "" as its number.

    Raises WarehouseMissing, WarehouseRefused, and what BigQueryConnection raises.
    """
    place = connection.place
    parameters = [_parameter("month", f"{month:%Y%m}")]
    if project_number:
        parameters.append(_parameter("project", project_number))
    document = {
        "query": _statement(f"{place.name}.{table}", bool(project_number)),
        "useLegacySql": False,
        "parameterMode": "NAMED",
        "queryParameters": parameters,
        "maximumBytesBilled": str(MOST_BILLED_BYTES),
        "timeoutMs": WAIT_MS,
        "labels": {"made-by": "audobon"},
    }
    try:
        rows = _rows(connection, document)
    except BigQueryRefusal as refusal:
        raise _explain(connection, refusal, table) from refusal
    services = tuple(BilledService(name, cost, given, ours) for name, _, cost, given, ours, _ in rows)
    until = max((moment for *_, moment in rows), default=None)
    return MonthBill(f"{month:%Y-%m}", rows[0][1] if rows else "", services, until)


def _statement(table: str, of_project: bool) -> str:
    where = "\n  AND project.number = @project" if of_project else ""
    return (
        "SELECT service.description AS service_name, currency, SUM(cost) AS listed,\n"
        "  SUM(IFNULL((SELECT SUM(credit.amount) FROM UNNEST(credits) AS credit), 0)) AS given,\n"
        f"  SUM(IF(EXISTS(SELECT 1 FROM UNNEST(labels) AS label WHERE {OURS}), cost, 0)) AS ours,\n"
        "  UNIX_SECONDS(MAX(export_time)) AS until\n"
        f"FROM `{table}`\n"
        f"WHERE invoice.month = @month{where}\n"
        "GROUP BY service_name, currency\n"  # names of no column: BigQuery would take the column
        "ORDER BY listed DESC, service_name"
    )


def _rows(
    connection: BigQueryConnection, document: dict[str, Any]
) -> list[tuple[str, str, float, float, float, datetime]]:
    answer = connection.ask("POST", "/queries", document)
    for _ in range(MOST_POLLS):
        if answer.get("jobComplete"):
            return [_row(one) for one in answer.get("rows", [])]
        job = answer.get("jobReference", {})
        where = f"location={job.get('location', 'US')}&timeoutMs={WAIT_MS}"
        answer = connection.ask("GET", f"/queries/{job.get('jobId', '')}?{where}")
    raise WarehouseUnreachable(
        "BigQuery's query for the bill does not end.", hint="run the same command again later"
    )


def _row(found: Any) -> tuple[str, str, float, float, float, datetime]:
    try:
        service, currency, cost, given, ours, until = (cell["v"] for cell in found["f"])
        moment = datetime.fromtimestamp(int(until), UTC)
        return str(service), str(currency), float(cost), float(given), float(ours), moment
    except (KeyError, TypeError, ValueError) as error:
        raise WarehouseUnreachable(
            "BigQuery's answer about the bill cannot be read.", hint="run the same command again"
        ) from error


def _explain(connection: BigQueryConnection, refusal: BigQueryRefusal, table: str) -> AudobonError:
    name, words = f"{connection.place.name}.{table}", refusal.message.rstrip(".")
    if refusal.status == 404 or refusal.reason == "notFound":
        return WarehouseMissing(
            f"BigQuery has no {name}: {words}.",
            hint="turn the export on (Billing, Billing export), or `audobon config set billing.export` another table",
            place=name,
        )
    if refusal.status == 403 and refusal.reason == "accessDenied":
        return WarehouseRefused(
            f"BigQuery does not allow it: {words}.",
            hint="the account needs roles/bigquery.dataViewer on the dataset and roles/bigquery.jobUser on the project",
            place=name,
        )
    return connection.explain(refusal)


def _parameter(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "parameterType": {"type": "STRING"}, "parameterValue": {"value": value}}


def _is_name(text: str) -> bool:
    return text.replace("_", "").isalnum() and text.isascii()
