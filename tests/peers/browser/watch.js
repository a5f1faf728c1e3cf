// Plays the cells of a plan with one engine, 1/60 s after 1/60 s, and tells which picture each cell showed when.
// Engines' scripts set window.engine = { canvas(), ready } and place cells by the plan.
const TICK = 1000 / 60;

function checksum(data) {
  let value = 0x811c9dc5;
  for (let i = 0; i < data.length; i++) value = Math.imul(value ^ data[i], 0x01000193);
  return value >>> 0;
}

async function loaded(promise) {
  // Engines load while they draw: let them, with next to no time passing.
  let done = false;
  promise.then(() => { done = true; });
  for (let i = 0; !done; i++) {
    if (i > 20000) throw new Error('the engine was not ready');
    window.stepClock(0.01);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

window.watch = async (play, plan) => {
  const errors = [];
  window.addEventListener('error', (event) => errors.push(String(event.message)));
  const warn = console.warn;
  console.warn = (...words) => { errors.push(words.map(String).join(' ').slice(0, 200)); warn(...words); };
  const ready = play(plan);
  await loaded(ready);
  const canvas = (await ready).canvas();
  const copy = document.createElement('canvas');
  copy.width = plan.width;
  copy.height = plan.height;
  const context = copy.getContext('2d', { willReadFrequently: true });
  const seen = plan.cells.map(() => []);
  const unknown = {};
  for (let tick = 0; tick < plan.ticks; tick++) {
    window.stepClock(TICK);
    context.clearRect(0, 0, plan.width, plan.height);
    context.drawImage(canvas, 0, 0);
    plan.cells.forEach((cell, i) => {
      const { data } = context.getImageData(cell.x, cell.y, cell.width, cell.height);
      const sum = checksum(data);
      seen[i].push(sum);
      const begun = seen[i].some((one) => plan.known.includes(one));
      if (begun && !plan.known.includes(sum) && !(i in unknown)) {
        unknown[i] = { tick, pixels: btoa(String.fromCharCode(...data)) };
      }
    });
    if (tick % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { seen, unknown, errors };
};
