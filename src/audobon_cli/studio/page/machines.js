// The machine: health, memory and cards over time, backups, providers, models, training and spending.

import { agreed } from "./selection.js";
import { get, send } from "./server.js";
import { byId, bytes, count, element, seconds } from "./words.js";

const LOOK_MS = 5_000;
const WIDE = 600;
const HIGH = 120;
let told = () => {};
let looking;
const jobs = new Map();

/** `trouble(error)` says what went wrong; null takes it back. */
export function startMachines(trouble) {
  told = trouble;
}

/** Show everything; each part comes when it is there. */
export async function showMachines() {
  if (!byId("machine-memory")) build();
  leaveMachines();
  looking = setInterval(() => document.visibilityState === "visible" && part("memory"), LOOK_MS);
  await Promise.all(Object.keys(PARTS).map(part));
}

/** Look no more. */
export function leaveMachines() {
  clearInterval(looking);
}

/** What the server tells of jobs: those that pull a model are shown with it. */
export function notePull(job) {
  const name = pulledBy(job);
  if (!name) return;
  const before = jobs.get(name);
  jobs.set(name, job);
  if (byId("machines").hidden) return;
  drawPull(name);
  if (job.state === "done" && before?.state !== "done") part("models");
}

const pulledBy = (job) => (job.kind === "command" ? /^models pull (\S+)/.exec(job.title)?.[1] : undefined);

const PARTS = {
  memory: ["Memory and cards", "/machine", drawMemory],
  doctor: ["Doctor", "/doctor", drawDoctor],
  backups: ["Backups", "/backups", drawBackups],
  usage: ["Spending", "/usage", drawUsage],
  training: ["Training", "/training", drawTraining],
  providers: ["Providers", "/providers", drawProviders],
  models: ["Models", "/models", drawModels],
};

function build() {
  byId("machines").replaceChildren(element("h2", {}, "Machines"), element("div", { class: "panels" },
    ...Object.entries(PARTS).map(([name, [title]]) =>
      element("section", { class: "panel", "aria-labelledby": `machine-${name}-title` }, element("h3", { id: `machine-${name}-title` }, title),
        element("div", { id: `machine-${name}` }, element("p", { class: "fact" }, "Looking …"))))));
}

async function part(name) {
  const [, path, draw] = PARTS[name];
  try {
    const found = await get(path);
    if (!byId("machines").hidden) await draw(byId(`machine-${name}`), found);
  } catch (error) {
    byId(`machine-${name}`).replaceChildren(element("p", { class: "warn" }, `${error.message}${error.hint ? ` → ${error.hint}` : ""}`));
  }
}

function table(label, titles, rows) {
  return element("div", { class: "wide", role: "region", "aria-label": label, tabindex: "0" }, element("table", {},
    element("thead", {}, element("tr", {}, ...titles.map((one) => element("th", { scope: "col" }, one)))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells.map((cell) =>
      (cell instanceof Element && cell.tagName === "TD" ? cell : element("td", {}, cell ?? ""))))))));
}

const SVG = "http://www.w3.org/2000/svg";

/** Lines over time as a drawing; `lines` are `{ name, class, values }`, where null is a gap. Its name says the last values. */
function chart(label, lines, most, least = 0) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${WIDE} ${HIGH}`, class: "chart", role: "img", "aria-label": label, preserveAspectRatio: "none" })) drawing.setAttribute(key, value);
  const length = Math.max(...lines.map((one) => one.values.length), 2);
  for (const one of lines) {
    const points = one.values.map((value, at) => (value === null || value === undefined ? null
      : [(at / (length - 1)) * WIDE, HIGH - 2 - ((value - least) / (most - least || 1)) * (HIGH - 4)]));
    const path = document.createElementNS(SVG, "path");
    let pen = "M";
    let text = "";
    for (const point of points) {
      if (point) text += `${pen}${point[0].toFixed(1)},${point[1].toFixed(1)}`;
      pen = point ? "L" : "M";
    }
    const lone = points.filter(Boolean).length === 1;
    path.setAttribute("d", lone ? `${text}h8` : text);
    path.setAttribute("class", one.class);
    drawing.append(path);
  }
  return drawing;
}

const legend = (...names) => element("p", { class: "legend" }, ...names.flatMap(([name, words]) => [element("span", { class: name }, words), " "]));

function drawMemory(place, { machine, cards, samples, monitor }) {
  const used = machine.memory_bytes - machine.available_bytes;
  const first = new Date(samples[0].time);
  const minutes = Array.from({ length: samples.at(-1).minute - samples[0].minute + 1 }, (_, at) => samples.find((one) => one.minute === samples[0].minute + at));
  const parts = [
    element("p", {}, `${bytes(used)} of ${bytes(machine.memory_bytes)} in use, ${count(machine.cpus, "processor")}. ${machine.system}, Python ${machine.python}.`),
    element("meter", { min: 0, max: machine.memory_bytes, high: machine.memory_bytes * 0.9, optimum: 0, value: used, "aria-label": "Memory in use" }),
    chart(`Memory in use since ${first.toLocaleTimeString()}: now ${bytes(used)}`,
      [{ class: "line-a", values: minutes.map((one) => (one ? machine.memory_bytes - one.available_bytes : null)) }], machine.memory_bytes),
  ];
  for (const card of cards) {
    const heat = card.temperature_celsius === null ? "" : `, ${card.temperature_celsius} °C`;
    parts.push(element("p", {}, `${card.name}: ${bytes(card.total_bytes - card.free_bytes)} of ${bytes(card.total_bytes)} in use${heat}.`));
  }
  if (!cards.length) parts.push(element("p", { class: "fact" }, "No graphics card: pictures are drawn on the processor."));
  else {
    const total = cards.reduce((sum, card) => sum + card.total_bytes, 0);
    parts.push(chart("Memory of the cards in use", [{ class: "line-b", values: minutes.map((one) => one?.card_used_bytes ?? null) }], total));
    if (samples.some((one) => one.card_celsius !== null)) parts.push(chart("Degrees of the hottest card", [{ class: "line-c", values: minutes.map((one) => one?.card_celsius ?? null) }], 110));
  }
  parts.push(element("p", { class: "fact" }, `Since ${first.toLocaleTimeString()}. `,
    monitor.runs ? `A monitor watches; it last looked at ${new Date(monitor.looked).toLocaleTimeString()}.` : "Measured while this page is open; audobon monitor measures on."));
  for (const one of monitor.findings.filter((each) => each.status !== "ok")) parts.push(element("p", { class: "warn" }, `${one.subject}: ${one.message} → ${one.remedy}`));
  if (monitor.actions.length) parts.push(element("details", {}, element("summary", {}, `What the monitor did (${monitor.actions.length})`), element("ul", {}, ...monitor.actions.map((one) => element("li", {}, one)))));
  place.replaceChildren(...parts);
}

const VERDICTS = { ok: "running", warning: "failed", failed: "dead" };

function drawDoctor(place, { checks }) {
  const wrong = checks.filter((one) => one.verdict !== "ok").length;
  place.replaceChildren(element("p", { class: wrong ? "warn" : "running" }, wrong ? `${count(wrong, "finding")} to look at.` : "All is well."),
    table("Checks", ["Check", "Verdict", "Finding"], checks.map((one) =>
      [one.name, element("td", { class: VERDICTS[one.verdict] }, one.verdict), one.remedy ? `${one.message} → ${one.remedy}` : one.message])));
}

function drawBackups(place, { destinations }) {
  if (!destinations.length) {
    place.replaceChildren(element("p", {}, "No destination is set up: audobon backup init"));
    return;
  }
  const since = { true: "changes since", false: "nothing changed since", null: "" };
  place.replaceChildren(table("Backups", ["Name", "Last backup", "Since then", "State", "Address"], destinations.map((one) => [
    `${one.name ?? ""}${one.default ? " (usual)" : ""}`, one.age_seconds === null ? "never from here" : `${seconds(one.age_seconds)} ago`,
    since[one.changed], element("td", { class: one.reachable ? "running" : "dead" }, one.reachable ? "ok" : one.why), one.address])));
}

const money = (value) => `$${value.toFixed(2)}`;

function drawUsage(place, found) {
  const budget = found.budget_per_month_usd;
  const parts = [element("p", {}, `This month: ${money(found.spent_this_month_usd)}${budget === null ? ", no budget is set" : ` of ${money(budget)}`}. `,
    found.budget_per_run_usd === null ? "" : `At most ${money(found.budget_per_run_usd)} a run. `, `In all: ${money(found.total_usd)}.`)];
  if (budget) parts.push(element("meter", { min: 0, max: budget, high: budget * 0.8, optimum: 0, value: Math.min(found.spent_this_month_usd, budget), "aria-label": "Budget of this month that is spent" }));
  if (found.usage.length) {
    parts.push(table("Spending by provider", ["Provider", "Calls", "Paid", "Not paid", "Unknown", "Spent"],
      found.usage.map((one) => [one.provider, ...["calls", "paid", "unpaid", "unknown"].map((key) => one[key].toLocaleString("en")), money(one.usd)])));
  } else parts.push(element("p", { class: "fact" }, "No provider was asked for anything yet."));
  place.replaceChildren(...parts);
}

async function drawTraining(place, { runs }) {
  if (!runs.length) {
    place.replaceChildren(element("p", {}, "Nothing has been trained: audobon train lora SET --name my-style"));
    return;
  }
  const shown = await Promise.all(runs.slice(-6).reverse().map(async ({ job }) => (await get(`/training/${job}`)).run));
  place.replaceChildren(...shown.map((run) => {
    const losses = run.losses;
    const values = (key) => losses.map((one) => one[key]);
    const most = Math.max(...losses.flatMap((one) => [one.learnt, one.held_out ?? 0, one.untrained ?? 0]), 0.001);
    const last = losses.at(-1);
    const parts = [element("h4", {}, `${run.name} `, element("span", { class: run.state }, run.state)),
      element("p", { class: "fact" }, `Job ${run.job}, ${run.model}, ${count(run.pictures, "picture")}, step ${run.step} of ${run.steps}${run.best_step ? `, best ${run.best_step}` : ""}. ${run.verdict}`)];
    if (losses.length) {
      const label = `Losses of ${run.name} at step ${last.step}: learnt ${last.learnt.toFixed(4)}${last.held_out === null ? "" : `, held out ${last.held_out.toFixed(4)}`}`;
      parts.push(chart(label, [{ class: "line-c", values: values("untrained") }, { class: "line-b", values: values("held_out") }, { class: "line-a", values: values("learnt") }], most),
        legend(["line-a", "learnt"], ["line-b", "held out"], ["line-c", "untrained"]));
    }
    if (run.samples.length) parts.push(element("img", { class: "sample", src: run.samples.at(-1), alt: `What ${run.name} draws` }));
    return element("div", { class: "run" }, ...parts);
  }));
}

function drawProviders(place, { providers, breakers }) {
  const key = (one) => one.key ?? one.missing ?? `no key: set ${one.key_variables.join(" or ")}`;
  const state = (one) => {
    const failed = breakers.filter((each) => each.provider === one.name);
    if (!failed.length) return "no failures lately";
    const cell = element("td", {}, ...failed.map((each) => element("p", { class: each.state === "closed" ? "warn" : "dead" },
      `${each.server}: ${each.state}, ${count(each.failures, "failure")} (${each.why})${each.retry_after_seconds ? `, left alone for ${seconds(each.retry_after_seconds)}` : ""}`)));
    const reset = element("button", { type: "button", class: "changes", "aria-label": `Forget the failures of ${one.title}` }, "Forget");
    reset.addEventListener("click", async () => {
      try {
        await send("POST", "/providers/reset", { name: one.name });
        told(null);
        await part("providers");
      } catch (error) {
        told(error);
      }
    });
    cell.append(reset);
    return cell;
  };
  place.replaceChildren(table("Providers", ["Provider", "Usual model", "A picture", "Breakers", "Key and servers"], providers.map((one) => [
    one.title, one.model, one.price_usd ? money(one.price_usd) : "free", state(one), [key(one), ...one.servers].join(", ")])));
}

const FITS = { yes: "fits", offload: "fits, slower", no: "too large", unknown: "not known" };

function drawModels(place, { models }) {
  const size = (one) => (one.state === "not pulled" ? (one.download_bytes ? `${bytes(one.download_bytes)} to pull` : "") : bytes(one.size_bytes));
  const here = models.filter((one) => one.state !== "not pulled");
  const absent = models.filter((one) => one.state === "not pulled");
  const pullCell = (one) => {
    const cell = element("td", { class: "do", id: `pull-${one.name}` });
    cell.append(pullButton(one));
    return cell;
  };
  place.replaceChildren(
    table("Models here", ["Model", "State", "Size", "Memory", "Last used"], here.map((one) => [one.name,
      element("td", { class: one.problem ? "dead" : "" }, one.problem || one.state), size(one), FITS[one.fits.answer], one.last_used ? new Date(one.last_used).toLocaleDateString() : ""])),
    element("details", { open: absent.some((one) => jobs.has(one.name)) }, element("summary", {}, `To pull (${absent.length})`),
      table("Models to pull", ["Model", "Size", "Memory", "Licence", "Pull"], absent.map((one) => [one.name, size(one), FITS[one.fits.answer], one.licence, pullCell(one)]))));
  for (const name of jobs.keys()) drawPull(name);
}

function pullButton(one) {
  const button = element("button", { type: "button", class: "changes", "aria-label": `Pull ${one.name}` }, "Pull");
  button.addEventListener("click", async () => {
    const size = one.download_bytes ? `${bytes(one.download_bytes)}, and what it needs. ` : "";
    if (!(await agreed(`Pull ${one.name}?`, `${size}${one.licence ? `Licence: ${one.licence}.` : ""}`, "Pull"))) return;
    try {
      const { job } = await send("POST", "/models/pull", { name: one.name, agreed: true });
      told(null);
      notePull(job);
    } catch (error) {
      told(error);
    }
  });
  return button;
}

function drawPull(name) {
  const cell = byId(`pull-${name}`);
  const job = jobs.get(name);
  if (!cell || !job) return;
  cell.querySelectorAll(".pulling").forEach((one) => one.remove());
  const over = ["done", "dead", "cancelled"].includes(job.state);
  cell.querySelector("button").hidden = !over;
  const percent = job.progress?.percent ?? 0;
  const left = job.progress?.remaining_seconds == null ? "" : `, ${seconds(job.progress.remaining_seconds)} left`;
  cell.append(element("span", { class: "pulling" }, over ? (job.error?.message ?? job.state)
    : element("progress", percent ? { max: 100, value: percent, "aria-label": `Pulling ${name}` } : { "aria-label": `Pulling ${name}` }),
  over ? "" : `${job.state} ${percent.toFixed(0)} %${left}`));
}
