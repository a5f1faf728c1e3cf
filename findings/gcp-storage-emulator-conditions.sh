#!/usr/bin/env bash
# gcp-storage-emulator 2026.7.19 does not read what a request asks for by generation: an upload with ifGenerationMatch=0,
# which Cloud Storage refuses with 412 where there is an object already, replaces it; one that names an old generation
# replaces the newer; and a download of a generation that is gone (404 there) sends the newest bytes. Each answer
# is 200. Two writers that keep out of each other's way by conditions, and pass their tests here, lose what one of them wrote.
# Of a list it reads the prefix, and not startOffset and endOffset: from b to d gives every name.
# Seen on 2026-12-01, with google-cloud-storage 3.17.1:
#   {'create only': b'second', 'old generation': b'third', 'read old': b'third', 'b to d': ['a', 'b', 'c', 'd', 'e', 'lease']}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gcp-storage-emulator==2026.7.19 google-cloud-storage==3.17.1
"$folder/venv/bin/python" - <<'PY' 2> "$folder/log" || { cat "$folder/log" >&2; exit 1; }
import os, socket, sys
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from gcp_storage_emulator.server import create_server

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = create_server("127.0.0.1", port, in_memory=True)
server.start()
os.environ["STORAGE_EMULATOR_HOST"] = f"http://127.0.0.1:{port}"
client = storage.Client(project="p", credentials=AnonymousCredentials())
bucket = client.create_bucket("packs")
lease = bucket.blob("lease")
lease.upload_from_string(b"first")
first = lease.generation
bucket.blob("lease").upload_from_string(b"second", if_generation_match=0)
seen = {"create only": bucket.blob("lease").download_as_bytes()}
bucket.blob("lease").upload_from_string(b"third", if_generation_match=first)
seen["old generation"] = bucket.blob("lease").download_as_bytes()
seen["read old"] = bucket.blob("lease", generation=first).download_as_bytes()
for name in "abcde":
    bucket.blob(name).upload_from_string(name)
seen["b to d"] = [blob.name for blob in client.list_blobs(bucket, start_offset="b", end_offset="d")]
server.stop()
print(seen)
names = ["a", "b", "c", "d", "e", "lease"]
sys.exit(sorted(seen.pop("b to d")) != names or list(seen.values()) != [b"second", b"third", b"third"])
PY
