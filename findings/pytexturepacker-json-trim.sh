#!/usr/bin/env bash
# PyTexturePacker 1.2.1, atlas_format="json": of a trimmed sprite it writes where its right and lower edge are as its width and
# height (spriteSourceSize), and says "trimed" where the format of TexturePacker, whose other keys it has, says "trimmed". So
# Phaser 4.2.1 takes the sprite for an untrimmed one: small, and at another place than it was drawn at.
# A picture of 16 x 16 in which 6 x 5 pixels are seen, from (4, 3) on, as its plist says.
# Seen on 2026-12-01: {"plist":"{{4,3},{6,5}}","json":{"x":4,"y":3,"w":10,"h":8},"trimed":true,"trimmed":"undefined",
#   "phaser":{"x":0,"y":0,"of":[6,5]}}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pytexturepacker==1.2.1 pillow==13.0.0
npm install --silent --no-audit --no-fund phaser@4.2.1
venv/bin/python - <<'PY'
from PIL import Image
from PyTexturePacker import Packer

picture = Image.new("RGBA", (16, 16))
picture.paste((200, 80, 40, 255), (4, 3, 10, 8))
picture.save("hero.png")
for form in ("json", "plist"):
    Packer.create(trim_mode=1, enable_rotated=False, atlas_format=form).pack(["hero.png"], "sheet")
PY
cat > look.cjs <<'JS'
const fs = require('fs');
const Frame = require('./node_modules/phaser/src/textures/Frame.js');
const read = require('./node_modules/phaser/src/textures/parsers/JSONHash.js');

const data = JSON.parse(fs.readFileSync('sheet.json', 'utf8'));
const { spriteSourceSize, trimed, trimmed } = data.frames['hero.png'];
const plist = fs.readFileSync('sheet.plist', 'utf8').match(/sourceColorRect<\/key>\s*<string>([^<]*)/)[1];
const found = {};
const texture = { source: [{ width: data.meta.size.w, height: data.meta.size.h }], customData: {} };
texture.add = (name, index, ...place) => (found[name] = new Frame(texture, name, index, ...place));
read(texture, 0, data);
const { x, y, realWidth, realHeight } = found['hero.png'];
const seen = { plist, json: spriteSourceSize, trimed, trimmed: `${trimmed}`, phaser: { x, y, of: [realWidth, realHeight] } };
console.log(JSON.stringify(seen));
const wrong = String(Object.values(spriteSourceSize)) === '4,3,10,8' && trimmed === undefined && realWidth === 6;
process.exit(plist === '{{4,3},{6,5}}' && wrong ? 0 : 1);
JS
node look.cjs
