// What is selected in the grid, and what is done to all of it.

import { edit, trash } from "./edit.js";
import { drawMarks, foundAssets, markWith } from "./gallery.js";
import { pageOf } from "./server.js";
import { byId, count, element } from "./words.js";

const MOST_RANGE = 5_000;
const MOST_WORKED = 256;
const MOST_COMPARED = 64;
const MOST_SHARED = 400; // more ids do not go into one address
const chosen = new Map();
let everything = false;
let last = null;

/** What is selected, for the interface: `{ ids }`, or `{ query }` where all that is found is meant. */
const meant = () => (everything ? { query: foundAssets().query } : { ids: [...chosen.keys()] });

/** Forget what was selected. */
export function clearSelection() {
  chosen.clear();
  everything = false;
  last = null;
  draw();
}

/** The selected assets that are known here, at most `most`. */
export const selectedAssets = (most) => [...chosen.values()].slice(0, most);

/** What an action of the keys is about: what is selected, else the asset in focus. */
export function meantOr(asset) {
  return chosen.size || everything ? meant() : { ids: [asset.id] };
}

async function toggle(place, extend) {
  const found = foundAssets();
  everything = false;
  const from = extend && last !== null ? last : place;
  const [low, high] = [Math.min(from, place), Math.max(from, place)];
  const adds = extend && last !== null ? true : !chosen.has(found.at(place)?.id);
  for (let each = low; each <= Math.min(high, low + MOST_RANGE); each++) {
    const asset = found.at(each) ?? (await found.reach(each));
    if (!asset) continue;
    if (adds) chosen.set(asset.id, asset);
    else chosen.delete(asset.id);
  }
  last = place;
  draw();
}

function draw() {
  const number = everything ? foundAssets().total : chosen.size;
  byId("selection").hidden = !number;
  byId("gallery").classList.toggle("marking", number > 0);
  byId("selected").textContent = `${count(number, "asset")} selected`;
  byId("select-all").hidden = everything || !foundAssets().exact;
  byId("select-all").textContent = `Select all ${foundAssets().total.toLocaleString("en")}`;
  byId("compare-them").hidden = everything || chosen.size < 2 || chosen.size > MOST_COMPARED;
  const asked = everything ? [["query", foundAssets().query]] : [...chosen.keys()].map((id) => ["id", id]);
  byId("work-them").hidden = everything || chosen.size > MOST_WORKED;
  byId("share-them").hidden = asked.length > MOST_SHARED;
  byId("share-them").href = pageOf(new URLSearchParams(asked));
  drawMarks();
}

async function act(work) {
  const done = await work(meant());
  if (done !== null) clearSelection();
}

/** Ask for one line of text in a dialog; null when it is given up. */
export function ask(title, label, value = "") {
  const dialog = byId("question");
  const input = element("input", { id: "answer", maxlength: "300", autocomplete: "off" });
  input.value = value;
  const form = element("form", { method: "dialog" },
    element("h2", {}, title), element("label", { for: "answer" }, label), input,
    element("div", { class: "bar" }, element("button", { value: "ok" }, "OK"),
      element("button", { value: "", formnovalidate: true }, "Cancel")));
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.showModal();
  input.select();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "ok" ? input.value : null), { once: true });
  });
}

/** Ask whether to go on, in a dialog. */
export function agreed(title, about, verb) {
  const dialog = byId("question");
  dialog.replaceChildren(element("form", { method: "dialog" }, element("h2", {}, title), element("p", {}, about),
    element("div", { class: "bar" }, element("button", { value: "ok" }, verb), element("button", { value: "" }, "Cancel"))));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "ok"), { once: true });
  });
}

export function startSelection() {
  markWith({ has: (id) => everything || chosen.has(id), toggle, reset: clearSelection });
  const on = (id, work) => byId(id).addEventListener("click", work);
  on("clear", clearSelection);
  on("select-all", () => {
    everything = true;
    draw();
  });
  on("tag-them", () => act(async (them) => {
    const tag = await ask("Add tags", "Tags, with commas between them");
    return tag?.trim() ? edit(them, { add_tags: words(tag) }, "Tagged") : null;
  }));
  on("untag-them", () => act(async (them) => {
    const tag = await ask("Take tags away", "Tags, with commas between them");
    return tag?.trim() ? edit(them, { remove_tags: words(tag) }, "Took tags from") : null;
  }));
  on("move-them", () => act(async (them) => {
    const category = await ask("Move", "Category, such as characters/enemies; nothing for none");
    return category === null ? null : edit(them, { category }, "Moved");
  }));
  on("trash-them", () => act(trash));
  byId("rate-them").addEventListener("change", (event) => {
    const rating = event.target.value;
    event.target.value = "";
    if (rating) act((them) => edit(them, { rating: rating === "none" ? null : Number(rating) }, "Rated"));
  });
  on("work-them", () => {
    location.hash = `#/workshop/${[...chosen.keys()].join(",")}`;
  });
  on("compare-them", () => {
    location.hash = `#/compare/${[...chosen.keys()].join(",")}`;
  });
}

const words = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);
