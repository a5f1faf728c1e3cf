#!/usr/bin/env bash
# utif 3.1.0, toRGBA8: a TIFF of grey with alpha (two samples a pixel, ExtraSamples 2; TIFF 6.0, section 18) is read as grey alone:
# every byte is taken for a pixel, so that each row shows its first half, stretched, with stripes of alpha in it, all of it
# opaque. No error. Grey, and RGB with alpha, are right; Pillow 13.0.0 writes and reads all of them.
# Four pixels in a row: 10 and 20 opaque, 30 half and 40 not seen. Seen on 2026-12-01 (red and alpha of each pixel):
#   {"LA":"10,255 255,255 20,255 255,255","L":"10,255 20,255 30,255 40,255","RGBA":"10,255 20,255 30,128 40,0"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pillow==13.0.0
npm install --silent --no-audit --no-fund utif@3.1.0
venv/bin/python - <<'PY'
from PIL import Image

picture = Image.new("LA", (4, 1))
picture.putdata([(10, 255), (20, 255), (30, 128), (40, 0)])
for mode in ("LA", "L", "RGBA"):
    picture.convert(mode).save(f"{mode}.tif")
assert Image.open("LA.tif").tobytes() == picture.tobytes()
PY
cat > look.cjs <<'JS'
const { readFileSync } = require('node:fs');
const UTIF = require('utif');

function read(name) {
  const bytes = new Uint8Array(readFileSync(name)).buffer;
  const [page] = UTIF.decode(bytes);
  UTIF.decodeImage(bytes, page);
  const pixels = UTIF.toRGBA8(page);
  return [0, 4, 8, 12].map((place) => `${pixels[place]},${pixels[place + 3]}`).join(' ');
}
const seen = { LA: read('LA.tif'), L: read('L.tif'), RGBA: read('RGBA.tif') };
console.log(JSON.stringify(seen));
const right = seen.L === '10,255 20,255 30,255 40,255' && seen.RGBA === '10,255 20,255 30,128 40,0';
process.exit(right && seen.LA === '10,255 255,255 20,255 255,255' ? 0 : 1);
JS
node look.cjs
