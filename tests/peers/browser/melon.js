import * as me from '/npm/melonjs/build/index.js';

// addAnimation takes the names and times that the JSON array lists.
export default async function play(plan) {
  await new Promise((resolve) => me.device.onReady(resolve));
  me.video.init(plan.width, plan.height, { parent: document.body, renderer: me.video.CANVAS, scale: 1, antiAlias: false });
  await new Promise((resolve) => me.loader.preload(plan.cells.flatMap((cell) => [
    { name: cell.stem, type: 'image', src: cell.files.image },
    { name: cell.stem, type: 'json', src: cell.files['json-array'] },
  ]), resolve, false));
  me.state.set(me.state.PLAY, new me.Stage());
  me.state.change(me.state.PLAY);
  await new Promise((resolve) => setTimeout(resolve, 50));
  me.game.world.addChild(new me.ColorLayer('ground', plan.background), 0);
  for (const cell of plan.cells) {
    const data = me.loader.getJSON(cell.stem);
    const atlas = new me.TextureAtlas(data, me.loader.getImage(cell.stem));
    const names = data.animations[cell.animation];
    const sprite = new me.Sprite(cell.x, cell.y, atlas.getAnimationSettings([...new Set(names)]));
    sprite.anchorPoint.set(0, 0);
    const steps = names.map((name, i) => ({ name, delay: data.durations[cell.animation][i] }));
    sprite.addAnimation(cell.animation, steps);
    sprite.setCurrentAnimation(cell.animation, cell.loop ? undefined : () => false);
    me.game.world.addChild(sprite, 1);
  }
  return { canvas: () => me.video.renderer.getCanvas() };
}
