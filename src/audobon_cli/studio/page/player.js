// Frames on pages, played on a canvas: by animation, at their own times, with the frames before and after shining through.

import { element, option } from "./words.js";

const SPEEDS = [["0.25", "¼ speed"], ["0.5", "½ speed"], ["1", "Full speed"], ["2", "2× speed"]];
const ZOOMS = [1, 2, 4, 8, 16];
const SHINE = 0.3;
const USUAL_SIDE = 256; // screen pixels that a small figure is enlarged to

/** Controls and canvas for `playing`, as a trial answers it, with `stop()`, which ends all motion. */
export async function playerOf(playing, name) {
  const pages = await Promise.all(playing.pages.map(async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    return image;
  }));
  const frames = playing.frames;
  const all = { name: "all frames in order", plays: 0, steps: frames.map((one, frame) => ({ frame, ms: one.duration_ms })) };
  const animations = [...playing.animations, ...(frames.length > 1 ? [all] : [])];
  const width = Math.max(...frames.map((one) => one.source[0]));
  const height = Math.max(...frames.map((one) => one.source[1]));
  let moving = animations[0];
  let at = 0;
  let zoom = ZOOMS.findLast((one) => one * Math.max(width, height) <= USUAL_SIDE) ?? 1;
  let timer = null;

  const canvas = element("canvas", { role: "img", class: "exact" });
  const which = element("select", { "aria-label": "Animation" }, ...animations.map((one, place) => option(place, one.name)));
  const play = element("button", { type: "button", class: "main" }, "Play");
  const back = element("button", { type: "button", "aria-label": "Frame before" }, "‹");
  const next = element("button", { type: "button", "aria-label": "Frame after" }, "›");
  const speed = element("select", { "aria-label": "Speed" }, ...SPEEDS.map(([value, words]) => option(value, words)));
  const size = element("select", { "aria-label": "Zoom of the animation" }, ...ZOOMS.map((one) => option(one, `${one}×`)));
  const onion = element("input", { type: "checkbox", id: "player-onion" });
  const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Frame" });
  const words = element("p", { class: "fact times" });
  speed.value = "1";
  size.value = String(zoom);

  const paint = (pen, place, alpha) => {
    const frame = frames[moving.steps[place].frame];
    const [x, y, wide, high] = frame.rect;
    pen.globalAlpha = alpha;
    pen.drawImage(pages[frame.page], x, y, wide, high, frame.offset[0] * zoom, frame.offset[1] * zoom, wide * zoom, high * zoom);
  };
  const draw = () => {
    const steps = moving.steps;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (onion.checked && steps.length > 1) {
      paint(pen, (at + steps.length - 1) % steps.length, SHINE);
      if (steps.length > 2) paint(pen, (at + 1) % steps.length, SHINE);
    }
    paint(pen, at, 1);
    const total = steps.reduce((sum, one) => sum + one.ms, 0);
    const said = `Frame ${at + 1} of ${steps.length}, ${Math.round(steps[at].ms)} ms`;
    words.textContent = `${said} of ${Math.round(total)} ms; ${frames[steps[at].frame].name}`;
    slider.max = steps.length - 1;
    slider.value = at;
    slider.setAttribute("aria-valuetext", said);
    canvas.setAttribute("aria-label", `${name}: ${moving.name}`);
  };
  const resize = () => {
    canvas.width = width * zoom;
    canvas.height = height * zoom;
    canvas.style.width = `${canvas.width / devicePixelRatio}px`;
    canvas.style.height = `${canvas.height / devicePixelRatio}px`;
    draw();
  };
  const stop = () => {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
  };
  const tick = () => {
    timer = setTimeout(() => {
      const ends = at === moving.steps.length - 1 && moving.plays === 1;
      if (!canvas.isConnected || ends) return stop();
      at = (at + 1) % moving.steps.length;
      draw();
      tick();
    }, moving.steps[at].ms / Number(speed.value));
  };
  const start = () => {
    if (moving.plays === 1 && at === moving.steps.length - 1) at = 0;
    play.textContent = "Pause";
    draw();
    tick();
  };
  const go = (place) => {
    stop();
    at = (place + moving.steps.length) % moving.steps.length;
    draw();
  };
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  back.addEventListener("click", () => go(at - 1));
  next.addEventListener("click", () => go(at + 1));
  slider.addEventListener("input", () => go(Number(slider.value)));
  onion.addEventListener("change", draw);
  which.addEventListener("change", () => {
    moving = animations[Number(which.value)];
    go(0);
  });
  size.addEventListener("change", () => {
    zoom = Number(size.value);
    resize();
  });
  resize();
  const stage = element("div", { class: "stage", tabindex: "0", role: "region", "aria-label": "Animation" }, canvas);
  const made = element("div", { class: "player" },
    element("div", { class: "bar" }, play, back, next, which, speed, size,
      element("label", { for: "player-onion", class: "check" }, onion, "Onion skin")),
    stage, slider, words);
  return { made, stop, start };
}
