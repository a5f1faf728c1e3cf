// Pictures beside and over each other: all at once, and two by a slider, side by side, in turn, and where they differ.

import { beginChoosing, candidatesOf, sizeTiles, stopPlaying } from "./candidates.js";
import { fileOf, get } from "./server.js";
import { byId, element, extent, option } from "./words.js";

const MODES = { all: "All", slider: "Slider", side: "Side by side", flicker: "In turn", difference: "Difference" };
const TURN_MS = 600;
let mode = "slider";
let zoom = 4;
let pair = [0, 1];
let all = [];
let assets = []; // those of them that are pictures
let turning;
let run = 0;

/** Show assets by their ids, two of them at a time. Throws Failure. */
export async function showCompare(ids) {
  const mine = ++run;
  const read = async (id) => {
    try {
      return (await get(`/assets/${encodeURIComponent(id)}`)).asset;
    } catch (error) {
      if (error.code === "asset.not_found") return null; // thrown away since
      throw error;
    }
  };
  const found = await Promise.all(ids.map(read));
  if (mine !== run) return;
  all = found.filter(Boolean);
  assets = all.filter((asset) => asset.kind !== "sound");
  pair = [0, Math.min(1, assets.length - 1)];
  if (assets.length !== 2 || all.length > 2) mode = "all";
  else if (mode === "all") mode = "slider";
  const largest = Math.max(...assets.map((asset) => Math.max(asset.width, asset.height)), 1);
  zoom = Math.max(1, Math.min(16, Math.floor(mode === "all" ? roomForAll(largest) : (Math.min(innerWidth, innerHeight) * 0.6) / largest)));
  build();
}

/** The largest zoom at which all are seen at once, in so many columns as that takes. */
function roomForAll(largest) {
  const number = Math.max(assets.length, 1);
  const columns = Array.from({ length: number }, (_, place) => place + 1);
  return Math.max(...columns.map((across) => Math.min(
    (innerWidth * 0.9) / (across * (largest + 16)), (innerHeight * 0.6) / (Math.ceil(number / across) * (largest + 24)))));
}

/** Stop what moves. */
export function leaveCompare() {
  clearInterval(turning);
  stopPlaying();
  run++;
}

function build() {
  if (all.length < 2) {
    byId("compare").replaceChildren(element("h2", {}, "Compare"), element("p", {},
      "Select two pictures or more in the gallery first, or take a job that made several. ", element("a", { href: "#/" }, "To the gallery")));
    return;
  }
  const names = (at) => {
    const select = element("select", { "aria-label": at ? "Second picture" : "First picture" }, ...assets.map((asset, index) => option(index, asset.name)));
    select.value = String(pair[at]);
    select.dataset.pair = at;
    select.addEventListener("change", () => {
      pair[at] = Number(select.value);
      draw();
    });
    return select;
  };
  const modes = element("div", { class: "zooms", role: "group", "aria-label": "How to compare" });
  for (const [name, words] of assets.length > 1 ? Object.entries(MODES) : []) {
    const button = element("button", { type: "button", "data-mode": name }, words);
    button.addEventListener("click", () => {
      mode = name;
      draw();
    });
    modes.append(button);
  }
  const size = element("select", { "aria-label": "Zoom" }, ...[1, 2, 4, 8, 16].map((one) => option(one, `${one}×`)));
  if (![1, 2, 4, 8, 16].includes(zoom)) zoom = [1, 2, 4, 8, 16].findLast((one) => one <= zoom) ?? 1;
  size.value = String(zoom);
  size.addEventListener("change", () => {
    zoom = Number(size.value);
    draw();
  });
  byId("compare").replaceChildren(
    element("div", { class: "bar" }, element("a", { class: "button", href: "#/" }, "Back"), element("h2", {}, "Compare"), names(0), names(1), size),
    modes, ...candidatesOf(all, look, keptOnly), element("div", { id: "compare-body" }), element("p", { id: "compare-facts", role: "status" }));
  draw();
  beginChoosing();
}

/** The candidate that is looked at is the first of the pair. */
function look(place) {
  const first = assets.indexOf(all[place]);
  if (first < 0 || first === pair[0]) return;
  pair = [first, first === pair[1] ? pair[0] : pair[1]];
  for (const select of document.querySelectorAll("[data-pair]")) select.value = String(pair[select.dataset.pair]);
  if (mode !== "all") draw();
}

function keptOnly(ids) {
  location.replace(ids.length > 1 ? `#/compare/${ids.join(",")}` : `#/asset/${ids[0]}`);
}

const pictureOf = (asset) => {
  const image = element("img", { src: fileOf(asset), alt: asset.name, class: "exact" });
  image.style.width = `${(asset.width * zoom) / devicePixelRatio}px`;
  image.style.height = `${(asset.height * zoom) / devicePixelRatio}px`;
  return image;
};

function draw() {
  clearInterval(turning);
  for (const button of document.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  for (const select of document.querySelectorAll("[data-pair]")) select.hidden = mode === "all" || assets.length < 2;
  sizeTiles(mode === "all" ? zoom : 0);
  if (mode === "all" || assets.length < 2) {
    byId("compare-body").replaceChildren();
    byId("compare-facts").textContent = "";
    return;
  }
  const [one, other] = pair.map((place) => assets[place]);
  byId("compare-facts").textContent = `${one.name}, ${extent(one)} · ${other.name}, ${extent(other)}`;
  ({ slider: drawSlider, side: drawSide, flicker: drawTurns, difference: drawDifference })[mode](one, other);
}

function stage(...children) {
  return element("div", { class: "stage compare-stage", tabindex: "0", role: "region", "aria-label": "Pictures" }, ...children);
}

function drawSlider(one, other) {
  const first = element("div", { class: "layer" }, pictureOf(one));
  const layers = element("div", { class: "layers" }, element("div", {}, pictureOf(other)), first);
  const slider = element("input", { type: "range", min: 0, max: 100, step: "any", value: 50, "aria-label": `How much of ${one.name} is shown` });
  const cut = () => {
    first.style.clipPath = `inset(0 ${100 - Number(slider.value)}% 0 0)`;
  };
  slider.addEventListener("input", cut);
  cut();
  byId("compare-body").replaceChildren(stage(layers), slider);
}

function drawSide(one, other) {
  const figure = (asset) => element("figure", {}, pictureOf(asset), element("figcaption", {}, asset.name));
  byId("compare-body").replaceChildren(stage(element("div", { class: "side" }, figure(one), figure(other))));
}

function drawTurns(one, other) {
  const images = [pictureOf(one), pictureOf(other)];
  const name = element("p", { class: "fact" }, one.name);
  let at = 0;
  const turn = () => {
    at = 1 - at;
    images.forEach((image, index) => {
      image.hidden = index !== at;
    });
    name.textContent = [one, other][at].name;
  };
  images[1].hidden = true;
  const next = element("button", { type: "button" }, "The other");
  next.addEventListener("click", turn);
  // Whoever asked for less motion turns by hand.
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) turning = setInterval(turn, TURN_MS);
  const stop = element("button", { type: "button" }, "Stop");
  stop.addEventListener("click", () => clearInterval(turning));
  byId("compare-body").replaceChildren(stage(...images), name, element("div", { class: "bar" }, next, stop));
}

async function drawDifference(one, other) {
  const mine = ++run;
  const [a, b] = await Promise.all([one, other].map(pixelsOf));
  if (mine !== run) return;
  const width = Math.max(a.width, b.width);
  const height = Math.max(a.height, b.height);
  const canvas = element("canvas", { width, height, class: "exact", role: "img", "aria-label": `Where ${one.name} and ${other.name} differ` });
  canvas.style.width = `${(width * zoom) / devicePixelRatio}px`;
  canvas.style.height = `${(height * zoom) / devicePixelRatio}px`;
  const made = new ImageData(width, height);
  let different = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const delta = Math.max(...[0, 1, 2, 3].map((channel) => Math.abs(valueOf(a, x, y, channel) - valueOf(b, x, y, channel))));
      if (delta) different++;
      made.data.set([255, 255 - delta, 255 - delta, delta ? 255 : 40], at);
    }
  }
  canvas.getContext("2d").putImageData(made, 0, 0);
  byId("compare-body").replaceChildren(stage(canvas));
  const share = (different / (width * height)) * 100;
  byId("compare-facts").textContent = different
    ? `${different.toLocaleString("en")} of ${(width * height).toLocaleString("en")} pixels differ (${share.toFixed(1)} %); red is far apart.`
    : "Every pixel is the same.";
}

function valueOf(pixels, x, y, channel) {
  if (x >= pixels.width || y >= pixels.height) return 0;
  const at = (y * pixels.width + x) * 4;
  // What cannot be seen has no colour.
  return channel < 3 && !pixels.data[at + 3] ? 0 : pixels.data[at + channel];
}

async function pixelsOf(asset) {
  const image = new Image();
  image.src = fileOf(asset);
  await image.decode();
  const canvas = new OffscreenCanvas(asset.width || image.naturalWidth, asset.height || image.naturalHeight);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
