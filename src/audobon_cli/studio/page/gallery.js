// The grid: only what is on the screen exists as elements, whatever the library holds.

import { Found } from "./found.js";
import { drop, loadPicture } from "./thumbnails.js";
import { byId, count, element, extent } from "./words.js";

const WORDS = 46;
const GAP = 10;
const ROWS_BEYOND = 4;
const TYPING_MS = 30;
const FAST_ROWS = 6; // so many rows from one frame to the next: nothing is drawn until it is slower
const SETTLED_MS = 80;
const UNFINISHED = /(^|[\s(])-?[\w-]+:$/; // a field whose value is still to be typed

const cells = new Map();
let found = new Found("", "", () => {}, () => {});
let coming = null;
let focus = 0;
let layout = { across: 1, side: 150, high: 200 };
let showTrouble = () => {};
let marks = { has: () => false, toggle: () => {}, reset: () => {}, tell: () => {} };

export const foundAssets = () => found;

/** The asset that the keyboard is at. */
export const focusedAsset = () => found.at(focus);

/** Who keeps what is selected: `has(id)`, `toggle(place, extend)`, `reset()` for another search. */
export function markWith(keeper) {
  marks = keeper;
}

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
  byId("fresh").addEventListener("click", async () => {
    await search(); // hides the button, which had the focus
    linkAt(0)?.focus({ preventScroll: true });
  });
  byId("grid").addEventListener("keydown", moveFocus);
  byId("grid").addEventListener("click", clicked);
  byId("grid").addEventListener("focusin", ({ target }) => {
    const cell = target.closest(".cell");
    if (cell) setFocus(Number(cell.dataset.place));
  });
  addEventListener("scroll", soon, { passive: true });
  new ResizeObserver(measure).observe(byId("grid"));
}

/** Ask anew, from the first page on. */
export const search = () => find(false);

/** Read again what is found, and stay where one is: after a change of what it holds. */
export const again = () => find(true);

async function find(stays) {
  coming?.giveUp();
  const text = byId("query").value.replace(UNFINISHED, "");
  const next = new Found(text, byId("sort").value, () => arrived(next), (error) => failed(next, error));
  coming = next;
  byId("fresh").hidden = true;
  try {
    await next.begin();
  } catch (error) {
    if (error.name !== "AbortError") failed(next, error);
    return;
  }
  if (next !== coming) return;
  // From here to the focus nothing waits: nobody meets a number without its cells, or a grid without the focus.
  const held = byId("grid").contains(document.activeElement);
  const kept = found.at(focus)?.id;
  const place = stays ? Math.min(focus, next.total - 1) : 0;
  const top = stays ? scrollY : 0;
  found.giveUp();
  found = next;
  marks.reset();
  clear();
  const same = held && kept ? found.placeOf(kept) : -1;
  focus = Math.max(0, same >= 0 && (stays || same < layout.across) ? same : place);
  arrived(next);
  if (scrollY !== top) scrollTo(0, top);
  before = -byId("grid").getBoundingClientRect().top;
  draw();
  if (held) await holdFocus(focus);
}

/** The focus goes back to a place that had it, once its page is read, if nothing else has taken it since. */
async function holdFocus(place) {
  linkAt(place)?.focus({ preventScroll: true });
  if (linkAt(place) || !found.total) return;
  const mine = found;
  await found.reach(place);
  if (mine !== found || document.activeElement !== document.body) return;
  draw();
  setFocus(place);
  linkAt(place)?.focus({ preventScroll: true });
}

function clear() {
  for (const cell of cells.values()) drop(cell);
  cells.clear();
}

function arrived(which) {
  if (which !== found) return;
  showTrouble(null);
  tellFound();
  measure();
}

function failed(which, error) {
  if (which === coming) showTrouble(error);
}

/** Put changed assets in the place of what is shown of them. */
export function refresh(assets) {
  for (const asset of assets) {
    const place = found.placeOf(asset.id);
    if (place < 0) continue;
    Object.assign(found.at(place), asset);
    if (!cells.has(place)) continue;
    exchange(place);
    loadPicture(cells.get(place), found.at(place));
  }
}

/** Make a cell anew in the place of the one that is there, which may have the focus. */
function exchange(place) {
  const cell = cells.get(place);
  const held = cell.contains(document.activeElement);
  cell.replaceWith(remade(place));
  if (held) linkAt(place)?.focus({ preventScroll: true });
}

function remade(place) {
  const cell = cellOf(place);
  cells.set(place, cell);
  return cell;
}

/** Tell that the library holds another number of assets now, without moving what is looked at. */
export function noteLibrary({ assets }) {
  if (!coming || found.query.trim() || !found.exact || assets === found.total) return;
  if (found.total === 0) {
    search();
    return;
  }
  const more = assets - found.total;
  byId("fresh").textContent = more > 0 ? `Show ${count(more, "new asset")}` : "Show the library as it is now";
  byId("fresh").hidden = false;
}

function tellFound() {
  const asked = found.query.trim();
  const number = `${found.exact ? "" : "more than "}${count(found.total, "asset")}`;
  byId("found").textContent = asked ? `${number} found` : number;
  byId("empty").hidden = found.total > 0;
  byId("empty").textContent = asked
    ? "Nothing matches. `audobon help queries` explains the fields."
    : "The library is empty. Generate makes something.";
}

function measure() {
  const width = byId("grid").clientWidth;
  if (!width) return;
  const across = Math.max(2, Math.floor((width + GAP) / (150 + GAP)));
  const side = Math.floor((width - GAP * (across - 1)) / across);
  const changed = across !== layout.across || side !== layout.side;
  layout = { across, side, high: side + WORDS + GAP };
  byId("grid").style.height = `${Math.ceil(found.total / across) * layout.high}px`;
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

let before = 0;
let settling;
function draw() {
  if (byId("gallery").hidden) return;
  const top = -byId("grid").getBoundingClientRect().top;
  const fast = Math.abs(top - before) > FAST_ROWS * layout.high;
  before = top;
  const first = Math.max(0, Math.floor(top / layout.high) - ROWS_BEYOND) * layout.across;
  const end = Math.min((Math.ceil((top + innerHeight) / layout.high) + ROWS_BEYOND) * layout.across, found.total);
  for (const [place, cell] of cells) {
    if ((place < first || place >= end) && !cell.contains(document.activeElement)) {
      drop(cell);
      cells.delete(place);
    }
  }
  clearTimeout(settling);
  byId("where").hidden = !fast;
  if (fast) {
    byId("where").textContent = `${(Math.min(first, found.total) + 1).toLocaleString("en")} of ${found.total.toLocaleString("en")}`;
    settling = setTimeout(soon, SETTLED_MS);
    return;
  }
  found.want(first, end);
  const fresh = document.createDocumentFragment();
  for (let place = first; place < end; place++) {
    const cell = cells.get(place);
    const asset = found.at(place);
    if (!cell) fresh.append(remade(place));
    else if (asset && cell.dataset.asset !== asset.id) exchange(place);
    if (asset) loadPicture(cells.get(place), asset);
  }
  byId("grid").append(fresh);
  // One cell can always be reached by Tab, also when the one that was looked at has been scrolled away.
  if (!cells.has(focus) && first < end) setFocus(Math.min(first + ROWS_BEYOND * layout.across, end - 1));
  linkAt(focus)?.setAttribute("tabindex", "0");
}

function cellOf(place) {
  const asset = found.at(place);
  const cell = element("div", {
    class: "cell", role: "listitem", "data-place": place,
    "aria-setsize": found.exact ? found.total : -1, "aria-posinset": place + 1,
  });
  put(cell, place);
  if (!asset) {
    cell.classList.add("empty");
    return cell;
  }
  cell.dataset.asset = asset.id;
  if (asset.kind !== "sound" && Math.max(asset.width, asset.height) <= 128) cell.classList.add("small");
  const stars = asset.rating ? ` · ${asset.rating}★` : "";
  const fact = `${asset.kind} · ${extent(asset)}${stars}`;
  const marked = marks.has(asset.id);
  cell.classList.toggle("marked", marked);
  const box = element("input", { type: "checkbox", class: "mark", tabindex: "-1", "aria-label": `Select ${asset.name}` });
  box.checked = marked;
  cell.append(
    element(
      "a",
      {
        class: "open", href: `#/asset/${asset.id}`, title: asset.prompt || asset.name,
        tabindex: place === focus ? "0" : "-1",
      },
      element("span", { class: "picture" }),
      element("span", { class: "words" }, element("span", {}, asset.name), element("span", { class: "fact" }, fact)),
    ),
    box,
  );
  return cell;
}

function put(cell, place) {
  const { across, side, high } = layout;
  cell.style.width = `${side}px`;
  cell.style.height = `${high - GAP}px`;
  cell.style.transform = `translate(${(place % across) * (side + GAP)}px, ${Math.floor(place / across) * high}px)`;
}

function linkAt(place) {
  return cells.get(place)?.querySelector(".open");
}

function setFocus(place) {
  linkAt(focus)?.setAttribute("tabindex", "-1");
  focus = place;
  linkAt(place)?.setAttribute("tabindex", "0");
}

/** Show what is selected now. */
export function drawMarks() {
  for (const [place, cell] of cells) {
    const asset = found.at(place);
    const box = cell.querySelector(".mark");
    if (!asset || !box) continue;
    box.checked = marks.has(asset.id);
    cell.classList.toggle("marked", box.checked);
  }
}

function clicked(event) {
  const cell = event.target.closest(".cell");
  if (!cell) return;
  const place = Number(cell.dataset.place);
  if (event.target.classList.contains("mark")) marks.toggle(place, event.shiftKey);
  else if (event.ctrlKey || event.metaKey || event.shiftKey) {
    event.preventDefault();
    marks.toggle(place, event.shiftKey);
  }
}

async function moveFocus(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "x") {
    marks.toggle(focus, false);
    return;
  }
  const page = Math.max(1, Math.floor(innerHeight / layout.high) - 1) * layout.across;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: layout.across, ArrowUp: -layout.across,
    PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const place = Math.min(Math.max(focus + step, 0), found.total - 1);
  await focusOn(place);
  if (event.shiftKey) marks.toggle(place, true);
}

/** Bring an asset of the grid on the screen and into focus. */
export async function focusOn(wanted) {
  await found.reach(wanted);
  const place = Math.min(wanted, found.total - 1);
  if (place < 0) return;
  const box = byId("grid").getBoundingClientRect();
  const top = box.top + Math.floor(place / layout.across) * layout.high;
  const under = document.querySelector("header").offsetHeight;
  if (top < under) scrollBy(0, top - under - GAP);
  else if (top + layout.high > innerHeight) scrollBy(0, top + layout.high - innerHeight);
  before = -byId("grid").getBoundingClientRect().top;
  draw();
  setFocus(place);
  linkAt(place)?.focus({ preventScroll: true });
}
