// The pictures in the cells of the grid.

import { thumbnailOf } from "./server.js";
import { element } from "./words.js";

const TOGETHER_MS = 30;
const loading = new Map();
const decoded = [];
let showing = 0;

/** Load the picture of a cell. It is shown once it is decoded, together with others: each change is painted anew. */
export function loadPicture(cell, asset) {
  const frame = cell.querySelector(".picture");
  if (!frame || frame.dataset.asked) return;
  frame.dataset.asked = "1";
  const picture = element("img", { alt: "", draggable: "false", fetchpriority: "low", src: thumbnailOf(asset) });
  loading.set(cell, picture);
  picture.decode().then(() => {
    loading.delete(cell);
    decoded.push([frame, picture]);
    if (!showing) showing = setTimeout(showPictures, TOGETHER_MS);
  }, () => loading.delete(cell)); // what has no picture goes without
}

/** Take a cell away, and do not wait for its picture: those that are looked at come first. */
export function drop(cell) {
  loading.get(cell)?.removeAttribute("src");
  cell.remove();
}

function showPictures() {
  showing = 0;
  for (const [frame, picture] of decoded.splice(0)) frame.append(picture);
}
