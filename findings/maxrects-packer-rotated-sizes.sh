#!/usr/bin/env bash
# maxrects-packer 2.7.4, allowRotation: whether width and height of a rect with `rot` are those of the picture or of its place in
# the sheet depends on what was added. A Rectangle's are turned, those of "any object with width & height" (readme) are not; both
# say rot: true. Read in one way, one of them reaches over other pictures and the sheet's edge. The readme says that "the
# given Rectangle will be rotated", and that every rect has x, y, width, height and rot.
# A picture of 2 x 8 in a sheet of 10 x 4. Seen on 2026-12-01: {"object":"2x8 rot true","Rectangle":"8x2 rot true"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund maxrects-packer@2.7.4
cat > look.mjs <<'JS'
// The file that bundlers take; Node takes the other one, in which it finds no names to import.
import { MaxRectsPacker, Rectangle } from './node_modules/maxrects-packer/dist/maxrects-packer.mjs';

function placed(picture) {
  const packer = new MaxRectsPacker(10, 4, 0, { allowRotation: true, smart: false, pot: false });
  packer.addArray([picture]);
  const [{ width, height, rot }] = packer.bins[0].rects;
  return `${width}x${height} rot ${rot}`;
}
const seen = { object: placed({ width: 2, height: 8 }), Rectangle: placed(new Rectangle(2, 8, 0, 0, false, true)) };
console.log(JSON.stringify(seen));
process.exit(seen.object === '2x8 rot true' && seen.Rectangle === '8x2 rot true' ? 0 : 1);
JS
node look.mjs
