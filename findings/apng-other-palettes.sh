#!/usr/bin/env bash
# apng 0.3.4 (Python), APNG.from_files: of indexed PNGs only the first one's palette is written, and the others' pixels are
# shown in its colours, without a word. An APNG has one palette (PNG, third edition, of PLTE: one, before IDAT), so that such
# files would have to be refused or written anew. Two pictures of one pixel, red and blue, each the only colour of its palette.
# Seen on 2026-12-01: files [(255, 0, 0), (0, 0, 255)] frames [(255, 0, 0), (255, 0, 0)]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet apng==0.3.4 pillow==13.0.0
"$folder/venv/bin/python" - "$folder" <<'PY'
import io, pathlib, sys
from apng import APNG
from PIL import Image

folder = pathlib.Path(sys.argv[1])
files = []
for name, colour in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
    picture = Image.new("P", (1, 1), 0)
    picture.putpalette(colour)
    files.append(folder / f"{name}.png")
    picture.save(files[-1])
given = [Image.open(file).convert("RGB").getpixel((0, 0)) for file in files]
moving = Image.open(io.BytesIO(APNG.from_files(files, delay=100).to_bytes()))
seen = []
for frame in range(moving.n_frames):
    moving.seek(frame)
    seen.append(moving.convert("RGB").getpixel((0, 0)))
print("files", given, "frames", seen)
sys.exit(given != [(255, 0, 0), (0, 0, 255)] or seen != [(255, 0, 0), (255, 0, 0)])
PY
