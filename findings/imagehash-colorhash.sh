#!/usr/bin/env bash
# imagehash 4.3.2, colorhash: colours whose saturation in HSV is exactly 170 of 255 are neither "highly" nor "mildly saturated"
# (its documentation has these two, grey and black), and counted nowhere: a picture of such a red and one of such
# a blue have the same hash, all zeros. Flat art is drawn in few colours, so that one value takes a whole area with it.
# Shares that differ by a quarter have one code, too: of the binbits that a share is written in (3, so eighths), the second is
# set with the first, and 4/8 is 6/8, 5/8 is 7/8.
# Seen on 2026-12-01:
#   (240, 80, 80) 00000000000 (80, 80, 240) 00000000000 a shade redder, bluer: 00000038000 00000000038
#   black by eighths ['000', '001', '010', '011', '110', '111', '110', '111']
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet imagehash==4.3.2 pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import sys
from imagehash import colorhash
from PIL import Image

def flat(*colour):
    return str(colorhash(Image.new("RGB", (16, 16), colour)))

def black(eighths):
    picture = Image.new("RGB", (16, 16), "white")
    picture.paste("black", (0, 0, 16, 2 * eighths))
    return "".join(str(int(bit)) for bit in colorhash(picture).hash[0])

red, blue = flat(240, 80, 80), flat(80, 80, 240)
redder, bluer = flat(240, 79, 79), flat(79, 79, 240)
codes = [black(eighths) for eighths in range(8)]
print("(240, 80, 80)", red, "(80, 80, 240)", blue, "a shade redder, bluer:", redder, bluer)
print("black by eighths", codes)
sys.exit(red != blue or redder == bluer or codes[4] != codes[6] or codes[5] != codes[7])
PY
