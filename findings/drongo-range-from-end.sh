#!/usr/bin/env bash
# drongo 0.8.0 with google-cloud-storage 3.17.1: who asks Cloud Storage for the last 3 bytes of an object gets its first 4.
# download_as_bytes(start=-3) sends `Range: bytes=-3`, a suffix range, by which RFC 9110, 14.1.2, means the last bytes.
# drongo takes the missing start for 0 and the 3 for the end, and answers with 206 and a Content-Range that says so. What
# reads an index at the end of a file (a ZIP's, a Parquet file's, a pack's) gets its beginning, without an error. Ranges
# with a start are right.
# Seen on 2026-12-01, of b'0123456789': {'start=-3': b'0123', 'start=7': b'789', 'start=2, end=4': b'234'}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet drongo==0.8.0 google-cloud-storage==3.17.1
"$folder/venv/bin/python" - <<'PY'
import sys
from drongo import mock_gcp
from google.cloud import storage

with mock_gcp():
    blob = storage.Client(project="p").create_bucket("packs").blob("pack")
    blob.upload_from_string(b"0123456789")
    seen = {
        "start=-3": blob.download_as_bytes(start=-3, checksum=None),
        "start=7": blob.download_as_bytes(start=7, checksum=None),
        "start=2, end=4": blob.download_as_bytes(start=2, end=4, checksum=None),
    }
print(seen)
sys.exit(seen != {"start=-3": b"0123", "start=7": b"789", "start=2, end=4": b"234"})
PY
