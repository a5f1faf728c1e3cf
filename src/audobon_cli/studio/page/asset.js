// One asset: the picture at whole multiples of its pixels, or the sound; its facts and its recipe.

import { detailsOf } from "./details.js";
import { fileOf, get, thumbnailOf } from "./server.js";
import { byId, element } from "./words.js";

const ZOOMS = ["fit", 1, 2, 4, 8, 16];
const PLAYED = new Set(["wav", "flac", "ogg", "opus", "mp3"]);
let zoom = "fit";
let shown = null;
let left = () => {};
let current = null;

/** Show the asset `id`; `gone()` is called when it was thrown away. Throws Failure. */
export async function showAsset(id, gone) {
  shown = id;
  left = gone;
  const { asset } = await get(`/assets/${encodeURIComponent(id)}`);
  if (shown !== id) return;
  byId("asset-name").textContent = asset.name;
  document.title = `${asset.name} · Audobon Studio`;
  current = asset;
  const main = element("div", {}, ...(asset.kind === "sound" ? soundOf(asset) : pictureOf(asset)));
  byId("asset-body").replaceChildren(main, detailsOf(asset, readDetails, () => left()));
  if (asset.kind !== "sound") applyZoom(asset);
}

/** The asset that is shown. */
export const shownAsset = () => current;

/** Read what is known of it anew; what plays goes on. */
async function readDetails(id) {
  const { asset } = await get(`/assets/${encodeURIComponent(id)}`);
  if (shown !== id) return;
  current = asset;
  const before = byId("asset-body").lastElementChild;
  const held = [...before.querySelectorAll("button, input")].indexOf(document.activeElement);
  byId("asset-name").textContent = asset.name;
  before.replaceWith(detailsOf(asset, readDetails, () => left()));
  if (held >= 0) byId("asset-body").lastElementChild.querySelectorAll("button, input")[held]?.focus();
}

/** Stop what plays, and forget the asset. */
export function leaveAsset() {
  shown = null;
  current = null;
  byId("asset-body").replaceChildren();
}

function pictureOf(asset) {
  const image = element("img", { src: fileOf(asset), alt: asset.prompt || asset.name });
  const stage = element("div", { class: "stage", tabindex: "0", role: "region", "aria-label": "Picture" }, image);
  const zooms = element("div", { class: "zooms", role: "group", "aria-label": "Zoom" });
  for (const one of ZOOMS) {
    const button = element("button", { type: "button", "data-zoom": one }, one === "fit" ? "Fit" : `${one}×`);
    button.addEventListener("click", () => {
      zoom = one;
      applyZoom(asset);
    });
    zooms.append(button);
  }
  return [zooms, stage];
}

/** A pixel of the picture is a whole number of pixels of the device, so that none is blurred. */
function applyZoom(asset) {
  const stage = document.querySelector(".stage");
  const image = stage.firstElementChild;
  stage.classList.toggle("fit", zoom === "fit");
  let times = zoom;
  if (zoom === "fit") {
    const room = Math.min(stage.clientWidth / asset.width, (innerHeight * 0.7) / asset.height);
    times = Math.max(1, Math.min(Math.floor(room * devicePixelRatio), 16));
  }
  const vector = asset.format === "svg";
  image.style.width = asset.width ? `${(asset.width * times) / (vector ? 1 : devicePixelRatio)}px` : "100%";
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.setAttribute("aria-pressed", String(button.dataset.zoom === String(zoom)));
  }
}

/** `+` and `-` go through the zooms, `0` fits; whether the key was one of them. */
export function zoomByKey(key) {
  const at = ZOOMS.indexOf(zoom);
  const wanted = { "+": at + 1, "=": at + 1, "-": at - 1, 0: 0 }[key];
  const button = ZOOMS[wanted] !== undefined && document.querySelector(`[data-zoom="${ZOOMS[wanted]}"]`);
  if (button) button.click();
  return Boolean(button);
}

function soundOf(asset) {
  if (!PLAYED.has(asset.format)) {
    const words = `Browsers do not play ${asset.format}; \`audobon sound play ${asset.id}\` does.`;
    return [element("img", { class: "sound", src: thumbnailOf(asset), alt: "Waveform" }), element("p", {}, words)];
  }
  const player = element("audio", { class: "sound", controls: true, src: fileOf(asset), "aria-label": asset.name });
  const canvas = element("canvas", { class: "wave", role: "img", "aria-label": `Waveform of ${asset.name}` });
  canvas.addEventListener("click", (event) => {
    if (player.duration) player.currentTime = (event.offsetX / canvas.clientWidth) * player.duration;
  });
  drawWaveform(asset, canvas, player);
  return [canvas, player];
}

async function drawWaveform(asset, canvas, player) {
  let samples;
  try {
    const response = await fetch(fileOf(asset));
    const decoded = await new OfflineAudioContext(1, 1, 44100).decodeAudioData(await response.arrayBuffer());
    samples = decoded.getChannelData(0);
  } catch {
    canvas.replaceWith(element("img", { class: "sound", src: thumbnailOf(asset), alt: "Waveform" }));
    return;
  }
  const peaks = peaksOf(samples, 800);
  const draw = () => paint(canvas, peaks, player.duration ? player.currentTime / player.duration : 0);
  new ResizeObserver(draw).observe(canvas);
  for (const event of ["timeupdate", "seeked", "ended"]) player.addEventListener(event, draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

function peaksOf(samples, columns) {
  const each = samples.length / columns;
  return Array.from({ length: columns }, (_, column) => {
    let low = 0;
    let high = 0;
    for (let at = Math.floor(column * each); at < Math.min((column + 1) * each, samples.length); at++) {
      low = Math.min(low, samples[at]);
      high = Math.max(high, samples[at]);
    }
    return [low, high];
  });
}

function paint(canvas, peaks, played) {
  const scale = devicePixelRatio;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  const pen = canvas.getContext("2d");
  const colours = getComputedStyle(document.documentElement);
  const middle = canvas.height / 2;
  const wide = canvas.width / peaks.length;
  peaks.forEach(([low, high], column) => {
    pen.fillStyle = colours.getPropertyValue(column / peaks.length < played ? "--accent" : "--faint");
    const top = middle - high * middle;
    pen.fillRect(column * wide, top, Math.max(1, wide), Math.max(scale, (high - low) * middle));
  });
}
