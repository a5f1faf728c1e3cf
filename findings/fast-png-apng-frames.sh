#!/usr/bin/env bash
# fast-png 8.0.0, decodeApng: a frame that covers a part of the picture is put on nothing, and not on what the frames
# before it left (PNG, third edition, of fcTL: dispose_op 0 leaves the output buffer as it is). Blended over,
# an opaque pixel comes out with alpha 0.
# Two pixels, red and green, and then a blue one of one pixel at the right; both ways give red and blue.
# Seen on 2026-12-01: {"source":"0,0,0,0,0,0,255,255","over":"0,0,0,0,0,0,254,0"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund fast-png@8.0.0
cat > look.mjs <<'JS'
import { crc32, deflateSync } from 'node:zlib';
import { decodeApng } from 'fast-png';

const word = (...numbers) => Buffer.concat(numbers.map((n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; }));
const chunk = (kind, ...parts) => {
  const body = Buffer.concat([Buffer.from(kind), ...parts.map((part) => Buffer.from(part))]);
  return Buffer.concat([word(body.length - 4), body, word(crc32(body))]);
};
const red = [255, 0, 0, 255], green = [0, 255, 0, 255], blue = [0, 0, 255, 255];
function second(blend) {
  const shown = [0, 100, 3, 232, 0]; // 100 of 1000 ms; dispose_op 0
  const file = Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', word(2, 1), [8, 6, 0, 0, 0]), chunk('acTL', word(2, 0)),
    chunk('fcTL', word(0, 2, 1, 0, 0), shown, [0]), chunk('IDAT', deflateSync(Buffer.from([0, ...red, ...green]))),
    chunk('fcTL', word(1, 1, 1, 1, 0), shown, [blend]), chunk('fdAT', word(2), deflateSync(Buffer.from([0, ...blue]))),
    chunk('IEND'),
  ]);
  return String(decodeApng(file).frames[1].data);
}
const seen = { source: second(0), over: second(1) };
console.log(JSON.stringify(seen));
process.exit(Object.values(seen).includes(String([...red, ...blue])) ? 1 : 0);
JS
node look.mjs
