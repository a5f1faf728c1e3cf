"""Jobs whose ids follow from what they do: sent twice, they are done once."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

from audobon_cli.analytics.bigquery.connection import (
    PASSING,
    QUOTA,
    BigQueryConnection,
    BigQueryRefusal,
    first_reason,
)
from audobon_cli.domain.errors import AudobonError, WarehouseFailed, WarehouseQuota, WarehouseUnreachable

TRIES = 5
"""Jobs of one purpose in one run: what failed for a passing reason is sent again, under the next id."""
FIRST_POLL_SECONDS, MOST_POLL_SECONDS = 0.5, 10.0
MOST_POLLS = 400
"""Some hour of waiting."""
BOUNDARY = "audobon-7d6f2a94c1"
NAMED = 3
"""Errors of rows that a message tells; the details have them all."""


def run_job(
    connection: BigQueryConnection,
    ident: str,
    location: str,
    configuration: Mapping[str, Any],
    rows: bytes | None = None,
) -> dict[str, Any]:
    """Have a job done, with ``rows`` as what it loads, and wait for it: its last state.

    A job of that id which is there already is waited for and not sent again. Raises WarehouseFailed when BigQuery
    refuses the rows or the statement, and what BigQueryConnection raises.
    """
    tries = 0
    for number in itertools.count(1):
        name = f"{ident}_{number}"
        document = {
            "jobReference": {"projectId": connection.place.project, "jobId": name, "location": location},
            "configuration": {"labels": {"made-by": "audobon"}, **configuration},
        }
        job, is_ours = {}, True
        try:
            job = _send(connection, document, rows)
        except BigQueryRefusal as refusal:
            if refusal.status != 409:
                raise connection.explain(refusal) from refusal
            is_ours = False
        job = _wait(connection, name, location, job)
        error = job.get("status", {}).get("errorResult")
        if not error:
            return job
        if not is_ours:
            continue  # it failed in an earlier run, for what may be mended since; its id is never free again
        tries += 1
        if str(error.get("reason")) not in PASSING or tries == TRIES:
            raise _failure(job["status"], name)
        connection.sleep(FIRST_POLL_SECONDS * 2**tries)
    raise AssertionError("numbers have ended")


def _send(connection: BigQueryConnection, document: Mapping[str, Any], rows: bytes | None) -> dict[str, Any]:
    if rows is None:
        return connection.ask("POST", "/jobs", document)
    mark = f"--{BOUNDARY}".encode()
    parts = (
        mark + b"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" + json.dumps(document).encode(),
        mark + b"\r\nContent-Type: application/octet-stream\r\n\r\n" + rows,
        mark + b"--\r\n",
    )
    kind = f"multipart/related; boundary={BOUNDARY}"
    return connection.ask("POST", "/jobs?uploadType=multipart", body=b"\r\n".join(parts), kind=kind)


def _wait(connection: BigQueryConnection, name: str, location: str, job: dict[str, Any]) -> dict[str, Any]:
    pause = FIRST_POLL_SECONDS
    for _ in range(MOST_POLLS):
        if job.get("status", {}).get("state") == "DONE":
            return job
        if job:
            connection.sleep(pause)
            pause = min(2 * pause, MOST_POLL_SECONDS)
        try:
            job = connection.ask("GET", f"/jobs/{name}?location={location}")
        except BigQueryRefusal as refusal:
            raise connection.explain(refusal) from refusal
    raise WarehouseUnreachable(
        f"BigQuery's job {name} does not end.",
        hint="run the same command again; it waits for that job",
        job=name,
    )


def _failure(status: Mapping[str, Any], name: str) -> AudobonError:
    error = status["errorResult"]
    listed = status.get("errors") or [error]
    messages = [str(one.get("message", "")) for one in listed if isinstance(one, dict)]
    words_of_rows = "; ".join(words.rstrip(".") for words in messages[:NAMED])
    reason = first_reason({"errors": [error]})
    if reason in QUOTA:
        return WarehouseQuota(
            f"A quota of BigQuery is used up: {words_of_rows}.",
            hint="run the same command again later; it goes on",
            job=name,
        )
    return WarehouseFailed(
        f"BigQuery took none of these rows: {words_of_rows}.",
        hint=f"`bq show -j {name}` tells all of it; nothing of this slice was taken",
        job=name,
        errors=messages,
    )
