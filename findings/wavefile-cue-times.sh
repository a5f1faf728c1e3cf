#!/usr/bin/env bash
# wavefile 11.0.0 (npm), toSampleRate: the samples get the new rate, cue points and the loops of the smpl chunk keep their
# numbers of samples, and so another time. A sound of one second at 44100 Hz with a mark at 250 ms and a loop from 500 to
# 750 ms, brought to 22050 Hz: one second still, with the mark at 500 ms and the loop where the sound has ended.
# Seen on 2026-12-01:
#   [{"rate":44100,"length":1000,"cue":250,"loop":[500,750]},{"rate":22050,"length":1000,"cue":500,"loop":[1000,1500]}]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund wavefile@11.0.0
cat > look.cjs <<'JS'
const { WaveFile } = require('wavefile');

const said = (wav) => {
  const length = (1000 * wav.getSamples().length) / wav.fmt.sampleRate;
  const [loop] = wav.smpl.loops;
  const times = [loop.dwStart, loop.dwEnd].map((sample) => Math.round((1000 * sample) / wav.fmt.sampleRate));
  return { rate: wav.fmt.sampleRate, length, cue: wav.listCuePoints()[0].position, loop: times };
};
const made = new WaveFile();
made.fromScratch(1, 44100, '16', Float64Array.from({ length: 44100 }, (_, i) => Math.round(9000 * Math.sin(i / 20))));
made.setCuePoint({ position: 250, label: 'hit' });
made.smpl.chunkId = 'smpl';
made.smpl.dwNumSampleLoops = 1;
made.smpl.loops = [{ dwName: 0, dwType: 0, dwStart: 22050, dwEnd: 33075, dwFraction: 0, dwPlayCount: 0 }];
const before = new WaveFile(made.toBuffer());
const after = new WaveFile(made.toBuffer());
after.toSampleRate(22050);
const read = new WaveFile(after.toBuffer());
console.log(JSON.stringify([said(before), said(read)]));
process.exit(said(before).cue === 250 && said(read).cue === 500 && said(read).loop[0] === 1000 ? 0 : 1);
JS
node look.cjs
