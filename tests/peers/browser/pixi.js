import * as PIXI from '/npm/pixi.js/dist/pixi.mjs';

// The JSON of TexturePacker has no times: `durations` beside `animations` are ours, and given to AnimatedSprite.
export default async function play(plan) {
  const app = new PIXI.Application();
  await app.init({ width: plan.width, height: plan.height, background: plan.background, antialias: false, preference: 'webgl' });
  for (const cell of plan.cells) {
    const sheet = await PIXI.Assets.load(cell.files.json);
    const pages = [sheet, ...sheet.linkedSheets];
    const page = pages.find((each) => cell.animation in each.animations);
    const times = page.data.durations[cell.animation];
    const frames = page.animations[cell.animation].map((texture, i) => ({ texture, time: times[i] }));
    const sprite = new PIXI.AnimatedSprite(frames);
    sprite.anchor.set(0);
    sprite.position.set(cell.x, cell.y);
    sprite.loop = cell.loop;
    sprite.play();
    app.stage.addChild(sprite);
  }
  return { canvas: () => app.canvas };
}
