#!/usr/bin/env bash
# Pillow 13.0.0: around the first picture of a GIF that is smaller than the screen, and has no transparent colour, it
# shows the colour that the file names as background, opaque. Chromium 156 (and every browser: the background colour of
# GIF89a, 18, is honoured by none) shows nothing there. An animation of such frames gets a coloured ground in Pillow alone.
# Seen on 2026-11-29: (4, 4) ground (255, 0, 0, 255) picture (0, 0, 255, 255)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io, struct, sys
from PIL import Image

bits = count = 0
for code in (4, 2, 4, 2, 4, 2, 4, 2, 5):  # four pixels of the third colour, a clear code before each
    bits |= code << count
    count += 3
pixels = bits.to_bytes((count + 7) // 8, "little")
palette = bytes((255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9))
data = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x81, 0, 0) + palette
data += b"\x2c" + struct.pack("<HHHHB", 1, 1, 2, 2, 0) + b"\x02" + bytes((len(pixels),)) + pixels + b"\0;"
picture = Image.open(io.BytesIO(data))
ground, inner = (picture.convert("RGBA").getpixel(place) for place in ((0, 0), (1, 1)))
print(picture.size, "ground", ground, "picture", inner)
sys.exit(ground != (255, 0, 0, 255) or inner != (0, 0, 255, 255))
PY
