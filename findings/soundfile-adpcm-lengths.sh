#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile 1.2.2): a WAV of ADPCM comes back longer than it was written, since its last block is filled up
# and read to its end. How many samples there are stands in the `fact` chunk, which WAVE asks for with all but PCM: for MS ADPCM
# it is written rightly and not read, for IMA ADPCM the length of whole blocks is written. A sound of 1003 samples that is
# played in a loop has a pause of 70 ms in every round.
# Seen on 2026-12-01 (fact, and frames read):
#   1.2.2 {'PCM_16': (None, 1003), 'MS_ADPCM': (1003, 4084), 'IMA_ADPCM': (4089, 4089),
#    'NMS_ADPCM_32': (1003, 1120), 'GSM610': (1003, 1280)}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet soundfile==0.14.0 numpy==2.2.6
"$folder/venv/bin/python" - <<'PY'
import io, struct, sys
import numpy as np
import soundfile

sound = (9000 * np.sin(np.arange(1003) / 9)).astype(np.int16)
seen = {}
for kind in ("PCM_16", "MS_ADPCM", "IMA_ADPCM", "NMS_ADPCM_32", "GSM610"):
    stream = io.BytesIO()
    soundfile.write(stream, sound, 44100, format="WAV", subtype=kind)
    data = stream.getvalue()
    at = data.find(b"fact")
    fact = struct.unpack_from("<I", data, at + 8)[0] if at > 0 else None
    seen[kind] = (fact, len(soundfile.read(io.BytesIO(data))[0]))
print(soundfile.__libsndfile_version__, seen)
sys.exit(seen["PCM_16"][1] != 1003 or seen["MS_ADPCM"] != (1003, 4084) or seen["IMA_ADPCM"] != (4089, 4089))
PY
