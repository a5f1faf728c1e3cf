// Sprite operations with live result: the form is what the server says of an operation, the pictures are what it made.

import { say } from "./edit.js";
import { formOf } from "./form.js";
import { playerOf } from "./player.js";
import { fileOf, get, send } from "./server.js";
import { completing } from "./suggest.js";
import { byId, bytes, count, element, option } from "./words.js";

const WAIT_MS = 200;
const ZOOMS = [1, 2, 4, 8, 16];
const USUAL_SIDE = 256;
const SHOWN = 24;
const MOST_COLOURS = 64;
let known = null;
let assets = [];
let chosen = "";
let read = () => ({});
let player = null;
let zoom = 4;
let trial = null;
let waiting = 0;
let busy = false;
let again = false;
let told = () => {};
const names = new Map();

/** `trouble(error)` says what went wrong; null takes it back. */
export function startWorkshop(trouble) {
  told = trouble;
}

/** Show the workshop with the assets of these ids. Throws Failure. */
export async function showWorkshop(ids) {
  known ??= await get("/workshop");
  const found = await Promise.all(ids.map(async (id) => (await get(`/assets/${encodeURIComponent(id)}`)).asset));
  assets = found.filter((asset) => asset.width && asset.kind !== "vector");
  const largest = Math.max(...assets.map((asset) => Math.max(asset.width, asset.height)), 1);
  zoom = ZOOMS.findLast((one) => one * largest <= USUAL_SIDE) ?? 1;
  trial = null;
  build();
  if (assets.length) await tryOut();
}

/** Stop what moves. */
export function leaveWorkshop() {
  player?.stop();
  clearTimeout(waiting);
  waiting = 0;
}

function build() {
  if (!assets.length) {
    byId("workshop").replaceChildren(element("h2", {}, "Workshop"), element("p", {},
      "Select sprites in the gallery and press Workshop: to trim, outline, recolour, slice, animate or pack them, to see them move, and to hold them against the contract. ",
      element("a", { href: "#/" }, "To the gallery")));
    return;
  }
  const which = element("select", { id: "work-which" }, option("", "only look"), ...known.operations.map((one) => option(one.name, one.name.replaceAll("-", " "))));
  if (![...which.options].some((one) => one.value === chosen)) chosen = "";
  which.value = chosen;
  which.addEventListener("change", () => {
    chosen = which.value;
    byId("work-kept")?.remove();
    drawForm();
    tryOut();
  });
  const form = element("form", { id: "work-form", "aria-label": "Operation" },
    element("div", { class: "field" }, element("label", { for: "work-which" }, "Operation"), which),
    element("p", { class: "fact", id: "work-about" }), element("div", { id: "work-fields" }),
    element("div", { class: "bar" }, element("button", { type: "submit", class: "main changes", id: "work-keep" }, "Keep")));
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep();
  });
  const size = element("select", { id: "work-zoom", "aria-label": "Zoom" }, ...ZOOMS.map((one) => option(one, `${one}×`)));
  size.value = String(zoom);
  size.addEventListener("change", () => {
    zoom = Number(size.value);
    drawPictures();
  });
  byId("workshop").replaceChildren(
    element("div", { class: "bar" }, element("h2", {}, assets.length > 3 ? `Workshop: ${count(assets.length, "picture")}` : `Workshop: ${assets.map((one) => one.name).join(", ")}`), size),
    element("div", { class: "work" }, form,
      element("div", { class: "work-result" }, element("p", { id: "work-trouble", class: "warn", role: "status" }),
        element("div", { id: "work-pictures" }), element("div", { id: "work-player" }), element("div", { id: "work-gates" }))));
  drawForm();
  drawPictures();
}

const operation = () => known.operations.find((one) => one.name === chosen);

function drawForm() {
  const one = operation();
  byId("work-about").textContent = one?.about ?? "As they are: how they move, and what the gates measure.";
  byId("work-keep").hidden = !one;
  const rows = [];
  read = () => ({});
  if (one) {
    const made = formOf(one.parameters, soon, coloursOfPicture);
    read = made.read;
    rows.push(...made.rows);
    if (one.beside) rows.push(besideField(one.beside));
    if (one.together && assets.length > 1) {
      rows.push(element("div", { class: "field" }, element("label", { class: "check", for: "work-together" },
        element("input", { type: "checkbox", id: "work-together", checked: true }), "together"),
      element("span", { class: "fact" }, "Treat them alike, as the frames of one animation.")));
    }
    rows.push(element("div", { class: "field" }, element("label", { for: "work-name" }, "name"),
      element("input", { id: "work-name", maxlength: "200", autocomplete: "off", placeholder: "after the picture" })));
  }
  byId("work-fields").replaceChildren(...rows);
}

function besideField(about) {
  const input = element("input", { id: "work-beside", autocomplete: "off", maxlength: "1000", placeholder: "search by name" });
  const box = element("div", { class: "completed" }, input);
  completing(input, async (text) => {
    if (!text.trim()) return [];
    const { assets: rows } = await get("/assets", { query: text, limit: 8 });
    return rows.map((asset) => {
      const label = `${asset.name} (${asset.id.slice(0, 6)})`;
      names.set(label, asset.id);
      return { text: label, label: asset.name, fact: asset.kind };
    });
  }, soon);
  return element("div", { class: "field" }, element("label", { for: "work-beside" }, "second picture"), box, element("span", { class: "fact" }, about));
}

/** What is asked for, as the interface takes it. */
function asked() {
  const body = { ids: assets.map((asset) => asset.id) };
  if (!operation()) return body;
  Object.assign(body, { operation: chosen, parameters: read() });
  const beside = names.get(byId("work-beside")?.value);
  if (beside) body.beside = beside;
  if (byId("work-together")?.checked) body.together = true;
  if (byId("work-name")?.value.trim()) body.name = byId("work-name").value.trim();
  return body;
}

function soon() {
  clearTimeout(waiting);
  byId("work-kept")?.remove();
  byId("work-pictures").setAttribute("aria-busy", "true");
  waiting = setTimeout(() => {
    waiting = 0;
    tryOut();
  }, WAIT_MS);
}

/** One trial at a time; what was changed meanwhile is tried when its answer is here. */
async function tryOut() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  byId("work-pictures").setAttribute("aria-busy", "true");
  try {
    do {
      again = false;
      try {
        trial = await send("POST", "/workshop/previews", asked());
        tell("");
        await drawTrial();
      } catch (error) {
        tell(`${error.message}${error.hint ? ` → ${error.hint}` : ""}`);
      }
    } while (again);
  } finally {
    busy = false;
    if (!waiting) byId("work-pictures")?.removeAttribute("aria-busy");
  }
}

function tell(text) {
  if (byId("work-trouble")) byId("work-trouble").textContent = text;
}

async function keep() {
  try {
    const { assets: kept } = await send("POST", "/workshop/results", asked());
    told(null);
    const fresh = kept.filter((one) => !one.existing);
    const words = fresh.length ? `Kept ${count(fresh.length, "asset")}.` : "It was in the library already.";
    byId("work-kept")?.remove();
    byId("work-trouble").after(element("p", { id: "work-kept" }, `${words} `, ...kept.slice(0, 4).flatMap((one) => [element("a", { href: `#/asset/${one.id}` }, one.name), " "])));
    await say(words, fresh.length > 0);
  } catch (error) {
    told(error);
  }
}

async function drawTrial() {
  if (!byId("work-pictures")) return;
  drawPictures();
  player?.stop();
  player = trial.playing ? await playerOf(trial.playing, chosen || "as they are") : null;
  byId("work-player").replaceChildren(...(player ? [element("h3", {}, "Moving"), player.made] : []));
  // Whoever asked for less motion starts it by hand.
  if (player && trial.playing.animations.length && !matchMedia("(prefers-reduced-motion: reduce)").matches) player.start();
  drawGates();
}

function pictureOf(address, words, width, height) {
  const image = element("img", { src: address, alt: words, class: "exact" });
  image.style.width = `${(width * zoom) / devicePixelRatio}px`;
  image.style.height = `${(height * zoom) / devicePixelRatio}px`;
  return image;
}

function drawPictures() {
  const figure = (address, alt, one, fact) => element("figure", {}, pictureOf(address, alt, one.width, one.height),
    element("figcaption", {}, one.name, " ", element("span", { class: "fact" }, fact)));
  const sides = (one) => `${one.width} × ${one.height}`;
  const results = trial?.results ?? [];
  const still = results.filter((one) => one.frames === 1).slice(0, SHOWN);
  const before = assets.filter((one) => one.frames === 1).slice(0, results.length ? 1 : SHOWN);
  const stage = (words, figures) => element("div", {}, element("h3", {}, words),
    element("div", { class: "stage compare-stage", tabindex: "0", role: "region", "aria-label": words },
      element("div", { class: "side" }, ...figures)));
  const parts = [];
  if (still.length) {
    const more = trial.total > still.length ? ` (${still.length} of ${trial.total.toLocaleString("en")})` : "";
    parts.push(stage(`Result${more}`, still.map((one) => figure(one.file, `${one.name}, the result`, one, `${sides(one)}, ${bytes(one.size_bytes)}`))));
  }
  if (before.length) parts.push(stage(results.length ? "Before" : "Pictures", before.map((one) => figure(fileOf(one), one.name, one, sides(one)))));
  for (const one of results.filter((each) => each.frames > 1).slice(0, SHOWN)) {
    parts.push(element("p", {}, `${one.name}: `, element("span", { class: "fact" }, `${count(one.frames, "frame")} of ${sides(one)}, ${bytes(one.size_bytes)}`)));
  }
  for (const note of trial?.notes ?? []) parts.push(element("p", { class: "fact" }, note));
  byId("work-pictures").replaceChildren(...parts);
}

function drawGates() {
  const { pictures, sequences, contract, passed } = trial.check;
  const rows = [...pictures, ...sequences].flatMap((one) => one.gates.map((gate) => ({ of: one.name, ...gate })));
  rows.sort((one, other) => one.passed - other.passed);
  const fixed = known.contract;
  const parts = fixed ? ["size", "palette", "style_card"].filter((key) => fixed[key]).map((key) => `${key.replace("_", " ")} ${fixed[key]}`) : [];
  if (fixed?.styles.length) parts.push(`styles ${fixed.styles.join(", ")}`);
  const held = contract ? `Held to the contract in ${contract}${parts.length ? `: ${parts.join("; ")}` : ""}.` : "The project has no contract: held to defaults.";
  const number = (value) => Number(value.toPrecision(4)).toLocaleString("en");
  byId("work-gates").replaceChildren(
    element("h3", {}, "Gates: ", element("span", { class: passed ? "running" : "dead" }, passed ? "every limit holds" : `${count(rows.filter((one) => !one.passed).length, "limit")} broken`)),
    element("p", { class: "fact" }, held),
    element("div", { class: "wide", role: "region", "aria-label": "Gates", tabindex: "0" }, element("table", {},
      element("thead", {}, element("tr", {}, ...["Picture", "Gate", "Measures", "Value", "Limit", "Verdict"].map((one) => element("th", { scope: "col" }, one)))),
      element("tbody", {}, ...rows.slice(0, 200).map((one) => element("tr", {},
        element("td", {}, one.of), element("td", {}, one.gate.replaceAll("_", " ")), element("td", {}, known.gates[one.gate] ?? ""),
        element("td", {}, number(one.value)), element("td", {}, one.limit === null ? "" : number(one.limit)),
        element("td", { class: one.passed ? "" : "dead" }, one.passed ? (one.limit === null ? "measured" : "holds") : "broken")))))));
}

/** The commonest visible colours of the first picture. */
async function coloursOfPicture() {
  const one = assets[0];
  const image = new Image();
  image.src = fileOf(one);
  await image.decode();
  const canvas = new OffscreenCanvas(one.width, one.height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, one.width, one.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 128) continue;
    const colour = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_COLOURS).map(([colour]) => colour.split(",").map(Number));
}
