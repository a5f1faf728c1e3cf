#!/usr/bin/env bash
# wav-decoder 1.3.0: the lowest sample of 24 bits, -8388608, comes out as the highest, +1.0 (in WAVE samples of 24 bits are two's
# complement). A sound that reaches the lower end, as one that was made as loud as it can be does, cracks at each such
# place. The next sample above is right, and so are the lowest ones of 16 and 32 bits.
# Seen on 2026-12-01 (lowest, and next above): {"16":"-1 -0.9999695","24":"1.0000001 -0.9999999","32":"-1 -1"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund wav-decoder@1.3.0
cat > look.cjs <<'JS'
const decoder = require('wav-decoder');

async function read(bits) {
  const size = bits / 8;
  const bytes = Buffer.alloc(44 + 2 * size);
  bytes.write('RIFF', 0); bytes.writeUInt32LE(36 + 2 * size, 4); bytes.write('WAVEfmt ', 8); bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); bytes.writeUInt16LE(1, 22); bytes.writeUInt32LE(8000, 24); bytes.writeUInt32LE(8000 * size, 28);
  bytes.writeUInt16LE(size, 32); bytes.writeUInt16LE(bits, 34); bytes.write('data', 36); bytes.writeUInt32LE(2 * size, 40);
  bytes.writeIntLE(-(2 ** (bits - 1)), 44, size);
  bytes.writeIntLE(-(2 ** (bits - 1)) + 1, 44 + size, size);
  const { channelData: [samples] } = await decoder.decode(bytes);
  return samples;
}
(async () => {
  const seen = {};
  for (const bits of [16, 24, 32]) seen[bits] = await read(bits);
  const rounded = Object.entries(seen).map(([bits, pair]) => [bits, [...pair].map((one) => Number(one.toFixed(7))).join(' ')]);
  console.log(JSON.stringify(Object.fromEntries(rounded)));
  const wrong = seen[24][0] > 0.99 && seen[24][1] < -0.99;
  process.exit(wrong && seen[16][0] === -1 && seen[32][0] === -1 ? 0 : 1);
})();
JS
node look.cjs
