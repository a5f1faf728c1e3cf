// Files that are dropped, pasted or picked, and what became of each.

import { say, trash } from "./edit.js";
import { upload } from "./server.js";
import { byId, bytes, count, element } from "./words.js";

export const LARGEST_FILE = 64 * 1024 * 1024; // as the interface takes them
const MOST_FILES = 500;
const MOST_BYTES = 1024 ** 3;
export const KINDS = ".png,.apng,.webp,.jpg,.jpeg,.gif,.bmp,.svg,.wav,.flac,.ogg,.oga,.opus,.mp3,.aif,.aiff";
const SHOWN = 200;

let stopping = null;
let taken = async () => {};
const takers = new Map();

/** `changed()` is called when something has been imported. */
export function startUploads(changed) {
  taken = changed;
  const input = picker(true, importFiles);
  byId("import").addEventListener("click", () => input.click());
  takesFiles("gallery", "Drop to import", importFiles);
  const whole = document.documentElement;
  const shown = () => [...takers].find(([view]) => !byId(view).hidden)?.[1];
  const may = (event) => event.dataTransfer?.types.includes("Files") && !document.body.classList.contains("reading");
  whole.addEventListener("dragover", (event) => {
    if (!may(event)) return;
    event.preventDefault(); // else the browser leaves the page for the file
    event.dataTransfer.dropEffect = shown() ? "copy" : "none";
    byId("drop-here").textContent = shown()?.words ?? "";
    byId("drop-here").hidden = !shown();
  });
  whole.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) byId("drop-here").hidden = true;
  });
  whole.addEventListener("drop", (event) => {
    byId("drop-here").hidden = true;
    if (!may(event)) return;
    event.preventDefault();
    shown()?.take([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !shown() || byId("question").open || document.body.classList.contains("reading")) return;
    event.preventDefault();
    shown().take(files.map(named));
  });
}

/** While the view `view` is shown, files that are dropped or pasted are for `take(files)`. */
export function takesFiles(view, words, take) {
  takers.set(view, { words, take });
}

/** An input that opens the system's picker; what is picked is for `take(files)`. */
export function picker(multiple, take) {
  const input = element("input", { type: "file", multiple, accept: KINDS });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  return input;
}

/** Pictures of the clipboard are all called image.png. */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", "-");
  return new File([file], `pasted ${now}.${file.name.split(".")[1]}`, { type: file.type });
}

/** Why `file` is not sent at all; empty where nothing speaks against it. */
export const tooLarge = (file) =>
  (file.size > LARGEST_FILE ? `larger than ${bytes(LARGEST_FILE)} → audobon assets import takes it from the disk` : "");

async function importFiles(files) {
  if (stopping) {
    await say("An import is under way; wait for it, or stop it.");
    return;
  }
  const all = files.reduce((sum, file) => sum + file.size, 0);
  if (files.length > MOST_FILES || all > MOST_BYTES) {
    await say(`${count(files.length, "file")} of ${bytes(all)}: at most ${MOST_FILES} files and ${bytes(MOST_BYTES)} at once. For more: audobon assets import FOLDER`);
    return;
  }
  await run(files, all);
}

async function run(files, all) {
  stopping = new AbortController();
  const { signal } = stopping;
  const bar = element("progress", { max: Math.max(all, 1), value: 0, "aria-label": "Import" });
  const line = element("p", { role: "status" });
  const list = element("ul", { "aria-label": "Imported files" });
  const stop = element("button", { type: "button" }, "Stop");
  const close = element("button", { type: "button" }, "Close");
  stop.addEventListener("click", () => stopping?.abort());
  close.addEventListener("click", () => {
    byId("uploads").hidden = true;
    byId("import").focus();
  });
  const actions = element("div", { class: "bar" }, stop);
  byId("uploads").replaceChildren(line, bar, actions, list);
  byId("uploads").hidden = false;
  const made = [];
  const counts = { imported: 0, existing: 0, failed: 0 };
  let before = 0;
  for (const [place, file] of files.entries()) {
    if (signal.aborted) break;
    line.textContent = `Importing ${place + 1} of ${files.length}: ${file.name}`;
    let row;
    try {
      const reason = tooLarge(file);
      if (reason) throw { message: reason };
      const { asset, existing } = await upload(file, (sent) => {
        bar.value = before + Math.min(sent, file.size);
      }, signal);
      counts[existing ? "existing" : "imported"]++;
      if (!existing) made.push(asset.id);
      row = [element("a", { href: `#/asset/${asset.id}` }, asset.name), existing ? ": in the library already" : ": imported"];
    } catch (error) {
      if (error.name === "AbortError") break;
      counts.failed++;
      row = [`${file.name}: `, element("span", { class: "dead" }, error.message),
        error.hint ? ` → ${error.hint}` : "", error.code ? element("code", {}, ` ${error.code}`) : ""];
    }
    before += file.size;
    bar.value = before;
    if (list.children.length < SHOWN || counts.failed) list.append(element("li", {}, ...row));
  }
  const words = [`${count(counts.imported, "file")} imported`];
  if (counts.existing) words.push(`${counts.existing} in the library already`);
  if (counts.failed) words.push(`${counts.failed} refused`);
  const left = files.length - counts.imported - counts.existing - counts.failed;
  if (left) words.push(`${left} not sent, as it was stopped`);
  line.textContent = `${words.join(", ")}.`;
  bar.remove();
  const held = actions.contains(document.activeElement);
  actions.replaceChildren(close);
  if (made.length) {
    const back = element("button", { type: "button" }, "Into the trash again");
    back.addEventListener("click", async () => {
      if ((await trash({ ids: made })) !== null) back.remove();
      close.focus();
    });
    actions.append(back);
  }
  if (held) close.focus();
  stopping = null;
  if (counts.imported) await taken();
}
