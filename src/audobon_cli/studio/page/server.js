// The HTTP interface, as the page uses it.

const API = "/api/v1";

/** A failure with the code that the command line gives it. */
export class Failure extends Error {
  constructor(code, message, hint) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

async function failureOf(response) {
  try {
    const { error } = await response.json();
    return new Failure(error.code, error.message, error.hint);
  } catch {
    return new Failure("", `The server answered ${response.status}.`, "");
  }
}

/** Hand in the token of the address, once; the address is left without it. */
export async function openSession() {
  const found = /^#token=([\w-]+)$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", "/#/");
  const response = await fetch(`${API}/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: found[1] }),
  });
  if (!response.ok) throw await failureOf(response);
}

/** What is at `path`, with those of `parameters` that are not empty. Throws Failure; `options` are those of fetch. */
export async function get(path, parameters = {}, options = {}) {
  const filled = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  const text = new URLSearchParams(filled).toString();
  const response = await reached(`${API}${path}${text && "?"}${text}`, options);
  return response.json();
}

/** Send `body` as JSON; the answer, null without one. Throws Failure. */
export async function send(method, path, body = undefined) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await reached(`${API}${path}`, options);
  return response.status === 204 ? null : response.json();
}

/**
 * Put `file` into the library, as `audobon assets import` does: `{ asset, existing }`. `sent(bytes)` is called as it goes;
 * `signal` gives up. Throws Failure, and AbortError.
 */
export function upload(file, sent, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much is sent
    request.open("POST", `${API}/assets?${new URLSearchParams({ name: file.name })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "text";
    request.upload.addEventListener("progress", ({ loaded }) => sent(loaded));
    request.addEventListener("error", () => failed(new Failure("", "The file was not taken.", "folders are opened first; else look whether the studio still runs")));
    request.addEventListener("abort", () => failed(new DOMException("given up", "AbortError")));
    request.addEventListener("load", async () => {
      const answer = new Response(request.status === 204 ? null : request.responseText, { status: request.status });
      answer.ok ? done(await answer.json()) : failed(await failureOf(answer));
    });
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

async function reached(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("", "The server does not answer.", "start it again: audobon studio");
  }
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** Where the file of an asset is; the address names the bytes, so that browsers may keep them. */
export const fileOf = (asset) => `${API}/images/${asset.id}?v=${asset.blob.slice(0, 16)}`;

/** Where its small picture is. Vectors are shown as they are. */
export const thumbnailOf = (asset) =>
  asset.format === "svg" ? fileOf(asset) : `${API}/images/${asset.id}/thumbnail?v=${asset.blob.slice(0, 16)}`;

/** Where assets are as one page to keep. */
export const pageOf = (parameters) => `${API}/assets/page?${parameters}`;

const KINDS = ["hello", "reset", "queue", "job", "library", "trouble"];

/**
 * Call `hear(kind, data)` for each event of the server. One tab listens and tells the others: browsers open six
 * connections to a server in all, so that the seventh tab with one of its own would hang.
 */
export function listenToServer(hear) {
  const others = new BroadcastChannel("audobon-events");
  others.onmessage = ({ data }) => hear(data.kind, data.data);
  const tell = (kind, data) => {
    hear(kind, data);
    others.postMessage({ kind, data });
  };
  // Browsers keep locks for pages of this machine and by TLS; by plain HTTP from elsewhere each tab listens for itself.
  if (!navigator.locks) return connect(hear);
  navigator.locks.request("audobon-events", () => new Promise(() => connect(tell)));
}

function connect(tell) {
  const source = new EventSource(`${API}/events`);
  for (const kind of KINDS) source.addEventListener(kind, (event) => tell(kind, JSON.parse(event.data)));
  let lost = false;
  source.onopen = () => {
    if (lost) tell("here", {});
    lost = false;
  };
  source.onerror = async () => {
    lost = true;
    if (source.readyState !== EventSource.CLOSED) return tell("away", {});
    // What is refused is not tried again by the browser.
    tell((await isOfAnotherStart()) ? "restarted" : "away", {});
    setTimeout(() => connect(tell), 5000);
  };
}

/** Whether the server answers, but no longer to this page. */
const isOfAnotherStart = () => fetch(`${API}/jobs?limit=1`).then(({ status }) => status === 401, () => false);
