#!/usr/bin/env bash
# Pillow 13.0.0, save_all to PNG: frames are lost where disposal is not 0. Each frame is compared with what is shown after the
# one before it was taken away, and taken for that one, shown longer, where they are equal: with disposal 1 (cleared) an empty
# frame, with 2 (what was there before) one that looks like the frame before the last. With 0 all are kept.
# Three frames of 100 ms, a dot, nothing, a dot: one that blinks. Then a dot, another dot, the first one.
# Seen on 2026-12-01 (by disposal; of each frame the alpha at the two places, and ms):
#   {'blink': {0: [(255, 0, 100.0), (0, 0, 100.0), (255, 0, 100.0)], 1: [(255, 0, 200.0), (255, 0, 100.0)]},
#    'swap': {0: [(255, 0, 100.0), (0, 255, 100.0), (255, 0, 100.0)], 2: [(255, 0, 100.0), (0, 255, 200.0)]}}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io, sys
from PIL import Image

def frame(*places):
    picture = Image.new("RGBA", (2, 1))
    for place in places:
        picture.putpixel((place, 0), (255, 0, 0, 255))
    return picture

def read(frames, disposal):
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], duration=100, disposal=disposal, blend=0)
    moving, seen = Image.open(stream), []
    for number in range(moving.n_frames):
        moving.seek(number)
        alphas = [moving.convert("RGBA").getpixel((place, 0))[3] for place in (0, 1)]
        seen.append((*alphas, moving.info["duration"]))
    return seen

blink, swap = [frame(0), frame(), frame(0)], [frame(0), frame(1), frame(0)]
seen = {"blink": {d: read(blink, d) for d in (0, 1)}, "swap": {d: read(swap, d) for d in (0, 2)}}
print(seen)
kept = {name: [len(found) for found in each.values()] for name, each in seen.items()}
sys.exit(kept != {"blink": [3, 2], "swap": [3, 2]})
PY
