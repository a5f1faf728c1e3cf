"""Tables as files: deterministic, without what somebody wrote, and with columns that are only added to."""

import csv
import importlib.util
import json
from datetime import timedelta
from pathlib import Path

import pytest

from audobon_cli.analytics.files import TableExport, TableFormat, export_tables
from audobon_cli.analytics.rows import RowSlice
from audobon_cli.analytics.tables import TABLES
from audobon_cli.domain.errors import InvalidInput, OutputExists
from tests.analytics.samples import START, file_assets, sources_of
from tests.conftest import Audobon

RELEASED = Path(__file__).with_name("released_columns.json")
ALL = tuple(TABLES)


ALL_ROWS = RowSlice()


def request(
    folder: Path, kind: TableFormat = TableFormat.NDJSON, wanted: RowSlice = ALL_ROWS, overwrite: bool = False
) -> TableExport:
    return TableExport(ALL, folder, kind, wanted, overwrite)


def test_columns_are_only_added_to() -> None:
    """Whoever has read a table before reads it still."""
    for name, columns in json.loads(RELEASED.read_text()).items():
        now = [[column.name, column.type.value, column.mode] for column in TABLES[name].columns]
        assert now[: len(columns)] == columns, name


def test_the_page_has_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "analytics.md").read_text()
    for table in TABLES.values():
        part = page.partition(f"**{table.name}**")[2].partition("\n\n**")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.type.value}" in part
            assert column.description in part


def test_the_same_slice_is_the_same_bytes_and_says_nothing_that_was_written(tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    for kind in (TableFormat.NDJSON, TableFormat.CSV):
        first = export_tables(sources, request(tmp_path / "a", kind))
        export_tables(sources, request(tmp_path / "b", kind))
        assert [one.rows for one in first] == [5, 2, 3, 8]
        for one in first:
            content = one.path.read_bytes()
            assert content == (tmp_path / "b" / one.path.name).read_bytes()
            assert b"secret" not in content
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(
        f"{name}.{kind}" for name in ALL for kind in ("csv", "ndjson")
    )
    lines = [json.loads(line) for line in (tmp_path / "a" / "calls.ndjson").read_text().splitlines()]
    assert [(line["state"], line["counted_usd"]) for line in lines] == [("yes", 0.03), ("reserved", 0.04)]
    assert lines[0]["changed"] == "2026-03-01T13:00:00.000000Z"
    with (tmp_path / "a" / "assets.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert json.loads(rows[0]["tags"]) == ["hero", "größe, 2"]
    assert rows[0]["name"] == ""
    with pytest.raises(OutputExists):
        export_tables(sources, request(tmp_path / "a"))
    export_tables(sources, request(tmp_path / "a", wanted=RowSlice(written=True), overwrite=True))
    assert b"secret-0" in (tmp_path / "a" / "assets.ndjson").read_bytes()


def test_an_export_goes_on_where_another_ended(tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    found = {one.table: one for one in export_tables(sources, request(tmp_path / "a"))}
    assert found["runs"].until == "2026-03-02T12:00:00.000000Z"
    file_assets(sources.library, 2, first=50)
    later = RowSlice(since=START + timedelta(days=1))
    again = {one.table: one for one in export_tables(sources, request(tmp_path / "b", wanted=later))}
    assert (again["assets"].rows, again["calls"].rows, again["runs"].rows, again["counts"].rows) == (
        7,
        0,
        1,
        4,
    )


def test_parquet(tmp_path: Path) -> None:
    sources = sources_of(tmp_path)
    if importlib.util.find_spec("pyarrow") is None:
        with pytest.raises(InvalidInput, match="needs an extra") as refused:
            export_tables(sources, request(tmp_path / "a", TableFormat.PARQUET))
        assert "audobon-cli[parquet]" in refused.value.hint
        assert not (tmp_path / "a").exists()
        return
    from pyarrow import parquet

    export_tables(sources, request(tmp_path / "a", TableFormat.PARQUET))
    assets = parquet.read_table(tmp_path / "a" / "assets.parquet")
    assert assets.num_rows == 5
    assert assets.column("tags").to_pylist()[0] == ["hero", "größe, 2"]
    runs = parquet.read_table(tmp_path / "a" / "runs.parquet").to_pylist()
    assert runs[0]["ended"] == START
    assert parquet.read_table(tmp_path / "a" / "counts.parquet").to_pylist()[0]["day"] == START.date()


def test_the_commands(audobon: Audobon, isolation: Path) -> None:
    audobon("init")
    done = audobon("export", "ndjson", "--out", "tables", "--table", "assets", "--json")
    assert done.status == 0, done.err
    assert [(one["table"], one["rows"]) for one in done.data["tables"]] == [("assets", 0)]
    assert audobon("analytics", "csv", "--table", "nonsense").status == 2
    assert audobon("analytics", "csv", "--since", "nonsense").status == 2
