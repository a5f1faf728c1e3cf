// Reads atlases with Phaser 3's own parsers: `node phaser.cjs hash|array|multi FILE.json WIDTHxHEIGHT ...`.
const fs = require('fs');
const path = require('path');
const source = path.join(path.dirname(require.resolve('phaser/package.json')), 'src');
const Frame = require(path.join(source, 'textures/Frame.js'));
const JSONHash = require(path.join(source, 'textures/parsers/JSONHash.js'));
const JSONArray = require(path.join(source, 'textures/parsers/JSONArray.js'));

const [kind, file, ...sizes] = process.argv.slice(2);
const data = JSON.parse(fs.readFileSync(file, 'utf8'));
const sources = sizes.map((size) => {
  const [width, height] = size.split('x').map(Number);
  return { width, height };
});
const texture = {
  source: sources,
  customData: {},
  frames: {},
  add(name, index, x, y, width, height) {
    if (Object.hasOwn(this.frames, name)) return null;
    this.frames[name] = new Frame(this, name, index, x, y, width, height);
    return this.frames[name];
  },
};
if (kind === 'hash') JSONHash(texture, 0, data);
else if (kind === 'array') JSONArray(texture, 0, data);
else data.textures.forEach((_, index) => JSONArray(texture, index, data)); // as MultiAtlasFile has it done

const frames = Object.values(texture.frames)
  .filter((frame) => frame.name !== '__BASE')
  .map((frame) => ({
    name: frame.name,
    image: kind === 'multi' ? data.textures[frame.sourceIndex].image : data.meta.image,
    frame: [frame.cutX, frame.cutY, frame.cutWidth, frame.cutHeight],
    orig: [frame.realWidth, frame.realHeight],
    trim: frame.trimmed ? [frame.x, frame.y, frame.width, frame.height] : null,
    anchor: frame.customPivot ? [frame.pivotX, frame.pivotY] : null,
  }));
process.stdout.write(JSON.stringify({ frames }));
