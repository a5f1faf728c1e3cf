#!/usr/bin/env bash
# bqemulator 1.4.0 loads a Parquet file into a table that is there by the position of its columns: width and height change
# places where the file (pyarrow 26.0.1) has them in another order than the table. The job is DONE, and nothing tells of it.
# A Parquet file names its columns, and BigQuery takes them by name; lines of JSON with the same keys in the same order
# are loaded by name here, too.
# Seen on 2026-12-01, of a file with id 1, height 20, width 30:
#   Parquet DONE {'id': '1', 'width': '20', 'height': '30'} JSON DONE {'id': '1', 'width': '30', 'height': '20'}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
export HOME="$folder" BQEMU_ENABLE_FORMAT_EXTENSIONS=false BQEMU_UPLOAD_STAGING_DIR="$folder/staging"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet bqemulator==1.4.0 sqlglot==30.11.0 duckdb==1.5.5 duckdb-extensions==1.5.5 \
  duckdb-extension-spatial==1.5.5 pyarrow==26.0.1 numpy==2.2.6
"$folder/venv/bin/python" - "$folder" <<'PY'
import io, json, socket, subprocess, sys, time, urllib.request
import duckdb_extensions
import pyarrow as pa, pyarrow.parquet as pq

duckdb_extensions.import_extension("spatial")  # it does not start without
ports = []
for _ in range(2):
    with socket.create_server(("127.0.0.1", 0)) as free:
        ports.append(str(free.getsockname()[1]))
words = [f"{sys.argv[1]}/venv/bin/bqemulator", "start", "--rest-port", ports[0], "--grpc-port", ports[1]]
process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def ask(path, body, kind="application/json"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{ports[0]}{path}", data, {"Content-Type": kind})
    return json.load(urllib.request.urlopen(request, timeout=30))

def loaded(name, kind, data):
    place = {"projectId": "p", "datasetId": "d", "tableId": name}
    fields = [{"name": one, "type": "INTEGER"} for one in ("id", "width", "height")]
    ask("/bigquery/v2/projects/p/datasets/d/tables", {"tableReference": place, "schema": {"fields": fields}})
    job = {"configuration": {"load": {"destinationTable": place, "sourceFormat": kind}}}
    parts = (b"application/json\r\n\r\n" + json.dumps(job).encode(), b"application/octet-stream\r\n\r\n" + data)
    body = b"".join(b"--cut\r\nContent-Type: " + part + b"\r\n" for part in parts) + b"--cut--"
    done = ask("/upload/bigquery/v2/projects/p/jobs?uploadType=multipart", body, "multipart/related; boundary=cut")
    query = {"query": f"SELECT id, width, height FROM d.{name}", "useLegacySql": False}
    (row,) = ask("/bigquery/v2/projects/p/queries", query)["rows"]
    values = [cell["v"] for cell in row["f"]]
    return done["status"]["state"], dict(zip(("id", "width", "height"), values, strict=True))

try:
    for _ in range(300):
        try:
            ask("/bigquery/v2/projects/p/datasets", {"datasetReference": {"projectId": "p", "datasetId": "d"}})
            break
        except OSError:
            time.sleep(0.2)
    file, row = io.BytesIO(), {"id": 1, "height": 20, "width": 30}
    pq.write_table(pa.Table.from_pylist([row]), file)
    parquet = loaded("parquet", "PARQUET", file.getvalue())
    lines = loaded("lines", "NEWLINE_DELIMITED_JSON", json.dumps(row).encode() + b"\n")
finally:
    process.kill()
print("Parquet", *parquet, "JSON", *lines)
right = {"id": "1", "width": "30", "height": "20"}
sys.exit(lines != ("DONE", right) or parquet != ("DONE", {**right, "width": "20", "height": "30"}))
PY
