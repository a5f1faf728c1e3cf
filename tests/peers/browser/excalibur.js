import * as ex from 'excalibur';
import { AsepriteResource } from '/npm/@excaliburjs/plugin-aseprite/build/esm/excalibur-aseprite.js';

export default async function play(plan) {
  const canvas = document.createElement('canvas');
  document.body.append(canvas);
  const game = new ex.Engine({
    canvasElement: canvas, width: plan.width, height: plan.height, suppressPlayButton: true,
    suppressConsoleBootMessage: true, suppressHiDPIScaling: true, antialiasing: false, pixelRatio: 1,
    displayMode: ex.DisplayMode.Fixed, backgroundColor: ex.Color.fromHex(plan.background),
  });
  const sheets = plan.cells.map((cell) => new AsepriteResource(cell.files.aseprite));
  await Promise.all(sheets.map((sheet) => sheet.load()));
  plan.cells.forEach((cell, i) => {
    const actor = new ex.Actor({ pos: ex.vec(cell.x, cell.y), anchor: ex.vec(0, 0) });
    actor.graphics.use(sheets[i].getAnimation(cell.animation));
    game.add(actor);
  });
  await game.start();
  return { canvas: () => canvas };
}
