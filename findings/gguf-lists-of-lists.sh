#!/usr/bin/env bash
# gguf 0.19.0: lists in lists come back flat. GGUF's specification lets arrays be nested; GGUFWriter writes them so, each
# inner array with its own length, and GGUFReader gives one list: where the inner ones end is lost.
# Seen on 2026-12-01: written [[1, 2], [3]] read [1, 2, 3] bytes hold the lengths: True
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gguf==0.19.0
"$folder/venv/bin/python" - "$folder/notes.gguf" <<'PY'
import struct, sys
import numpy as np
from gguf import GGUFReader, GGUFWriter

written = [[1, 2], [3]]
writer = GGUFWriter(sys.argv[1], "demo")
writer.add_array("demo.groups", written)
writer.add_tensor("weight", np.ones((2, 2), np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
ARRAY, INT32 = 9, 5
inner = (struct.pack(f"<IQ{len(one)}i", INT32, len(one), *one) for one in written)
expected = struct.pack("<IQ", ARRAY, len(written)) + b"".join(inner)
whole = expected in open(sys.argv[1], "rb").read()
read = GGUFReader(sys.argv[1]).fields["demo.groups"].contents()
print("written", written, "read", read, "bytes hold the lengths:", whole)
sys.exit(read != [1, 2, 3] or not whole)
PY
