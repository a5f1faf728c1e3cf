#!/usr/bin/env bash
# upng-js 2.1.0, toRGBA8: greys of 1, 2 and 4 bits are read as if no row ended in the middle of a byte, so that every row
# but the first is shifted where the width is no multiple of 8, 4 or 2. PNG, third edition, 7.2: each row begins on a byte.
# Of an interlaced picture of 1 bit the columns 4 to 7 of every eight are laid over the columns 0 to 3.
# The file: two rows of three pixels, white black black and black black white; then one row of eight, four black, four white,
# interlaced and not.
# Seen on 2026-12-01 (by bits a sample; 8 is right):
#   {"1":"W.....","2":"W.....","4":"W.....","8":"W....W","whole":"....WWWW","interlaced":"WWWW...."}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund upng-js@2.1.0
cat > look.cjs <<'JS'
const { crc32, deflateSync } = require('node:zlib');
const UPNG = require('upng-js');

const word = (...numbers) => Buffer.concat(numbers.map((n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; }));
const chunk = (kind, ...parts) => {
  const body = Buffer.concat([Buffer.from(kind), ...parts.map((part) => Buffer.from(part))]);
  return Buffer.concat([word(body.length - 4), body, word(crc32(body))]);
};
function greys(width, height, bits, interlaced, rows) {
  const file = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', word(width, height), [bits, 0, 0, 0, interlaced]),
    chunk('IDAT', deflateSync(Buffer.from(rows))), chunk('IEND'),
  ]);
  const [pixels] = UPNG.toRGBA8(UPNG.decode(file));
  return [...new Uint8Array(pixels)].filter((_, place) => place % 4 === 0).map((grey) => (grey ? 'W' : '.')).join('');
}
const seen = {
  1: greys(3, 2, 1, 0, [0, 0b10000000, 0, 0b00100000]), 2: greys(3, 2, 2, 0, [0, 0b11000000, 0, 0b00001100]),
  4: greys(3, 2, 4, 0, [0, 0xf0, 0, 0, 0, 0xf0]), 8: greys(3, 2, 8, 0, [0, 255, 0, 0, 0, 0, 0, 255]),
  whole: greys(8, 1, 1, 0, [0, 0b00001111]), // one row, whole bytes
  interlaced: greys(8, 1, 1, 1, [0, 0, 0, 128, 0, 64, 0, 0b00110000]), // the columns 0; 4; 2 and 6; 1, 3, 5 and 7
};
console.log(JSON.stringify(seen));
const right = 'W....W';
process.exit([seen[1], seen[2], seen[4]].includes(right) || seen[8] !== right || seen.interlaced === seen.whole ? 1 : 0);
JS
node look.cjs
