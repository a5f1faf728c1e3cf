#!/usr/bin/env bash
# modern-gif 2.1.0, decodeFrames: what a frame with disposal 3 covered comes back as it was after the last frame whose disposal
# was neither 1 nor 3, not as it was just before (GIF89a, 23: restore to what was there prior to rendering the graphic).
# Encoders write 1 for a ground that stays, so that the ground of a sprite that moves over it is gone after the sprite's
# first place. After disposal 2 it comes back as it was before that frame was cleared.
# A red ground of two pixels, blue on the right that is to go again, then green on the left; the ground's disposal is 0 or 1.
# Seen on 2026-12-01: {"0":["red red","red blue","green red"],"1":["red red","red blue","green nothing"]}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund modern-gif@2.1.0 omggif@1.0.10
cat > look.mjs <<'JS'
import { decodeFrames } from 'modern-gif';
import { GifWriter } from 'omggif';

const names = { 'ff0000ff': 'red', '0000ffff': 'blue', '00ff00ff': 'green', '00000000': 'nothing' };
function shown(disposal) {
  const bytes = new Uint8Array(1000);
  const writer = new GifWriter(bytes, 2, 1, { palette: [0xff0000, 0x0000ff, 0x00ff00, 0] });
  writer.addFrame(0, 0, 2, 1, [0, 0], { disposal });
  writer.addFrame(1, 0, 1, 1, [1], { disposal: 3 });
  writer.addFrame(0, 0, 1, 1, [2], { disposal: 1 });
  const frames = decodeFrames(bytes.buffer.slice(0, writer.end()));
  return frames.map(({ data }) => Buffer.from(data).toString('hex').match(/.{8}/g).map((pixel) => names[pixel]).join(' '));
}
const seen = { 0: shown(0), 1: shown(1) };
console.log(JSON.stringify(seen));
process.exit(seen[0][2] === 'green red' && seen[1][1] === 'red blue' && seen[1][2] === 'green nothing' ? 0 : 1);
JS
node look.mjs
