#!/usr/bin/env bash
# node-wav 0.0.2, decode: of a small sound it may give undefined and no error. The end of a Buffer that is a view of a larger
# ArrayBuffer (as Node's pool gives out for few bytes, and as a slice of a pack is) is counted without its offset, so that a
# sound that begins beyond its own length is over before it is read. So it is, too, after a chunk of odd length, whose
# byte of padding (RIFF: chunks begin on even places) is not skipped: iXML of 11 letters before the samples, and there are
# none. wav-decoder 1.3.0 reads the view, and raises a RangeError at the chunk.
# Four samples of 16 bits. Seen on 2026-12-01:
#   {"node-wav":["1,2,3,4","undefined","undefined"],"wav-decoder":["1,2,3,4","1,2,3,4","RangeError"]}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund node-wav@0.0.2 wav-decoder@1.3.0
cat > look.cjs <<'JS'
const decoder = require('wav-decoder');
const wav = require('node-wav');

const word = (number) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(number); return bytes; };
const chunk = (kind, body) => Buffer.concat([Buffer.from(kind), word(body.length), body, Buffer.alloc(body.length % 2)]);
function sound(...before) {
  const format = Buffer.concat([Buffer.from([1, 0, 1, 0]), word(8000), word(16000), Buffer.from([2, 0, 16, 0])]);
  const samples = Buffer.from(Int16Array.of(1, 2, 3, 4).buffer);
  const body = Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), ...before, chunk('data', samples)]);
  return chunk('RIFF', body);
}
function view(bytes) { // the same bytes, in the middle of others
  const place = new Uint8Array(4096);
  place.set(bytes, 2048);
  return Buffer.from(place.buffer, 2048, bytes.length);
}
const alone = (bytes) => Buffer.from(Uint8Array.from(bytes).buffer);
const numbers = (found) => (found ? [...found.channelData[0]].map((one) => Math.round(one * 32768)).join() : `${found}`);
const notes = chunk('iXML', Buffer.from('<BWFXML/>\r\n'));
const looks = [alone(sound()), view(sound()), alone(sound(notes))];
(async () => {
  const seen = { 'node-wav': looks.map((bytes) => numbers(wav.decode(bytes))), 'wav-decoder': [] };
  for (const bytes of looks) {
    const found = await decoder.decode(bytes).then(numbers, (error) => error.name);
    seen['wav-decoder'].push(found);
  }
  console.log(JSON.stringify(seen));
  const right = '1,2,3,4';
  const wrong = JSON.stringify([[right, 'undefined', 'undefined'], [right, right, 'RangeError']]);
  process.exit(JSON.stringify(Object.values(seen)) === wrong ? 0 : 1);
})();
JS
node look.cjs
