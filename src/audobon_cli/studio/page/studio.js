// Which view is shown, and what keys do.

import { leaveAsset, showAsset, shownAsset, zoomByKey } from "./asset.js";
import { edit, startEdits, trash, undo } from "./edit.js";
import { again, focusedAsset, focusOn, foundAssets, noteLibrary, refresh, search, startGallery } from "./gallery.js";
import { admitted, offerLogout } from "./login.js";
import { noteJob, noteQueue, queuedJobs, readQueue, startQueue } from "./queue.js";
import { clearSelection, meantOr, startSelection } from "./selection.js";
import { get, listenToServer, openSession } from "./server.js";
import { completing } from "./suggest.js";
import { startTrash } from "./trash.js";
import { startUploads } from "./uploads.js";
import { byId } from "./words.js";

const VIEWS = {
  gallery: "", asset: "gallery", queue: "Queue", generate: "Generate", history: "History", tree: "Lineage", compare: "Compare",
  workshop: "Workshop", machines: "Machines",
};
let current = null;
let scrolled = 0;
let stale = false;
let byPassword = false;
const loaded = {};

/** Say what went wrong; null takes it back. */
function trouble(error) {
  byId("notice").hidden = !error;
  byId("notice").textContent = error ? `${error.message}${error.hint ? ` → ${error.hint}` : ""}` : "";
}

async function guarded(work) {
  try {
    await work();
    trouble(null);
  } catch (error) {
    trouble(error);
  }
}

/** Views that few need at once are loaded when they are asked for. */
async function view(name) {
  if (!loaded[name]) {
    loaded[name] = await import(`./${name}.js`);
    if (name === "compare") loaded.candidates = await import("./candidates.js");
    if (name === "history") loaded.history.startHistory(trouble, libraryChanged);
    if (name === "generate") loaded.generate.seedMade(queuedJobs());
    if (name === "workshop") loaded.workshop.startWorkshop(trouble);
    if (name === "machines") loaded.machines.startMachines(trouble);
  }
  return loaded[name];
}

const placeInAddress = () => {
  const [, name = "", id = ""] = location.hash.replace(/^#/, "").split("/");
  return [Object.hasOwn(VIEWS, name) ? name : "gallery", decodeURIComponent(id)];
};

async function route() {
  if (location.hash === "#main") return;
  const [wanted, id] = placeInAddress();
  if (current === "gallery" && wanted !== "gallery") scrolled = scrollY;
  const before = current;
  current = wanted;
  for (const name of Object.keys(VIEWS)) byId(name).hidden = name !== wanted;
  for (const link of document.querySelectorAll("[data-view]")) {
    const here = link.dataset.view === ({ asset: "gallery", compare: "gallery", tree: "gallery" }[wanted] ?? wanted);
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  if (before === "compare") loaded.compare?.leaveCompare();
  if (before === "machines") loaded.machines?.leaveMachines();
  if (before === "workshop") loaded.workshop?.leaveWorkshop();
  if (wanted !== "asset") leaveAsset();
  document.title = VIEWS[wanted] && wanted !== "asset" ? `${VIEWS[wanted]} · Audobon Studio` : "Audobon Studio";
  if (wanted !== "gallery") scrollTo(0, 0);
  if (wanted === "asset") {
    markNeighbours(id);
    await guarded(() => showAsset(id, () => backToGallery()));
    markNeighbours(id);
  } else if (wanted === "queue") await guarded(readQueue);
  else if (wanted === "generate") await guarded(async () => (await view("generate")).showGenerate(id));
  else if (wanted === "history") await guarded(async () => (await view("history")).showHistory());
  else if (wanted === "tree") await guarded(async () => (await view("history")).showTree(id));
  else if (wanted === "compare") await guarded(async () => (await view("compare")).showCompare(id.split(",").filter(Boolean)));
  else if (wanted === "workshop") await guarded(async () => (await view("workshop")).showWorkshop(id.split(",").filter(Boolean)));
  else if (wanted === "machines") {
    await guarded(async () => {
      const machines = await view("machines");
      queuedJobs().forEach(machines.notePull);
      await machines.showMachines();
    });
  } else await showGallery(before);
}

async function showGallery(before) {
  if (!foundAssets().total) return search();
  scrollTo(0, before ? scrolled : 0);
  if (stale) {
    stale = false;
    await again();
  }
}

/** Much of the library may be another: what is shown is read again, now or when it is next looked at. */
async function libraryChanged() {
  if (current === "gallery") await again();
  else stale = true;
}

async function assetsChanged(assets) {
  if (assets) refresh(assets);
  else await libraryChanged();
}

function markNeighbours(id) {
  const place = foundAssets().placeOf(id);
  byId("earlier").disabled = place < 1;
  byId("later").disabled = place < 0;
}

async function step(by) {
  const place = foundAssets().placeOf(placeInAddress()[1]);
  if (place < 0 || place + by < 0) return;
  const next = await foundAssets().reach(place + by);
  if (next) location.replace(`#/asset/${next.id}`);
}

async function backToGallery() {
  const place = foundAssets().placeOf(placeInAddress()[1]);
  location.hash = "#/";
  await new Promise((done) => addEventListener("hashchange", () => setTimeout(done), { once: true }));
  if (place >= 0) await focusOn(place);
}

function keys(event) {
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    undo();
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey || byId("question").open) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !/^(checkbox|radio|range)$/.test(event.target.type);
  if (event.key === "Escape" && event.target.id === "query") event.target.blur();
  if (typing || event.target.tagName === "AUDIO") return;
  if (event.key === "/") {
    event.preventDefault();
    if (current !== "gallery") location.hash = "#/";
    setTimeout(() => byId("query").focus());
  } else if (event.key === "g" && !event.target.closest?.("dialog")) location.hash = "#/generate";
  else if (current === "gallery") keysOfGallery(event);
  else if (current === "asset") keysOfAsset(event);
  else if (current === "compare" && loaded.candidates?.chooseByKey(event)) event.stopPropagation();
}

function keysOfGallery(event) {
  if (event.key === "Escape") clearSelection();
  if (document.body.classList.contains("reading")) return;
  if (event.key === "i") {
    byId("import").click();
    return;
  }
  const asset = event.target.closest?.(".cell") && focusedAsset();
  if (!asset) return;
  if (/^[0-5]$/.test(event.key)) {
    edit(meantOr(asset), { rating: event.key === "0" ? null : Number(event.key) }, event.key === "0" ? "Took the rating from" : "Rated");
  } else if (event.key === "Delete") trash(meantOr(asset));
}

function keysOfAsset(event) {
  const inside = event.target.closest?.(".stage, pre, .rating");
  if (event.key === "Escape") backToGallery();
  else if (event.key === "ArrowLeft" && !inside) step(-1);
  else if (event.key === "ArrowRight" && !inside) step(1);
  else if (event.key === "Delete" && shownAsset()) {
    trash({ ids: [shownAsset().id] }).then((done) => done !== null && backToGallery());
  } else zoomByKey(event.key);
}

function hear(kind, data) {
  if (kind === "away") trouble({ message: "The server does not answer; waiting for it.", hint: "" });
  else if (kind === "here") trouble(null);
  else if (kind === "restarted") {
    const hint = byPassword ? "load this page again, and log in" : "open the address that it printed";
    trouble({ message: "The studio was started again, or this session is over.", hint });
  } else if (kind === "trouble") trouble(data);
  else if (kind === "queue") noteQueue(data);
  else if (kind === "job") {
    noteJob(data);
    loaded.generate?.noteMade(data);
    loaded.machines?.notePull(data);
  } else if (kind === "library") noteLibrary(data);
  else if (kind === "hello" || kind === "reset") guarded(readJobs);
}

async function readJobs() {
  await readQueue();
  loaded.generate?.seedMade(queuedJobs());
}

async function completedQuery(text) {
  if (!text.trim()) return [];
  const { completions } = await get("/assets/completions", { text });
  return completions.map((one) => ({ text: one.text, label: one.label, fact: one.uses === null ? "" : one.uses.toLocaleString("en") }));
}

async function start() {
  startGallery(trouble);
  startSelection();
  startEdits(assetsChanged, trouble);
  startQueue(trouble);
  startTrash(trouble, libraryChanged);
  startUploads(libraryChanged);
  completing(byId("query"), completedQuery, search);
  byId("back").addEventListener("click", (event) => {
    event.preventDefault();
    backToGallery();
  });
  byId("earlier").addEventListener("click", () => step(-1));
  byId("later").addEventListener("click", () => step(1));
  byId("states").addEventListener("change", () => guarded(readQueue));
  addEventListener("click", ({ target }) => {
    const query = target.closest?.("[data-query]")?.dataset.query;
    if (!query) return;
    byId("query").value = query;
    search();
  });
  try {
    const [{ read_only: reads, login }] = await Promise.all([get("/healthz"), openSession()]);
    document.body.classList.toggle("reading", reads);
    byPassword = login === "password";
    if (byPassword) {
      await admitted();
      offerLogout(trouble);
    }
  } catch (error) {
    trouble(error);
    return;
  }
  trouble(null);
  addEventListener("hashchange", route);
  addEventListener("keydown", keys);
  await route();
  listenToServer(hear);
}

start();
