// The form: what to make, what that needs, and the jobs that come of it.

import { say } from "./edit.js";
import { chooseLink } from "./queue.js";
import { get, send, thumbnailOf, upload } from "./server.js";
import { completing } from "./suggest.js";
import { picker, takesFiles, tooLarge } from "./uploads.js";
import { byId, bytes, count, element, option, redraw, seconds } from "./words.js";

const PLAN_MS = 350;
const LARGEST_BATCH = 4_000_000;
const BATCH = /\.(txt|csv|jsonl|toml)$/i;
const SHOWN_JOBS = 12;
let choices = null;
let planning;
let run = 0;
let price = 0;
let start = null;
let usedAs = "init_image";
let starting = 0;
const mine = new Map();

/** Show the form; `startId` is the asset to begin with. Throws Failure. */
export async function showGenerate(startId) {
  const first = !choices;
  choices = await get("/choices");
  if (first) build();
  if (startId && startId !== start?.id) {
    start = (await get(`/assets/${encodeURIComponent(startId)}`)).asset;
    field("kind").value = "image";
  }
  drawStart();
  drawKind();
  plan();
  field("prompt").focus();
}

const field = (name) => byId(`make-${name}`);

function labelled(name, words, input) {
  input.id = `make-${name}`;
  return element("div", { class: "field" }, element("label", { for: input.id }, words), input);
}

function build() {
  const select = (...options) => element("select", {}, ...options);
  const number = (attributes) => element("input", { type: "number", ...attributes });
  const from = (rows, first) => select(option("", first), ...rows.map((one) => option(one.name, one.name)));
  const prompt = element("input", { autocomplete: "off", maxlength: "4000", required: true, placeholder: "cute dragon" });
  const form = element("form", { id: "make", "aria-label": "What to make" },
    element("div", { class: "field wide-field" }, element("label", { for: "make-prompt" }, "Prompt"),
      element("div", { class: "completed" }, Object.assign(prompt, { id: "make-prompt" }))),
    element("div", { class: "bar wide-field" },
      element("button", { type: "submit", class: "main" }, "Generate"),
      element("span", { id: "make-price" })),
    labelled("kind", "Kind", select(option("image", "picture"), option("sound"))),
    labelled("style", "Style", from(choices.styles, "usual")),
    labelled("quality", "Quality", from(choices.qualities, `usual (${choices.usual.quality})`)),
    labelled("size", "Size", select(option("", "as the model draws"),
      ...choices.sizes.map((one) => option(one.name, `${one.name} (${one.size})`)))),
    labelled("length", "Length in seconds", number({ min: "0.02", max: "60", step: "any", placeholder: "as it comes" })),
    labelled("provider", "Where", select(option("", "this machine"), ...choices.providers.map((one) => option(one.name)))),
    labelled("model", "Model", select()),
    labelled("count", "How many", number({ min: "1", max: "1000", value: "1" })),
    labelled("seed", "Seed", number({ min: "0", step: "1", placeholder: "any" })),
    labelled("negative", "Leave out", element("input", { maxlength: "1000" })),
    element("div", { class: "wide-field changes", id: "make-from", role: "group", "aria-label": "Picture to begin with" }),
  );
  const gauge = element("div", { id: "make-plan", role: "status", "aria-label": "What it needs" });
  const drop = element("div", { id: "make-drop" },
    element("label", { for: "make-file" }, "Batch file (txt, csv, jsonl, toml): pick it, or drop it on this page, as you can a picture to begin with"),
    element("input", { type: "file", id: "make-file", accept: ".txt,.csv,.jsonl,.toml" }));
  byId("generate").replaceChildren(form, gauge, drop,
    element("h2", {}, "Made here"), element("ul", { id: "make-jobs", "aria-label": "Jobs of this page" }));
  completing(prompt, suggest);
  form.addEventListener("submit", submit);
  form.addEventListener("input", planSoon);
  form.addEventListener("change", planSoon);
  field("kind").addEventListener("change", drawKind);
  field("provider").addEventListener("change", drawKind);
  byId("make-file").addEventListener("change", ({ target }) => takeBatch(target.files[0]));
  takesFiles("generate", "Drop a picture to begin with, or a batch file", ([file]) => (BATCH.test(file.name) ? takeBatch(file) : takeStart(file)));
  drawStart();
}

/** A picture of this machine to begin with: it goes into the library first, as all that pictures are made of. */
async function takeStart(file) {
  const run = ++starting;
  const place = byId("make-from");
  const line = element("span", { role: "status" }, `${file.name} is imported …`);
  place.replaceChildren(line);
  try {
    const reason = tooLarge(file);
    if (reason) throw { message: `${file.name} is ${reason}` };
    const { asset } = await upload(file, () => {}, new AbortController().signal);
    if (run !== starting) return;
    if (!asset.width || asset.kind === "vector") throw { message: `${asset.name} is in the library, but nothing can be drawn on from it.` };
    start = asset;
    field("kind").value = "image";
    drawKind();
    drawStart();
    planSoon();
  } catch (error) {
    if (run !== starting) return;
    drawStart();
    place.append(element("p", { class: "warn", role: "alert" }, `${error.message}${error.hint ? ` → ${error.hint}` : ""}`));
  }
}

const MOST_SUGGESTED = 8;

async function suggest(text) {
  if (field("kind").value === "sound") {
    const begun = text.trim().toLowerCase();
    return choices.sounds.filter((one) => begun && one.name.includes(begun)).slice(0, MOST_SUGGESTED)
      .map((one) => ({ text: one.name.replaceAll("-", " "), label: one.name, fact: one.about }));
  }
  const { suggestions } = await get("/prompts", { text });
  return suggestions.slice(0, MOST_SUGGESTED).map((one) => ({ text: one.text, label: one.text, fact: one.source }));
}

function drawKind() {
  const sound = field("kind").value === "sound";
  for (const name of ["size", "style", "provider"]) field(name).parentElement.hidden = sound;
  field("length").parentElement.hidden = !sound;
  byId("make-from").hidden = sound;
  const provider = sound ? "" : field("provider").value;
  const kept = field("model").value;
  const rows = provider
    ? choices.providers.find((one) => one.name === provider).models
        .map((one) => option(one.name, one.is_free ? one.name : `${one.name} ($${one.usd_a_picture} a picture)`))
    : choices.models.filter((one) => (one.produces === "sound") === sound).map((one) => option(one.name, modelWords(one)));
  field("model").replaceChildren(option("", sound ? "usual (synth)" : provider ? "usual" : `usual (${choices.usual.model})`), ...rows);
  if ([...field("model").options].some((one) => one.value === kept)) field("model").value = kept;
}

const FITS = { yes: "fits", offload: "fits, slower", no: "too large", unknown: "not known whether it fits" };

function modelWords(model) {
  const pulled = model.state === "not pulled" ? `, to pull${model.download_bytes ? ` ${bytes(model.download_bytes)}` : ""}` : "";
  return `${model.name}: ${FITS[model.fits]}${pulled}`;
}

function drawStart() {
  const place = byId("make-from");
  const input = picker(false, ([file]) => takeStart(file));
  const pick = element("button", { type: "button" }, start ? "Another picture" : "Begin with a picture");
  pick.addEventListener("click", () => input.click());
  const held = place.contains(document.activeElement);
  if (!start) {
    place.replaceChildren(pick);
    if (held) pick.focus();
    return;
  }
  const clear = element("button", { type: "button" }, "Without it");
  clear.addEventListener("click", () => {
    start = null;
    drawStart();
    planSoon();
  });
  const use = element("select", { id: "make-use", "aria-label": `What ${start.name} is for` },
    option("init_image", "drawn on from it"), option("reference", "in its look (models that take references)"));
  use.value = usedAs;
  use.addEventListener("change", () => {
    usedAs = use.value;
  });
  place.replaceChildren(
    element("div", { class: "bar" }, element("img", { src: thumbnailOf(start), alt: "", class: "start" }),
      element("span", {}, "From ", element("a", { href: `#/asset/${start.id}` }, start.name)), use, pick, clear));
  if (held) pick.focus();
}

/** What the form says, as the interface takes it. */
function asked() {
  const sound = field("kind").value === "sound";
  const body = { prompt: field("prompt").value.trim() };
  if (sound) body.kind = "sound";
  const names = sound ? ["quality", "model", "negative"] : ["style", "quality", "size", "model", "provider", "negative"];
  for (const name of names) if (field(name).value) body[name] = field(name).value;
  for (const name of ["count", "seed", ...(sound ? ["length"] : [])]) {
    if (field(name).value !== "") body[name] = Number(field(name).value);
  }
  if (!sound && start) body[usedAs] = usedAs === "reference" ? [start.id] : start.id;
  return body;
}

function planSoon() {
  clearTimeout(planning);
  planning = setTimeout(plan, PLAN_MS);
}

async function plan() {
  const body = asked();
  const mineRun = ++run;
  if (!body.prompt) {
    byId("make-plan").replaceChildren();
    return;
  }
  try {
    const found = (await send("POST", "/plan", body)).plan;
    if (mineRun === run) drawPlan(found);
  } catch (error) {
    if (mineRun === run) byId("make-plan").replaceChildren(element("p", { class: "warn" }, `${error.message}${error.hint ? ` → ${error.hint}` : ""}`));
  }
}

function drawPlan(found) {
  const parts = [];
  const one = found.requests[0];
  if (one?.peak_bytes && found.budget_bytes) {
    parts.push(element("p", {}, `Needs ${bytes(one.peak_bytes)} of ${bytes(found.budget_bytes)} on ${found.gpu}`
      + (one.fits === false ? ", more than is free." : ".")));
    parts.push(element("meter", { min: 0, max: found.budget_bytes, high: found.budget_bytes * 0.9, optimum: 0,
      value: Math.min(one.peak_bytes, found.budget_bytes), "aria-label": "Memory of this machine that it needs" }));
  } else if (one?.unknown) parts.push(element("p", {}, `Memory: ${one.unknown}`));
  const facts = [`${count(found.pictures, field("kind").value === "sound" ? "sound" : "picture")}`];
  if (found.seconds !== null) facts.push(`about ${found.seconds < 1 ? "a second" : seconds(found.seconds)} and the loading`);
  if (one?.download) facts.push(`${bytes(one.download.bytes)} to pull first: audobon models pull ${one.model}`);
  price = found.cost ? Number(found.cost.at_most_usd) : 0;
  byId("make-price").textContent = found.cost ? `Costs $${found.cost.total_usd}, at most $${found.cost.at_most_usd}` : "";
  parts.push(element("p", {}, `${facts.join(", ")}.`));
  for (const server of found.servers) {
    if (server.needed_bytes) parts.push(element("p", {}, `${server.server} needs ${bytes(server.needed_bytes)} of ${bytes(server.room_bytes)}.`));
    else if (server.problem) parts.push(element("p", { class: "warn" }, `${server.server}: ${server.problem}`));
  }
  for (const note of found.notes) parts.push(element("p", { class: "fact" }, note));
  byId("make-plan").replaceChildren(...parts);
}

async function submit(event) {
  event.preventDefault();
  await queueing(() => send("POST", "/generate", { ...asked(), agreed_usd: price }));
}

async function takeBatch(file) {
  if (!file) return;
  await queueing(async () => {
    if (file.size > LARGEST_BATCH) throw { message: `${file.name} is larger than ${bytes(LARGEST_BATCH)}.`, hint: "audobon queue add --batch" };
    return send("POST", "/batches", { name: file.name, text: await file.text() });
  });
  byId("make-file").value = "";
}

async function queueing(work) {
  try {
    const { jobs } = await work();
    for (const job of jobs) mine.set(job.job, job);
    drawJobs();
    await say(`${count(jobs.length, "job")} queued.`);
  } catch (error) {
    byId("make-plan").replaceChildren(element("p", { class: "warn", role: "alert" }, `${error.message}${error.hint ? ` → ${error.hint}` : ""}`));
  }
}

/** What the server tells of jobs: those of this page are shown. */
export function noteMade(job) {
  if (!mine.has(job.job)) return;
  mine.set(job.job, job);
  drawJobs();
}

/** The jobs of this page after a reload are the last ones that there are. */
export function seedMade(jobs) {
  for (const job of jobs.slice(-SHOWN_JOBS)) if (!mine.has(job.job) && job.kind === "generate") mine.set(job.job, job);
  drawJobs();
}

function drawJobs() {
  if (!choices) return;
  const rows = [...mine.values()].sort((one, other) => other.job - one.job).slice(0, SHOWN_JOBS);
  redraw(byId("make-jobs"), ...rows.map((job) => {
    const percent = job.state === "done" ? 100 : job.progress?.percent ?? 0;
    const left = job.state === "running" && job.progress?.remaining_seconds != null ? `, ${seconds(job.progress.remaining_seconds)} left` : "";
    const bar = ["running", "queued"].includes(job.state)
      ? element("progress", percent ? { max: 100, value: percent, "aria-label": job.title } : { "aria-label": job.title }) : "";
    const shots = job.assets.slice(0, 8).map((id) =>
      element("a", { href: `#/asset/${id}` }, element("img", { src: `/api/v1/images/${id}/thumbnail`, alt: `${job.title}, open it` })));
    const step = job.state === "running" ? job.progress?.picture_step : 0;
    if (step) shots.push(element("img", { src: `/api/v1/progress/${job.job}/picture?step=${step}`, alt: `${job.title} at step ${step}` }));
    const choose = job.assets.length > 1 && job.state !== "running" ? chooseLink(job) : "";
    return element("li", {}, element("div", { class: "job-head" }, element("span", {}, `${job.title}: `, element("span", { class: job.state }, job.state), left), choose),
      bar, element("div", { class: "shots" }, ...shots), job.error && job.state !== "done" ? element("p", { class: "warn" }, job.error.message) : "");
  }));
}
