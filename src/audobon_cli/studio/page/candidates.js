// Several results of one wish: walked through by arrows, chosen by their numbers, the rest thrown away.

import { say, trash } from "./edit.js";
import { fileOf, thumbnailOf } from "./server.js";
import { byId, count, element, extent } from "./words.js";

const KEYS = 9;
let assets = [];
let chosen = new Set();
let at = 0;
let tiles = [];
let walked = () => {};
let playing = null;

/** Tiles of `all`, and what is done to them. `onWalk(place)` is called when another is looked at; `kept(ids)` when the rest is gone. */
export function candidatesOf(all, onWalk, kept) {
  assets = all;
  chosen = new Set();
  at = 0;
  walked = onWalk;
  tiles = assets.map(tileOf);
  const keep = element("button", { type: "button", id: "keep-chosen", class: "main changes", "aria-keyshortcuts": "k" });
  keep.addEventListener("click", () => keepChosen(kept));
  const play = element("button", { type: "button", "aria-keyshortcuts": "p" }, "Play");
  play.addEventListener("click", playOne);
  const bar = element("div", { class: "bar" }, keep, element("span", { id: "chosen", role: "status" }));
  if (assets.some((asset) => asset.kind === "sound")) bar.append(play);
  const list = element("div", { id: "candidates", role: "group", "aria-label": "Candidates" }, ...tiles);
  return [element("p", { class: "fact" }, `Keys 1 to ${Math.min(KEYS, assets.length)} choose, arrows walk, k keeps what is chosen and moves the rest to the trash.`), list, bar];
}

/** Show the pictures at `zoom` pixels of the device for one of theirs, or small without it. */
export function sizeTiles(zoom) {
  byId("candidates").classList.toggle("large", zoom > 0);
  for (const [place, asset] of assets.entries()) {
    const image = tiles[place].querySelector("img");
    const exact = zoom > 0 && asset.width;
    const source = exact ? fileOf(asset) : thumbnailOf(asset);
    if (image.getAttribute("src") !== source) image.src = source;
    image.style.width = exact ? `${(asset.width * zoom) / devicePixelRatio}px` : "";
  }
}

/** Say how things stand, and put the focus to the one that is looked at. */
export function beginChoosing() {
  draw();
  tiles[at]?.focus();
}

export function stopPlaying() {
  playing?.pause();
  playing = null;
}

/** What a key does; whether it did something. */
export function chooseByKey(event) {
  if (!tiles.length) return false;
  const inside = event.target.closest?.("input, select, audio, .stage");
  const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: tiles.length - 1 };
  const number = Number(event.key);
  if (/^[1-9]$/.test(event.key) && number <= tiles.length) {
    walk(number - 1);
    toggle(number - 1);
  } else if (event.key in steps && !inside) walk(Math.min(Math.max(steps[event.key], 0), tiles.length - 1));
  else if (event.key === "k" && byId("keep-chosen").checkVisibility()) byId("keep-chosen").click();
  else if (event.key === "p" && assets[at].kind === "sound") playOne();
  else return false;
  event.preventDefault();
  return true;
}

function tileOf(asset, place) {
  const number = place < KEYS ? `${place + 1}` : "";
  const tile = element("button", {
    type: "button", class: "candidate", "aria-pressed": "false", tabindex: place ? "-1" : "0", "aria-keyshortcuts": number || null,
    "aria-label": `${number} ${asset.name}, ${extent(asset)}, candidate ${place + 1} of ${assets.length}`.trim(),
  }, element("img", { alt: "" }), element("span", {}, number && element("kbd", {}, number), ` ${asset.name}`));
  tile.addEventListener("click", () => {
    walk(place);
    toggle(place);
  });
  return tile;
}

function walk(place) {
  tiles[at].tabIndex = -1;
  at = place;
  tiles[at].tabIndex = 0;
  tiles[at].focus();
  walked(place);
}

function toggle(place) {
  const { id } = assets[place];
  if (!chosen.delete(id)) chosen.add(id);
  draw();
}

function draw() {
  for (const [place, asset] of assets.entries()) tiles[place].setAttribute("aria-pressed", String(chosen.has(asset.id)));
  const rest = assets.length - chosen.size;
  const names = assets.filter((asset) => chosen.has(asset.id)).map((asset) => asset.name);
  byId("chosen").textContent = chosen.size ? `Chosen: ${names.slice(0, 4).join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}.` : "None is chosen.";
  byId("keep-chosen").textContent = chosen.size && rest ? `Keep ${chosen.size}, ${count(rest, "other")} to the trash` : "Keep the chosen";
  byId("keep-chosen").setAttribute("aria-disabled", String(!chosen.size || !rest));
}

async function keepChosen(kept) {
  const rest = assets.filter((asset) => !chosen.has(asset.id));
  if (!chosen.size || !rest.length) {
    await say(chosen.size ? "All are chosen: nothing is left to throw away." : "Choose one first: by its number, or by Space.");
    return;
  }
  const ids = assets.map((asset) => asset.id).filter((id) => chosen.has(id));
  if ((await trash({ ids: rest.map((asset) => asset.id) })) !== null) kept(ids);
}

async function playOne() {
  const asset = assets[at].kind === "sound" ? assets[at] : assets.find((one) => one.kind === "sound");
  stopPlaying();
  const mine = new Audio(fileOf(asset));
  playing = mine;
  try {
    await mine.play();
  } catch {
    if (playing === mine) await say(`Browsers do not play ${asset.format}: audobon sound play ${asset.id}`);
  }
}
