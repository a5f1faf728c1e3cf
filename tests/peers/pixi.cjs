// Reads sheets with PixiJS's own Spritesheet: `node pixi.cjs WIDTHxHEIGHT=FILE.json ...`; prints what it found.
const fs = require('fs');
const path = require('path');
const lib = path.dirname(require.resolve('pixi.js'));
const Spritesheet = require(path.join(lib, 'spritesheet/Spritesheet.js'));
const Texture = require(path.join(lib, 'rendering/renderers/shared/texture/Texture.js'));
const TextureSource = require(path.join(lib, 'rendering/renderers/shared/texture/sources/TextureSource.js'));

const rectangle = (r) => [r.x, r.y, r.width, r.height];

async function main() {
  const found = { frames: [], animations: {}, packs: [] };
  for (const argument of process.argv.slice(2)) {
    const [size, file] = argument.split(/=(.*)/s);
    const [width, height] = size.split('x').map(Number);
    const data = JSON.parse(fs.readFileSync(file, 'utf8'));
    const texture = new Texture.Texture({ source: new TextureSource.TextureSource({ width, height }) });
    const sheet = new Spritesheet.Spritesheet({ texture, data });
    await sheet.parse();
    for (const [name, t] of Object.entries(sheet.textures)) {
      found.frames.push({
        name,
        image: data.meta.image,
        frame: rectangle(t.frame),
        orig: [t.orig.width, t.orig.height],
        trim: t.trim ? rectangle(t.trim) : null,
        anchor: t.defaultAnchor ? [t.defaultAnchor.x, t.defaultAnchor.y] : null,
      });
    }
    for (const [name, frames] of Object.entries(sheet.animations)) {
      found.animations[name] = frames.map((t) => t.label);
    }
    found.packs.push(data.meta.related_multi_packs || []);
  }
  process.stdout.write(JSON.stringify(found));
}

main();
