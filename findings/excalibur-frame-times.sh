#!/usr/bin/env bash
# Excalibur 0.31.0, Animation.tick: what is left of a tick when a frame ends is thrown away, and one tick passes one frame at
# most. Each frame lasts until the next picture of the screen: at 60 Hz frames of 40 ms take 50, of 10 ms 16.7, and a whole
# animation falls behind by as much. Its documentation calls frameDuration the duration of a frame in ms.
# Ten seconds in ticks of 1/60 s: how many frames are begun, by the duration that was asked for.
# Seen on 2026-12-01 (the first frame is counted in what is seen):
#   {"100 ms":{"right":100,"seen":101},"40 ms":{"right":250,"seen":201},
#    "30 ms":{"right":333,"seen":301},"10 ms":{"right":1000,"seen":601}}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund excalibur@0.31.0
cat > look.cjs <<'JS'
globalThis.window ??= globalThis; // asked for as it is loaded
const { Animation } = require('excalibur');

function frames(frameDuration) {
  const animation = new Animation({ frames: [{}, {}, {}], frameDuration });
  let begun = 0;
  animation.events.on('frame', () => begun++);
  for (let tick = 1; tick <= 600; tick++) animation.tick(1000 / 60, tick);
  return begun;
}
const seen = {};
for (const ms of [100, 40, 30, 10]) seen[`${ms} ms`] = { right: Math.round(10000 / ms), seen: frames(ms) };
console.log(JSON.stringify(seen));
process.exit(seen['40 ms'].seen < 210 && seen['10 ms'].seen < 610 ? 0 : 1);
JS
node look.cjs
