#!/usr/bin/env bash
# modern-gif 2.1.0, encode: of a frame in which one row alone is not transparent only that row's last pixel gets into the file,
# without an error. A frame is cut to what is seen in it, and where that is one row high, its left edge is set to its right
# one. Two rows are whole, so is one column, and so is a row that changes in pictures without transparency. The first or
# the last frame of something that appears line by line, a bar, a cursor: they are lost.
# Blue on nothing, and on red, in pictures of 4 x 4, as omggif 1.0.10 reads them. Seen on 2026-12-01:
#   on red {"row":"rrrr bbbb rrrr rrrr","twoRows":"rrrr bbbb bbbb rrrr","column":"rbrr rbrr rbrr rbrr"}
#   on nothing {"row":".... ...b .... ....","twoRows":".... bbbb bbbb ....","column":".b.. .b.. .b.. .b.."}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund modern-gif@2.1.0 omggif@1.0.10
cat > look.mjs <<'JS'
import { encode } from 'modern-gif';
import { GifReader } from 'omggif';

const side = 4;
function frame(ground, places) {
  const data = new Uint8ClampedArray(side * side * 4);
  for (let place = 0; place < side * side; place++) {
    data.set(places.includes(place) ? [0, 0, 255, 255] : ground, place * 4);
  }
  return { data, width: side, height: side, delay: 100 };
}
function shown(pixels) {
  const letters = [];
  for (let place = 0; place < pixels.length; place += 4) {
    letters.push(pixels[place + 3] === 0 ? '.' : pixels[place] > 127 ? 'r' : 'b');
  }
  return letters.join('').match(/.{4}/g).join(' ');
}
async function written(...frames) {
  const reader = new GifReader(new Uint8Array(await encode({ width: side, height: side, frames })));
  const pixels = new Uint8Array(side * side * 4);
  frames.forEach((_, number) => reader.decodeAndBlitFrameRGBA(number, pixels));
  return shown(pixels);
}
const red = [255, 0, 0, 255];
const shapes = { row: [4, 5, 6, 7], twoRows: [4, 5, 6, 7, 8, 9, 10, 11], column: [1, 5, 9, 13] };
const right = { on: {}, alone: {} };
const seen = { on: {}, alone: {} };
for (const [name, places] of Object.entries(shapes)) {
  const [before, after, alone] = [frame(red, []), frame(red, places), frame([0, 0, 0, 0], places)];
  [right.on[name], right.alone[name]] = [shown(after.data), shown(alone.data)];
  [seen.on[name], seen.alone[name]] = [await written(before, after), await written(alone)];
}
console.log('on red', JSON.stringify(seen.on), '\non nothing', JSON.stringify(seen.alone));
const wrong = ['on', 'alone'].flatMap((way) => Object.keys(shapes).filter((name) => seen[way][name] !== right[way][name]));
process.exit(wrong.join() === 'row' ? 0 : 1);
JS
node look.mjs
