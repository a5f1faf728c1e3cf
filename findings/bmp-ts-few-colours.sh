#!/usr/bin/env bash
# bmp-ts 1.0.9, decode: of a BMP of 16 colours (4 bits) whose width is odd only the row that comes first in the file, the lowest
# one, is read; all others stay 0. The readme has "all bit depths (1, 4, 8, 16, 24, 32)". The half byte that is left over at
# a row's end stops the whole reading. And toRGBA: true, which the readme has for "big endian RGBA", leaves pictures with
# a palette (1, 4 and 8 bits) as ABGR, with A 0: what was red is then alpha, and red is nowhere. bmp-js 0.1.0,
# from which it comes, reads the rows.
# Two rows of red and blue, 3 and 4 pixels wide; a pixel of 8 and one of 32 bits, red, by toRGBA. Seen on 2026-12-01:
#   {"3 wide":"... bbb","4 wide":"rrrr bbbb","3 wide, bmp-js":"rrr bbb","toRGBA, 8":"0,0,0,255","toRGBA, 32":"255,0,0,255"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund bmp-ts@1.0.9 bmp-js@0.1.0
cat > look.cjs <<'JS'
const bmpJs = require('bmp-js');
const bmpTs = require('bmp-ts');

const palette = Buffer.from([0, 0, 255, 0, 255, 0, 0, 0]); // red and blue, as BGR and an empty byte
function file(width, bits, rows, colours) {
  const header = Buffer.alloc(54);
  const data = Buffer.concat(rows.map((row) => Buffer.concat([Buffer.from(row), Buffer.alloc((4 - (row.length % 4)) % 4)])));
  header.write('BM');
  header.writeUInt32LE(54 + colours.length + data.length, 2);
  header.writeUInt32LE(54 + colours.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(rows.length, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(data.length, 34);
  header.writeUInt32LE(colours.length / 4, 46);
  return Buffer.concat([header, colours, data]);
}
function shown({ data, width, height }) { // data is ABGR
  const letter = (place) => (data[place * 4 + 3] ? 'r' : data[place * 4 + 1] ? 'b' : '.');
  const row = (y) => Array.from({ length: width }, (_, x) => letter(y * width + x)).join('');
  return Array.from({ length: height }, (_, y) => row(y)).join(' ');
}
const odd = file(3, 4, [[0x11, 0x10], [0x00, 0x00]], palette); // the lowest row first, blue
const even = file(4, 4, [[0x11, 0x11], [0x00, 0x00]], palette);
const rgba = (bytes) => [...bmpTs.decode(bytes, { toRGBA: true }).data].join();
const seen = {
  '3 wide': shown(bmpTs.decode(odd)), '4 wide': shown(bmpTs.decode(even)), '3 wide, bmp-js': shown(bmpJs.decode(odd)),
  'toRGBA, 8': rgba(file(1, 8, [[0]], palette)), 'toRGBA, 32': rgba(file(1, 32, [[0, 0, 255, 255]], Buffer.alloc(0))),
};
console.log(JSON.stringify(seen));
const right = seen['4 wide'] === 'rrrr bbbb' && seen['3 wide, bmp-js'] === 'rrr bbb' && seen['toRGBA, 32'] === '255,0,0,255';
process.exit(right && seen['3 wide'] === '... bbb' && seen['toRGBA, 8'] === '0,0,0,255' ? 0 : 1);
JS
node look.cjs
