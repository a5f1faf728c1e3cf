// Which view is shown, and what keys do.

import { leaveAsset, showAsset, zoomByKey } from "./asset.js";
import { focusOn, foundAssets, noteLibrary, search, startGallery } from "./gallery.js";
import { noteJob, noteQueue, readQueue } from "./queue.js";
import { listenToServer, openSession } from "./server.js";
import { byId } from "./words.js";

let current = null;
let scrolled = 0;

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

async function route() {
  const [, view = "", id = ""] = location.hash.replace(/^#/, "").split("/");
  if (location.hash === "#main") return;
  const wanted = view === "asset" ? "asset" : view === "queue" ? "queue" : "gallery";
  if (current === "gallery" && wanted !== "gallery") scrolled = scrollY;
  const before = current;
  current = wanted;
  for (const name of ["gallery", "asset", "queue"]) byId(name).hidden = name !== wanted;
  for (const link of document.querySelectorAll("[data-view]")) {
    const here = link.dataset.view === (wanted === "asset" ? "gallery" : wanted);
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  if (wanted === "asset") {
    scrollTo(0, 0);
    markNeighbours(id);
    await guarded(() => showAsset(id));
    markNeighbours(id);
    return;
  }
  leaveAsset();
  document.title = wanted === "queue" ? "Queue · Audobon Studio" : "Audobon Studio";
  if (wanted === "queue") await guarded(readQueue);
  else if (!foundAssets().total) await search();
  else scrollTo(0, before ? scrolled : 0);
}

function markNeighbours(id) {
  const place = foundAssets().placeOf(id);
  byId("earlier").disabled = place < 1;
  byId("later").disabled = place < 0;
}

async function step(by) {
  const place = foundAssets().placeOf(location.hash.split("/")[2]);
  if (place < 0 || place + by < 0) return;
  const next = await foundAssets().reach(place + by);
  if (next) location.replace(`#/asset/${next.id}`);
}

async function backToGallery() {
  const place = foundAssets().placeOf(location.hash.split("/")[2]);
  location.hash = "#/";
  await new Promise((done) => addEventListener("hashchange", () => setTimeout(done), { once: true }));
  if (place >= 0) await focusOn(place);
}

function keys(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape" && event.target.id === "query") event.target.blur();
  if (typing || event.target.tagName === "AUDIO") return;
  if (event.key === "/") {
    event.preventDefault();
    if (current !== "gallery") location.hash = "#/";
    setTimeout(() => byId("query").focus());
  }
  if (current !== "asset") return;
  const inside = event.target.closest?.(".stage, pre");
  if (event.key === "Escape") backToGallery();
  else if (event.key === "ArrowLeft" && !inside) step(-1);
  else if (event.key === "ArrowRight" && !inside) step(1);
  else zoomByKey(event.key);
}

function hear(kind, data) {
  if (kind === "away") trouble({ message: "The server does not answer; waiting for it.", hint: "" });
  else if (kind === "trouble") trouble(data);
  else if (kind === "queue") noteQueue(data);
  else if (kind === "job") noteJob(data);
  else if (kind === "library") noteLibrary(data);
  else if (kind === "hello" || kind === "reset") guarded(readQueue);
}

async function start() {
  startGallery(trouble);
  byId("back").addEventListener("click", (event) => {
    event.preventDefault();
    backToGallery();
  });
  byId("earlier").addEventListener("click", () => step(-1));
  byId("later").addEventListener("click", () => step(1));
  byId("states").addEventListener("change", () => guarded(readQueue));
  addEventListener("keydown", keys);
  try {
    await openSession();
  } catch (error) {
    trouble(error);
    return;
  }
  addEventListener("hashchange", route);
  await route();
  listenToServer(hear);
}

start();
