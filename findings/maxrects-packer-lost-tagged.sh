#!/usr/bin/env bash
# maxrects-packer 2.7.4 with tag: true and exclusiveTag: false, addArray: where it finds no room for all pictures of a tag in one
# sheet, those that are left over are in no sheet at all, and nothing is raised. By the readme all that is added gets a place
# in a bin; of this option it says that the packer "will try to put tag rects into the same bin". add(), one by one, puts the same
# pictures into one sheet, and addArray with exclusiveTag: true opens a second one.
# Three pictures, 7 x 2, 2 x 5 and 7 x 1, of one tag, in sheets of 8 x 8. Seen on 2026-12-01 (pictures in each sheet):
#   {"addArray":[["7x2","7x1"]],"add":[["7x2","2x5","7x1"]],"exclusive":[["7x2","7x1"],["2x5"]]}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund maxrects-packer@2.7.4
cat > look.mjs <<'JS'
// The file that bundlers take; Node takes the other one, in which it finds no names to import.
import { MaxRectsPacker } from './node_modules/maxrects-packer/dist/maxrects-packer.mjs';

const pictures = () => [[7, 2], [2, 5], [7, 1]].map(([width, height]) => ({ width, height, tag: 'hero' }));
function sheets(exclusiveTag, fill) {
  const packer = new MaxRectsPacker(8, 8, 0, { tag: true, exclusiveTag });
  fill(packer);
  return packer.bins.map((bin) => bin.rects.map(({ width, height }) => `${width}x${height}`));
}
const seen = {
  addArray: sheets(false, (packer) => packer.addArray(pictures())),
  add: sheets(false, (packer) => pictures().forEach((picture) => packer.add(picture))),
  exclusive: sheets(true, (packer) => packer.addArray(pictures())),
};
console.log(JSON.stringify(seen));
const counts = Object.values(seen).map((bins) => bins.flat().length);
process.exit(counts.join() === '2,3,3' ? 0 : 1);
JS
node look.mjs
