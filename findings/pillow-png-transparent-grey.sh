#!/usr/bin/env bash
# Pillow 13.0.0: the transparent grey of a PNG of 2 or 4 bits (PNG, third edition, 11.3.1.1: tRNS of colour type 0 is a
# grey sample in the file's own bit depth) is never transparent. Pillow scales such greys to 8 bits, but compares them
# with the number as it stands in the file: 10 of 4 bits becomes 170, and is compared with 10. Of 16 bits it is dropped
# on the way to RGBA. 1 and 8 bits are right. Chromium 156 and libpng show all of them transparent.
# Seen on 2026-11-29 (alpha of the pixel that should be clear, by bits a sample):
#   {1: 0, 2: 255, 4: 255, 8: 0, 16: 255}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io, struct, sys, zlib
from PIL import Image

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def clear_pixel(bits, row, grey):
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, bits, 0, 0, 0, 0))
    data += chunk(b"tRNS", struct.pack(">H", grey)) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    return Image.open(io.BytesIO(data)).convert("RGBA").getpixel((0, 0))[3]

seen = {
    1: clear_pixel(1, b"\x80", 1), 2: clear_pixel(2, b"\x80", 2), 4: clear_pixel(4, b"\xa0", 10),
    8: clear_pixel(8, b"\xaa", 0xAA), 16: clear_pixel(16, b"\xaa\xbb", 0xAABB),
}
print(seen)
sys.exit(seen != {1: 0, 2: 255, 4: 255, 8: 0, 16: 255})
PY
