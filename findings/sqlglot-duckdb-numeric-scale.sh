#!/usr/bin/env bash
# sqlglot 30.30.0 writes BigQuery's NUMERIC for DuckDB as a bare DECIMAL, which DuckDB (2.0.1) takes for DECIMAL(18,3):
# 0.0004 becomes 0.000, in a cast and in a column, without an error. BigQuery's NUMERIC has 9 digits behind the point (38 in
# all), its BIGNUMERIC 38 behind the point, which becomes DECIMAL(38, 5). A NUMERIC(10, 4) keeps its digits. Whoever tries
# queries over small prices locally adds up nothing: so does drongo 0.8.0, whose BigQuery is these two.
# Seen on 2026-12-01: cast 0.000 of 0.0004, sum 0.000 of 3 x 0.0004
#   columns {'cost': 'DECIMAL(18,3)', 'exact': 'DECIMAL(38,5)', 'given': 'DECIMAL(10,4)'}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1
"$folder/venv/bin/python" - <<'PY'
import sys
import duckdb, sqlglot

connection = duckdb.connect()

def run(query):
    (written,) = sqlglot.transpile(query, read="bigquery", write="duckdb")
    return connection.execute(written).fetchall()

((cast,),) = run("SELECT CAST('0.0004' AS NUMERIC)")
run("CREATE TABLE calls (cost NUMERIC, exact BIGNUMERIC, given NUMERIC(10, 4))")
for _ in range(3):
    run("INSERT INTO calls (cost, given) VALUES (CAST('0.0004' AS NUMERIC), CAST('0.0004' AS NUMERIC(10, 4)))")
((total, given),) = run("SELECT SUM(cost), SUM(given) FROM calls")
columns = {row[0]: row[1] for row in connection.execute("DESCRIBE calls").fetchall()}
print(f"cast {cast} of 0.0004, sum {total} of 3 x 0.0004\n  columns {columns}")
assert str(given) == "0.0012"
sys.exit((str(cast), str(total)) != ("0.000", "0.000") or columns["exact"] != "DECIMAL(38,5)")
PY
