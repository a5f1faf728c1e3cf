// Changing assets, said in one line with a way back.

import { get, send } from "./server.js";
import { byId, count, element } from "./words.js";

const SHOWN_MS = 12_000;
let after = async () => {};
let trouble = () => {};
let hiding;

/** `changed(assets)` is called with what assets are now, or null when more may have changed. */
export function startEdits(changed, tellTrouble) {
  after = changed;
  trouble = tellTrouble;
}

/** Change `chosen` (`{ ids }` or `{ query }`) by `changes`; what they are then, null if that failed. */
export async function edit(chosen, changes, words) {
  return told(async () => {
    const { assets, count: number, changed } = await send("PATCH", "/assets", { ...chosen, ...changes });
    await after(assets.length === number ? assets : null);
    await say(changed ? `${words}: ${count(changed, "asset")}.` : "Nothing to change.", changed > 0);
    return assets;
  });
}

/** Put `chosen` into the trash; how many, null if that failed. */
export async function trash(chosen) {
  return told(async () => {
    const { count: number } = await send("POST", "/trash", chosen);
    await after(null);
    await say(`Moved to the trash: ${count(number, "asset")}.`, true);
    return number;
  });
}

/** Take the last change back. */
export async function undo(time) {
  return told(async () => {
    const { undone, count: number } = await send("POST", "/undo", time ? { time } : {});
    await after(null);
    await say(`Took back: ${undone}${number ? `, ${count(number, "asset")}` : ""}.`, false);
    return number;
  });
}

async function told(work) {
  try {
    const result = await work();
    trouble(null);
    return result;
  } catch (error) {
    trouble(error);
    return null;
  }
}

/** A line at the foot of the page; with `undoable` and a way back. */
export async function say(words, undoable = false) {
  const line = byId("toast");
  line.replaceChildren(element("span", {}, words));
  if (undoable) {
    const { undo: step } = await get("/undo");
    const button = element("button", { type: "button" }, "Undo");
    button.addEventListener("click", () => undo(step?.time));
    if (step) line.append(button);
  }
  line.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => {
    if (!line.contains(document.activeElement)) line.hidden = true;
  }, SHOWN_MS);
}

/** Copy text, and say so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    await say(`Copied ${what}.`);
  } catch {
    await say(text);
  }
}
