// The queue, as the server tells it.

import { get } from "./server.js";
import { byId, count, element, seconds } from "./words.js";

const MOST_ROWS = 200;
const jobs = new Map();
let queue = null;
let runs = 0;
let told = 0;

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
  const parts = Object.entries(queue.counts).filter(([, number]) => number);
  if (!parts.length) return 'The queue is empty. Add to it: audobon queue add "cute dragon"';
  const words = parts.map(([state, number]) => `${number.toLocaleString("en")} ${state}`).join(", ");
  const paused = queue.paused ? "; paused" : "";
  const waits = (queue.counts.queued ?? 0) + (queue.counts.failed ?? 0);
  const idle = waits && !queue.workers ? "; waiting for a worker: audobon queue run" : "";
  return `${words}${paused}${idle}; ${count(queue.workers, "worker")}`;
}

function drawActive() {
  byId("active").replaceChildren(
    ...queue.active.map((job) => {
      const percent = job.percent || 0;
      const step = job.steps ? `, step ${job.step} of ${job.steps}` : "";
      const left = job.remaining_seconds == null ? "" : `, ${seconds(job.remaining_seconds)} left`;
      const doing = job.doing || "starting";
      return element(
        "li", {},
        element("div", {}, `Job ${job.job}: ${job.title}`),
        element("progress", percent ? { max: 100, value: percent, "aria-label": `Job ${job.job}` } : { "aria-label": `Job ${job.job}` }),
        element("div", { class: "facts" }, `${doing} ${percent.toFixed(0)} %${step}${left}`),
      );
    }),
  );
}

function drawJobs() {
  const rows = [...jobs.values()].sort((one, other) => other.job - one.job);
  byId("jobs").replaceChildren(...rows.map(rowOf));
}

function rowOf(job) {
  const result = element("td");
  if (job.error && job.state !== "done") result.append(job.error.message);
  for (const asset of job.assets.slice(0, 4)) result.append(element("a", { href: `#/asset/${asset}` }, asset), " ");
  if (job.assets.length > 4) result.append(`and ${job.assets.length - 4} more`);
  if (job.state === "blocked") result.append(`after ${job.after.join(", ")}`);
  return element(
    "tr", {},
    element("td", {}, String(job.job)),
    element("td", { class: job.state }, job.state),
    element("td", {}, job.title),
    element("td", {}, job.lane),
    element("td", {}, `${job.attempts}/${job.retries + 1}`),
    result,
  );
}
