// The grid: only what is on the screen exists as elements, whatever the library holds.

import { get, thumbnailOf } from "./server.js";
import { byId, count, element, extent } from "./words.js";

const WORDS = 46;
const GAP = 10;
const ROWS_BEYOND = 2;
const FIRST_PAGE = 100;
const NEXT_PAGE = 500;
const TYPING_MS = 120;

const state = { assets: [], total: 0, exact: true, after: null, done: false, reading: null, run: 0, focus: 0 };
const cells = new Map();
let layout = { across: 1, side: 150, high: 200 };
let showTrouble = () => {};

export const foundAssets = () => state.assets;

/** The place of an asset in what was found, -1 if it is not there. */
export const placeOf = (id) => state.assets.findIndex((asset) => asset.id === id);

export function startGallery(trouble) {
  showTrouble = trouble;
  let typing;
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  byId("query").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, TYPING_MS);
  });
  byId("sort").addEventListener("change", search);
  byId("fresh").addEventListener("click", search);
  byId("grid").addEventListener("keydown", moveFocus);
  byId("grid").addEventListener("focusin", ({ target }) => {
    const cell = target.closest(".cell");
    if (cell) setFocus(Number(cell.dataset.place));
  });
  addEventListener("scroll", soon, { passive: true });
  new ResizeObserver(measure).observe(byId("grid"));
}

/** Ask anew, from the first page on. */
export async function search() {
  const run = ++state.run;
  state.reading?.abort();
  state.reading = null;
  Object.assign(state, { after: null, done: false, focus: 0 });
  byId("fresh").hidden = true;
  await read(run, FIRST_PAGE, true);
  if (run === state.run) soon();
}

/** Tell that the library holds another number of assets now, without moving what is looked at. */
export function noteLibrary({ assets }) {
  if (byId("query").value.trim() || !state.exact || assets === state.total) return;
  if (state.total === 0) {
    search();
    return;
  }
  const more = assets - state.total;
  byId("fresh").textContent = more > 0 ? `Show ${count(more, "new asset")}` : "Show the library as it is now";
  byId("fresh").hidden = false;
}

/** Read pages until `place` is among what is there, or everything is. */
export async function reach(place) {
  while (!state.done && state.assets.length <= place) {
    if (!(await read(state.run, NEXT_PAGE, false))) return;
  }
}

async function read(run, limit, anew) {
  const reading = new AbortController();
  state.reading = reading;
  const asked = { query: byId("query").value, sort: byId("sort").value, limit, after: anew ? "" : state.after };
  try {
    const page = await get("/assets", asked, reading.signal);
    if (run !== state.run) return false;
    if (anew) {
      state.assets = [];
      for (const cell of cells.values()) cell.remove();
      cells.clear();
      if (scrollY) scrollTo(0, 0);
    }
    state.assets.push(...page.assets);
    Object.assign(state, { total: page.total, exact: page.total_is_exact, after: page.after, done: !page.after });
    showTrouble(null);
    tellFound();
    measure();
    return true;
  } catch (error) {
    if (error.name !== "AbortError" && run === state.run) {
      state.done = true;
      showTrouble(error);
    }
    return false;
  } finally {
    if (state.reading === reading) state.reading = null;
  }
}

function tellFound() {
  const asked = byId("query").value.trim();
  const number = `${state.exact ? "" : "more than "}${count(state.total, "asset")}`;
  byId("found").textContent = asked ? `${number} found` : number;
  byId("empty").hidden = state.assets.length > 0;
  byId("empty").textContent = asked
    ? "Nothing matches. `audobon help queries` explains the fields."
    : 'The library is empty. Make something: audobon generate "cute dragon"';
}

/** How many are known to be there: what lies behind a search that stopped counting shows as it is read. */
const known = () => (state.done ? state.assets.length : Math.max(state.total, state.assets.length));

function measure() {
  const width = byId("grid").clientWidth;
  if (!width) return;
  const across = Math.max(2, Math.floor((width + GAP) / (150 + GAP)));
  const side = Math.floor((width - GAP * (across - 1)) / across);
  const changed = across !== layout.across || side !== layout.side;
  layout = { across, side, high: side + WORDS + GAP };
  byId("grid").style.height = `${Math.ceil(known() / across) * layout.high}px`;
  if (changed) for (const [place, cell] of cells) put(cell, place);
  soon();
}

let waiting = false;
function soon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function draw() {
  if (byId("gallery").hidden) return;
  const top = -byId("grid").getBoundingClientRect().top;
  const first = Math.max(0, Math.floor(top / layout.high) - ROWS_BEYOND) * layout.across;
  const end = (Math.ceil((top + innerHeight) / layout.high) + ROWS_BEYOND) * layout.across;
  for (const [place, cell] of cells) {
    if ((place < first || place >= end) && cell !== document.activeElement) {
      cell.remove();
      cells.delete(place);
    }
  }
  for (let place = first; place < Math.min(end, state.assets.length); place++) {
    if (!cells.has(place)) {
      const cell = cellOf(place);
      cells.set(place, cell);
      byId("grid").append(cell);
    }
  }
  if (end > state.assets.length && !state.done && !state.reading && state.after) {
    read(state.run, NEXT_PAGE, false);
  }
}

function cellOf(place) {
  const asset = state.assets[place];
  const small = asset.kind !== "sound" && Math.max(asset.width, asset.height) <= 128;
  const picture = element("img", { alt: "", decoding: "async", draggable: "false", src: thumbnailOf(asset) });
  picture.addEventListener("error", () => picture.remove());
  const stars = asset.rating ? ` · ${asset.rating}★` : "";
  const fact = `${asset.kind} · ${extent(asset)}${stars}`;
  const link = element(
    "a",
    {
      class: small ? "cell small" : "cell", href: `#/asset/${asset.id}`, "data-place": place, role: "listitem",
      "aria-setsize": state.exact ? known() : -1, "aria-posinset": place + 1, title: asset.prompt || asset.name,
      "aria-label": `${asset.name}, ${asset.kind}, ${extent(asset)}`,
      tabindex: place === state.focus ? "0" : "-1",
    },
    element("span", { class: "picture" }, picture),
    element("span", { class: "words" }, element("span", {}, asset.name), element("span", { class: "fact" }, fact)),
  );
  put(link, place);
  return link;
}

function put(cell, place) {
  const { across, side, high } = layout;
  cell.style.width = `${side}px`;
  cell.style.height = `${high - GAP}px`;
  cell.style.transform = `translate(${(place % across) * (side + GAP)}px, ${Math.floor(place / across) * high}px)`;
}

function setFocus(place) {
  cells.get(state.focus)?.setAttribute("tabindex", "-1");
  state.focus = place;
  cells.get(place)?.setAttribute("tabindex", "0");
}

async function moveFocus(event) {
  const page = Math.max(1, Math.floor(innerHeight / layout.high) - 1) * layout.across;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: layout.across, ArrowUp: -layout.across,
    PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  await focusOn(Math.min(Math.max(state.focus + step, 0), known() - 1));
}

/** Bring an asset of the grid on the screen and into focus. */
export async function focusOn(wanted) {
  await reach(wanted);
  const place = Math.min(wanted, state.assets.length - 1);
  if (place < 0) return;
  const box = byId("grid").getBoundingClientRect();
  const top = box.top + Math.floor(place / layout.across) * layout.high;
  const under = document.querySelector("header").offsetHeight;
  if (top < under) scrollBy(0, top - under - GAP);
  else if (top + layout.high > innerHeight) scrollBy(0, top + layout.high - innerHeight);
  draw();
  setFocus(place);
  cells.get(place)?.focus({ preventScroll: true });
}
