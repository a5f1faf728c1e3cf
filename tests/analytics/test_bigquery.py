"""Rows in BigQuery: each once, whatever is lost, refused, killed or sent twice."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.analytics.bigquery import export as exporting
from audobon_cli.analytics.bigquery.connection import BigQueryConnection, BigQueryRefusal, WarehousePlace
from audobon_cli.analytics.bigquery.export import LoadedTable, WarehouseExport, export_to_warehouse
from audobon_cli.analytics.bigquery.watermarks import Watermarks
from audobon_cli.analytics.rows import AnalyticsSources, RowSlice
from audobon_cli.analytics.tables import TABLES, Table
from audobon_cli.domain.errors import (
    WarehouseFailed,
    WarehouseMissing,
    WarehouseQuota,
    WarehouseRefused,
    WarehouseUnreachable,
)
from audobon_cli.domain.events import Event, SourceRetried
from audobon_cli.library.store.library import Library
from audobon_cli.transfer.retry import GOOGLE_RETRIES
from tests.analytics.samples import file_assets, sources_of
from tests.conftest import Audobon
from tests.doubles.bigquery_server import BigQueryDouble, refusal
from tests.doubles.service import Fault

pytestmark = pytest.mark.loopback

ALL = tuple(TABLES)
EXPECTED = {"assets": 5, "calls": 2, "runs": 3, "counts": 8}


@pytest.fixture
def server() -> Iterator[BigQueryDouble]:
    with BigQueryDouble() as running:
        yield running


def send(
    server: BigQueryDouble, sources: AnalyticsSources, dataset: str = "art", **changes: object
) -> list[LoadedTable]:
    """One run of the command, with what it knows from the runs before."""
    connection = BigQueryConnection(WarehousePlace("p", dataset, server.address), sleep=lambda seconds: None)
    marks = Watermarks.of(sources.metrics_folder / "exported", connection.place.name, sources.library.root)
    request = replace(WarehouseExport(ALL, RowSlice()), **changes)  # type: ignore[arg-type]
    try:
        return export_to_warehouse(sources, connection, marks, request)
    finally:
        connection.close()


def counts(server: BigQueryDouble) -> dict[str, int]:
    """Rows by table; every row once, and nothing staged is left."""
    for table in server.tables.values():
        assert len({row["id"] for row in table.rows}) == len(table.rows)
    return {name: len(table.rows) for name, table in server.tables.items()}


def test_every_row_is_there_once(server: BigQueryDouble, tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    send(server, sources)
    assert counts(server) == EXPECTED
    jobs = len(server.jobs)
    assert [one.rows for one in send(server, sources)] == [0, 0, 0, 0]  # nothing new: nothing is asked
    assert len(server.jobs) == jobs
    file_assets(sources.library, 3, first=20)
    assert [one.rows for one in send(server, sources)] == [3, 0, 0, 0]
    assert counts(server) == {**EXPECTED, "assets": 8}
    assert all(row["prompt"] is None and row["name"] is None for row in server.tables["assets"].rows)
    send(server, sources, wanted=RowSlice(written=True), again=True)
    send(server, sources, again=True)  # without prompts again: those that are there stay
    assert counts(server) == {**EXPECTED, "assets": 8}
    assert all("secret" in row["name"] for row in server.tables["assets"].rows)


def test_a_machine_that_has_forgotten_sends_again_and_changes_nothing(
    server: BigQueryDouble, tmp_path: Path
) -> None:
    sources = sources_of(tmp_path)
    send(server, sources)
    for file in (sources.metrics_folder / "exported").iterdir():
        file.unlink()
    jobs = len(server.jobs)
    send(server, sources)
    assert counts(server) == EXPECTED
    # The ids of the same slices' merges are taken; what was staged has ended since and is loaded anew.
    assert len(server.jobs) == jobs + len(ALL)


@pytest.mark.parametrize("phase", ["table", "load", "query", "job"])
@pytest.mark.parametrize("kind", ["lose", "reset", "status"])
def test_lost_answers_and_passing_failures(
    server: BigQueryDouble, tmp_path: Path, phase: str, kind: str
) -> None:
    server.faults.append(Fault(kind, phase, times=2, status=503))
    send(server, sources_of(tmp_path))
    assert counts(server) == EXPECTED


def test_a_request_that_is_sent_again_is_told_as_all_others(server: BigQueryDouble) -> None:
    server.faults.append(Fault("status", "table", times=2, status=503, headers={"Retry-After": "7"}))
    heard: list[Event] = []
    pauses: list[float] = []
    policy = replace(GOOGLE_RETRIES, listen=heard.append)
    place = WarehousePlace("p", "art", server.address)
    connection = BigQueryConnection(place, pauses.append, policy)
    with contextlib.suppress(BigQueryRefusal):
        connection.ask("GET", "/datasets/art/tables/none")
    assert pauses == [7, 7]
    assert [(one.attempt, one.attempts) for one in heard if isinstance(one, SourceRetried)] == [
        (2, 6),
        (3, 6),
    ]
    server.faults.append(Fault("status", "table", status=503, headers={"Retry-After": "7000"}))
    with pytest.raises(WarehouseUnreachable) as caught:
        connection.ask("GET", "/datasets/art/tables/none")
    assert caught.value.details["retry_after_seconds"] == 7000
    assert len(pauses) == 2  # nobody waits for hours
    connection.close()


class Killed(BaseException):
    """The end of a run."""


def test_killed_between_any_two_requests(
    server: BigQueryDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run gets one request further than the one before; what it left is what a kill leaves."""
    sources = sources_of(tmp_path)
    ask, budget, runs = BigQueryConnection._once, [0], 0

    def limited(self: BigQueryConnection, *words: object) -> object:
        if not budget[0]:
            raise Killed
        budget[0] -= 1
        return ask(self, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(BigQueryConnection, "_once", limited)
    while sum(table.rows != [] for table in server.tables.values()) < len(ALL) or budget[0] == 0:
        runs += 1
        budget[0] = runs
        with contextlib.suppress(Killed):
            send(server, sources)
        assert runs < 100
    assert runs > 6
    for name in [name for name in server.tables if name.startswith("audobon_staging")]:
        del server.tables[name]  # they end by themselves
    assert counts(server) == EXPECTED


def test_quotas(server: BigQueryDouble, tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    server.job_errors[:] = ["quotaExceeded", "backendError"]
    send(server, sources)
    assert counts(server) == EXPECTED
    file_assets(sources.library, 1, first=20)
    server.job_errors[:] = ["quotaExceeded"] * 9
    with pytest.raises(WarehouseQuota):
        send(server, sources)
    server.job_errors.clear()
    server.faults.append(Fault("status", "table", times=50, status=429))
    with pytest.raises(WarehouseQuota):
        send(server, sources)
    server.faults.clear()
    send(server, sources)
    assert counts(server) == {**EXPECTED, "assets": 6}


def test_rows_that_are_refused_take_their_slice_with_them(
    server: BigQueryDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = sources_of(tmp_path)
    schema = exporting.schema_of

    def narrowed(table: Table) -> list[dict[str, str]]:
        return [{**one, "type": one["type"].replace("INTEGER", "DATE")} for one in schema(table)]

    monkeypatch.setattr(exporting, "schema_of", narrowed)
    with pytest.raises(WarehouseFailed, match="has no such value"):
        send(server, sources, tables=("assets",))
    assert server.tables["assets"].rows == []
    monkeypatch.undo()
    send(server, sources)
    server.tables = {name: table for name, table in server.tables.items() if "staging" not in name}
    assert counts(server) == EXPECTED


def test_columns_are_added_to_tables_that_are_there(server: BigQueryDouble, tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    send(server, sources, tables=("runs",))
    table = server.tables["runs"]
    table.fields = table.fields[:-1]
    send(server, sources, tables=("runs",), again=True)
    assert [one["name"] for one in server.tables["runs"].fields] == [
        one.name for one in TABLES["runs"].columns
    ]
    table.fields[1]["type"] = "STRING"
    with pytest.raises(WarehouseFailed, match="is STRING there"):
        send(server, sources, tables=("runs",), again=True)


def test_what_is_missing_is_named(server: BigQueryDouble, tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    with pytest.raises(WarehouseMissing) as missing:
        send(server, sources, dataset="other")
    assert "bq mk --dataset p:other" in missing.value.hint
    for reason, message, way in (
        ("accessDenied", "Access Denied: User does not have bigquery.jobs.create", "roles/bigquery.jobUser"),
        ("accessNotConfigured", "BigQuery API has not been used in project 1", "gcloud services enable"),
        ("billingNotEnabled", "Billing has not been enabled", "billing"),
    ):
        server.faults[:] = [
            Fault("change", "table", change=lambda _, r=reason, m=message: refusal(403, r, m))
        ]
        with pytest.raises(WarehouseRefused) as refused:
            send(server, sources)
        assert way in refused.value.hint
    server.faults[:] = [Fault("reset", "table")]
    with pytest.raises(WarehouseUnreachable):
        send(server, sources)


def test_the_command(
    audobon: Audobon, isolation: Path, server: BigQueryDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", server.address)
    audobon("init")
    library = Library.open(isolation / ".audobon")
    file_assets(library, 2)
    library.close()
    foreseen = audobon("export", "bigquery", "p.art", "--dry-run", "--table", "assets")
    assert foreseen.status == 0, foreseen.err
    assert foreseen.out.count('{"table":"assets","row":{"id":') == 2
    assert "secret" not in foreseen.out
    assert server.log == []
    done = audobon("analytics", "bigquery", "p.art", "--json")
    assert done.status == 0, done.err
    assert (
        {one["table"]: one["rows"] for one in done.data["tables"]}["runs"]
        == len(server.tables["runs"].rows)
        > 0
    )
    assert audobon("analytics", "bigquery", "nonsense").status == 2
    assert audobon("analytics", "bigquery", "p.art", "--offline").status == 47
