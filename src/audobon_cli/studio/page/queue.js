// The queue, as the server tells it.

import { get, send } from "./server.js";
import { byId, count, element, redraw, seconds } from "./words.js";

const MOST_CANDIDATES = 64;
const MOST_ROWS = 200;
const WAITING = ["queued", "blocked", "failed"];
const jobs = new Map();
let showTrouble = () => {};
let queue = null;
let runs = 0;
let told = 0;

/** Whoever clicks steers; the server tells what came of it. */
export function startQueue(trouble) {
  showTrouble = trouble;
  byId("run-queue").addEventListener("click", () => steer("POST", "/queue", { action: "run" }));
  byId("pause-queue").addEventListener("click", () => steer("POST", "/queue", { action: "pause" }));
  byId("clear-queue").addEventListener("click", async () => {
    await steer("POST", "/queue", { action: "clear" });
    await readQueue();
  });
  byId("jobs").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const { job, action, priority } = button.dataset;
    steer("PATCH", `/jobs/${job}`, action ? { action } : { priority: Number(priority) });
  });
}

async function steer(method, path, body) {
  try {
    const told = await send(method, path, body);
    if (told.queue) noteQueue(told.queue);
    if (told.job) noteJob(told.job);
    showTrouble(null);
  } catch (error) {
    showTrouble(error);
  }
}

/** What can be done to a job as it stands. */
function actionsOf(job) {
  const buttons = [];
  const add = (words, label, data) => {
    buttons.push(element("button", { type: "button", "data-job": job.job, "aria-label": `${label} job ${job.job}`, ...data }, words));
  };
  const waits = WAITING.includes(job.state);
  if (waits) {
    add("↑", "Run earlier:", { "data-priority": Math.min(1000, job.priority + 1) });
    add("↓", "Run later:", { "data-priority": Math.max(-1000, job.priority - 1) });
  }
  if (waits || job.state === "running") add("Pause", "Pause", { "data-action": "pause" });
  if (job.state === "paused") add("Resume", "Resume", { "data-action": "resume" });
  if (waits || ["running", "paused"].includes(job.state)) add("Cancel", "Cancel", { "data-action": "cancel" });
  if (["dead", "cancelled", "failed"].includes(job.state)) add("Retry", "Retry", { "data-action": "retry" });
  return element("td", { class: "do changes" }, ...buttons);
}

/** Read everything anew. Throws Failure. What is told while the answer is under way is newer: then it is read again. */
export async function readQueue() {
  const run = ++runs;
  let found;
  let before;
  do {
    before = told;
    found = await get("/jobs", { limit: MOST_ROWS, state: byId("states").value });
    if (run !== runs) return;
  } while (before !== told);
  jobs.clear();
  for (const job of found.jobs) jobs.set(job.job, job);
  drawQueue(found.queue);
  drawJobs();
}

/** The jobs that are known here, the oldest first. */
export const queuedJobs = () => [...jobs.values()].sort((one, other) => one.job - other.job);

/** How the queue stands now. */
export function noteQueue(found) {
  told++;
  drawQueue(found);
}

function drawQueue(found) {
  queue = found;
  const running = queue.counts.running ?? 0;
  byId("at-work").hidden = !running;
  byId("at-work").textContent = `(${count(running, "job")} running)`;
  byId("standing").textContent = standing();
  drawActive();
}

/** A job has changed. */
export function noteJob(job) {
  told++;
  const wanted = byId("states").value;
  if (wanted && job.state !== wanted) jobs.delete(job.job);
  else jobs.set(job.job, job);
  if (jobs.size > MOST_ROWS) jobs.delete(Math.min(...jobs.keys()));
  if (!byId("queue").hidden) drawJobs();
}

function standing() {
  const waits = (queue.counts.queued ?? 0) + (queue.counts.failed ?? 0);
  byId("pause-queue").hidden = queue.paused;
  byId("run-queue").hidden = !queue.paused && (queue.workers > 0 || !waits);
  const parts = Object.entries(queue.counts).filter(([, number]) => number);
  if (!parts.length) return "The queue is empty. Generate adds to it.";
  const words = parts.map(([state, number]) => `${number.toLocaleString("en")} ${state}`).join(", ");
  const paused = queue.paused ? "; paused" : "";
  const idle = waits && !queue.workers ? "; waiting for a worker" : "";
  return `${words}${paused}${idle}; ${count(queue.workers, "worker")}`;
}

function drawActive() {
  byId("active").replaceChildren(
    ...queue.active.map((job) => {
      const percent = job.percent || 0;
      const step = job.steps ? `, step ${job.step} of ${job.steps}` : "";
      const left = job.remaining_seconds == null ? "" : `, ${seconds(job.remaining_seconds)} left`;
      const doing = job.doing || "starting";
      const shown = jobs.get(job.job)?.progress?.picture_step;
      return element(
        "li", {},
        element("div", {}, `Job ${job.job}: ${job.title}`),
        element("progress", percent ? { max: 100, value: percent, "aria-label": `Job ${job.job}` } : { "aria-label": `Job ${job.job}` }),
        element("div", { class: "facts" }, `${doing} ${percent.toFixed(0)} %${step}${left}`),
        shown ? element("img", { class: "start", src: `/api/v1/progress/${job.job}/picture?step=${shown}`, alt: `Job ${job.job} at step ${shown}` }) : "",
      );
    }),
  );
}

function drawJobs() {
  const rows = [...jobs.values()].sort((one, other) => other.job - one.job);
  redraw(byId("jobs"), ...rows.map(rowOf));
  byId("jobs").closest(".wide").hidden = !rows.length;
}

/** To Compare, with what a job has made. */
export const chooseLink = (job) => element("a", {
  class: "button", href: `#/compare/${job.assets.slice(0, MOST_CANDIDATES).join(",")}`,
  "aria-label": `Choose among ${job.assets.length}: job ${job.job}, ${job.title}`,
}, `Choose among ${job.assets.length}`);

function rowOf(job) {
  const result = element("td");
  if (job.error && job.state !== "done") result.append(job.error.message);
  for (const asset of job.assets.slice(0, 4)) result.append(element("a", { href: `#/asset/${asset}` }, asset), " ");
  if (job.assets.length > 4) result.append(`and ${job.assets.length - 4} more `);
  if (job.assets.length > 1 && job.state !== "running") result.append(chooseLink(job));
  if (job.state === "blocked") result.append(`after ${job.after.join(", ")}`);
  return element(
    "tr", {},
    element("td", {}, String(job.job)),
    element("td", { class: job.state }, job.state),
    element("td", {}, job.title),
    element("td", {}, job.priority ? `${job.lane} (${job.priority > 0 ? "+" : ""}${job.priority})` : job.lane),
    element("td", {}, `${job.attempts}/${job.retries + 1}`),
    result,
    actionsOf(job),
  );
}
