#!/usr/bin/env bash
# sqlglot 30.30.0 writes BigQuery's TIMESTAMP_DIFF for DuckDB (2.0.1) as DATE_DIFF, which counts the hours, days or seconds
# that begin in between; BigQuery counts whole ones: its reference has the first line below as an example, with 0. DuckDB
# has that, too, as DATE_SUB. Two thousandths of a second are "1 second", and two seconds around midnight "1 day".
# bqemulator 1.4.0 and drongo 0.8.0 answer queries through these two and say the same.
# Seen on 2026-12-01, by DATE_DIFF as written and by DATE_SUB:
#   {'59:59 in HOUR': (1, 0), '0.002 s in SECOND': (1, 0), '2 s in DAY': (1, 0), '26 h in DAY': (2, 1)}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1 pytz==2026.2
"$folder/venv/bin/python" - <<'PY'
import sys
import duckdb, sqlglot

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")

def both(later, earlier, unit):
    query = f"SELECT TIMESTAMP_DIFF(TIMESTAMP '{later}', TIMESTAMP '{earlier}', {unit})"
    (written,) = sqlglot.transpile(query, read="bigquery", write="duckdb")
    queries = (written, written.replace("DATE_DIFF(", "DATE_SUB("))
    return tuple(connection.execute(one).fetchone()[0] for one in queries)

seen = {
    "59:59 in HOUR": both("2001-02-01 01:00:00", "2001-02-01 00:00:01", "HOUR"),
    "0.002 s in SECOND": both("2026-01-01 00:00:01.001", "2026-01-01 00:00:00.999", "SECOND"),
    "2 s in DAY": both("2026-01-02 00:00:01", "2026-01-01 23:59:59", "DAY"),
    "26 h in DAY": both("2026-01-03 01:00:00", "2026-01-01 23:00:00", "DAY"),
}
print(seen)
sys.exit(any(written != whole + 1 for written, whole in seen.values()))
PY
