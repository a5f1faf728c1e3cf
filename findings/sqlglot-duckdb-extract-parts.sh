#!/usr/bin/env bash
# sqlglot 30.30.0 hands the parts of BigQuery's EXTRACT to DuckDB (2.0.1) by their names, and three of the same name are
# something else there. DAYOFWEEK: BigQuery's Sunday is 1 and Saturday 7, DuckDB's 0 and 6. MILLISECOND: BigQuery's is that
# of the second, 0 to 999, DuckDB's has the seconds in it. WEEK: BigQuery's begins on Sundays, and is 0 before the first
# one of a year; DuckDB's is ISO 8601's. No error, so a count by weekday is of the days before.
# Seen on 2026-12-01, where BigQuery's reference means (1, 7), 123 and 0:
#   {'DAYOFWEEK': (0, 6), 'MILLISECOND': 7123, 'WEEK': 1}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1
"$folder/venv/bin/python" - <<'PY'
import sys
import duckdb, sqlglot

def extract(part, value):
    (written,) = sqlglot.transpile(f"SELECT EXTRACT({part} FROM {value})", read="bigquery", write="duckdb")
    return duckdb.execute(written).fetchone()[0]

seen = {
    "DAYOFWEEK": tuple(extract("DAYOFWEEK", f"DATE '{day}'") for day in ("2024-12-01", "2024-12-07")),
    "MILLISECOND": extract("MILLISECOND", "DATETIME '2024-12-01 00:00:07.123456'"),
    "WEEK": extract("WEEK", "DATE '2024-01-06'"),
}
print(seen)
sys.exit(seen != {"DAYOFWEEK": (0, 6), "MILLISECOND": 7123, "WEEK": 1})
PY
