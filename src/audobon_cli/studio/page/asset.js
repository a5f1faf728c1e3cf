// One asset: the picture at whole multiples of its pixels, or the sound; its facts and its recipe.

import { fileOf, get, thumbnailOf } from "./server.js";
import { byId, bytes, element, extent, seconds } from "./words.js";

const ZOOMS = ["fit", 1, 2, 4, 8, 16];
const PLAYED = new Set(["wav", "flac", "ogg", "opus", "mp3"]);
let zoom = "fit";
let shown = null;

/** Show the asset `id`. Throws Failure. */
export async function showAsset(id) {
  shown = id;
  const { asset } = await get(`/assets/${encodeURIComponent(id)}`);
  if (shown !== id) return;
  byId("asset-name").textContent = asset.name;
  document.title = `${asset.name} · Audobon Studio`;
  const left = element("div");
  left.append(...(asset.kind === "sound" ? soundOf(asset) : pictureOf(asset)));
  byId("asset-body").replaceChildren(left, factsOf(asset));
  if (asset.kind !== "sound") applyZoom(asset);
}

/** Stop what plays, and forget the asset. */
export function leaveAsset() {
  shown = null;
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
  const canvas = element("canvas", { role: "img", "aria-label": `Waveform of ${asset.name}` });
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

function factsOf(asset) {
  const facts = [
    ["Id", asset.id],
    ["Kind", asset.kind],
    ["Size", `${extent(asset)}${asset.frames > 1 ? `, ${asset.frames} frames` : ""}, ${asset.format}, ${bytes(asset.size_bytes)}`],
    ["Prompt", asset.prompt],
    ["Seed", asset.seed],
    ["Model", [asset.model, asset.quality, asset.style].filter(Boolean).join(" · ")],
    ["Operation", asset.derivation?.operation],
    ["Took", asset.duration_seconds ? seconds(asset.duration_seconds) : ""],
    ["Made", new Date(asset.created).toLocaleString()],
    ["Category", asset.category],
    ["Tags", asset.tags.join(" ")],
    ["Rating", asset.rating ? `${asset.rating} of 5` : ""],
    ["Note", asset.note],
  ];
  const list = element("dl");
  for (const [name, value] of facts) {
    if (value !== "" && value !== null && value !== undefined) {
      list.append(element("dt", {}, name), element("dd", {}, String(value)));
    }
  }
  const side = element("div", {}, list);
  if (asset.relations.length) side.append(relationsOf(asset));
  if (asset.recipe) side.append(folded("Recipe", asset.recipe));
  if (asset.derivation) side.append(folded("Derivation", asset.derivation));
  if (Object.keys(asset.metadata).length) side.append(folded("Metadata", asset.metadata));
  return side;
}

function relationsOf(asset) {
  const list = element("ul");
  for (const { kind, source, target } of asset.relations) {
    const own = source === asset.id;
    const other = own ? target : source;
    list.append(element("li", {}, own ? `${kind} ` : `has as ${kind} `, element("a", { href: `#/asset/${other}` }, other)));
  }
  return element("details", { open: true }, element("summary", {}, "Relations"), list);
}

const folded = (name, value) =>
  element("details", {}, element("summary", {}, name), element("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
