#!/usr/bin/env bash
# free-tex-packer-core 0.3.9, exporters "Spine" and "GodotAtlas": how much was cut off a sprite's left and lower edge is written as
# 0, whatever it was, though both are listed as exporters that trim (allowTrim, on where nothing is said). In an atlas of libGDX
# and Spine `offset` is what was stripped from left and bottom, in Godot's `margin` the same with the sizes; so the sprite
# stands at another place in each frame of an animation. JsonHash has it.
# A picture of 16 x 16 in which 6 x 5 pixels are seen, from (4, 3) on: offset 4,8, margin 4,3,10,11. Seen on 2026-12-01:
#   {"Spine":"size: 6,5 orig: 16,16 offset: 0,0","GodotAtlas":"0,0,0,0","JsonHash":"4,3,6,5"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund free-tex-packer-core@0.3.9 pngjs@7.0.0
cat > look.cjs <<'JS'
const pack = require('free-tex-packer-core');
const { PNG } = require('pngjs');

const picture = new PNG({ width: 16, height: 16 });
picture.data.fill(0);
for (let y = 3; y < 8; y++) for (let x = 4; x < 10; x++) picture.data.set([200, 80, 40, 255], (y * 16 + x) * 4);
const contents = PNG.sync.write(picture);
const written = (exporter) => new Promise((resolve, reject) => {
  pack([{ path: 'hero.png', contents }], { exporter, padding: 0 }, (files, error) => {
    if (error) reject(error);
    else resolve(files.find(({ name }) => !name.endsWith('.png')).buffer.toString());
  });
});
(async () => {
  const seen = { Spine: (await written('Spine')).match(/(size: \d+,\d+|orig.*|offset.*)$/gm).slice(-3).join(' ') };
  const sprite = JSON.parse(await written('GodotAtlas')).textures[0].sprites[0];
  seen.GodotAtlas = Object.values(sprite.margin).join();
  seen.JsonHash = Object.values(Object.values(JSON.parse(await written('JsonHash')).frames)[0].spriteSourceSize).join();
  console.log(JSON.stringify(seen));
  const wrong = seen.Spine.endsWith('offset: 0,0') && seen.GodotAtlas === '0,0,0,0' && sprite.region.w === 6;
  process.exit(wrong && seen.JsonHash === '4,3,6,5' ? 0 : 1);
})();
JS
node look.cjs
