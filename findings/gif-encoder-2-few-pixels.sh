#!/usr/bin/env bash
# gif-encoder-2 1.0.5 with its algorithm where nothing is said, "neuquant": pictures of fewer than 503 pixels (22 x 22) get wrong
# colours, by quality 1 too, which its readme calls the best: yellow comes out white and blue dark grey, in a picture of
# four colours, of which a GIF holds 256. So small a picture is looked at once, pixel by pixel, which is not enough for
# its palette to be learned. From 23 x 23 on they are right to 1 of 255, and with "octree" always.
# Red, green, blue and yellow, a quarter each. Seen on 2026-12-01:
#   {"neuquant, 16 x 16":"ff0000 00fe00 383838 ffffff","neuquant, 22 x 22":"ff0000 00fe00 363636 ffffff",
#    "neuquant, 23 x 23":"ff0000 00ff00 0000fe fefe00","octree, 16 x 16":"ff0000 00ff00 0000ff ffff00"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund gif-encoder-2@1.0.5 omggif@1.0.10
cat > look.cjs <<'JS'
const GIFEncoder = require('gif-encoder-2');
const { GifReader } = require('omggif');

const colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]];
function written(algorithm, side) {
  const quarter = (place) => (place % side < side / 2 ? 0 : 1) + (Math.floor(place / side) < side / 2 ? 0 : 2);
  const pixels = new Uint8ClampedArray(side * side * 4);
  for (let place = 0; place < side * side; place++) pixels.set([...colours[quarter(place)], 255], place * 4);
  const encoder = new GIFEncoder(side, side, algorithm);
  encoder.setQuality(1);
  encoder.start();
  encoder.addFrame(pixels);
  encoder.finish();
  const read = new Uint8Array(side * side * 4);
  new GifReader(encoder.out.getData()).decodeAndBlitFrameRGBA(0, read);
  const corners = [0, side - 1, side * (side - 1), side * side - 1];
  return corners.map((place) => Buffer.from(read.subarray(place * 4, place * 4 + 3)));
}
const distance = (found) => Math.max(...found.flatMap((got, number) => colours[number].map((part, k) => Math.abs(part - got[k]))));
const looks = [['neuquant', 16], ['neuquant', 22], ['neuquant', 23], ['octree', 16]].map((look) => [look, written(...look)]);
const names = looks.map(([[algorithm, side], found]) => [`${algorithm}, ${side} x ${side}`, found.map((rgb) => rgb.toString('hex')).join(' ')]);
console.log(JSON.stringify(Object.fromEntries(names)));
const [small, edge, enough, octree] = looks.map(([, found]) => distance(found));
process.exit(small > 100 && edge > 100 && enough < 5 && octree === 0 ? 0 : 1);
JS
node look.cjs
