import kaplay from '/npm/kaplay/dist/kaplay.mjs';

// KAPLAY knows one speed for all frames of an animation.
export default async function play(plan) {
  const canvas = document.createElement('canvas');
  document.body.append(canvas);
  const k = kaplay({
    canvas, width: plan.width, height: plan.height, background: plan.background, crisp: true, pixelDensity: 1,
    texFilter: 'nearest', global: false, loadingScreen: false, scale: 1,
  });
  for (const cell of plan.cells) k.loadAseprite(cell.stem, cell.files.image, cell.files.aseprite);
  await new Promise((resolve) => k.onLoad(resolve));
  for (const cell of plan.cells) {
    const sprite = k.add([k.sprite(cell.stem), k.pos(cell.x, cell.y)]);
    sprite.play(cell.animation, { loop: cell.loop, speed: cell.fps });
  }
  return { canvas: () => canvas };
}
