#!/usr/bin/env bash
# safetensors 0.8.0: the notes of a file's header ("__metadata__") are written in an order that differs from process to
# process and from call to call, so the same tensors with the same notes are files of other bytes: a digest of the file
# does not tell whether the weights are the same. Tensors stand in a fixed order, and without notes files are equal.
# Written with notes sorted (or compared without the header's order), they are equal.
# Seen on 2026-11-30, 8 files each: with notes 8 digests, without 1; every file is read back with the same notes.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet safetensors==0.8.0 numpy==2.2.6
"$folder/venv/bin/python" - "$folder" <<'PY'
import hashlib, pathlib, sys
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

folder = pathlib.Path(sys.argv[1])
tensors = {"up": np.ones((2, 2), np.float32), "down": np.zeros((2, 2), np.float32)}
notes = {f"key-{number}": str(number) for number in range(8)}
digests = {"with": set(), "without": set()}
for number in range(8):
    for name, said in (("with", notes), ("without", None)):
        path = folder / f"{name}-{number}.safetensors"
        save_file(tensors, path, metadata=said)
        digests[name].add(hashlib.sha256(path.read_bytes()).hexdigest())
        with safe_open(path, "np") as opened:
            assert opened.metadata() == said
print({name: len(found) for name, found in digests.items()})
assert len(digests["with"]) > 1 and len(digests["without"]) == 1
PY
