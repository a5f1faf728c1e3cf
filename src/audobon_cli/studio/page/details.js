// What is known of an asset, and what can be changed of it.

import { copy, edit, trash } from "./edit.js";
import { ask } from "./selection.js";
import { bytes, element, extent, quoted, seconds } from "./words.js";

/** The facts of `asset`; `again(id)` is called when something has changed, `gone()` when it went to the trash. */
export function detailsOf(asset, again, gone) {
  const side = element("div", {}, controlsOf(asset, again, gone), factsOf(asset));
  if (asset.relations.length) side.append(relationsOf(asset));
  if (asset.recipe) side.append(folded("Recipe", asset.recipe));
  if (asset.derivation) side.append(folded("Derivation", asset.derivation));
  if (Object.keys(asset.metadata).length) side.append(folded("Metadata", asset.metadata));
  return side;
}

function controlsOf(asset, again, gone) {
  const button = (words, work) => {
    const made = element("button", { type: "button" }, words);
    made.addEventListener("click", work);
    return made;
  };
  const change = async (changes, words) => {
    if (await edit({ ids: [asset.id] }, changes, words)) again(asset.id);
  };
  const rating = element("fieldset", { class: "rating" }, element("legend", {}, "Rating"));
  for (const stars of ["none", 1, 2, 3, 4, 5]) {
    const value = stars === "none" ? null : stars;
    const input = element("input", { type: "radio", name: "rating", id: `rating-${stars}`, value: stars });
    input.checked = asset.rating === value;
    input.addEventListener("change", () => change({ rating: value }, "Rated"));
    rating.append(element("span", {}, input, element("label", { for: `rating-${stars}` }, stars === "none" ? "none" : `${stars}★`)));
  }
  const tags = element("ul", { class: "tags", "aria-label": "Tags" }, ...asset.tags.map((tag) => {
    const remove = button("×", () => change({ remove_tags: [tag] }, `Took "${tag}" from`));
    remove.classList.add("changes");
    remove.setAttribute("aria-label", `Take the tag ${tag} away`);
    return element("li", {}, element("a", { href: "#/", "data-query": `tag:${quoted(tag)}` }, tag), remove);
  }));
  const answered = async (title, label, value, key, words, read = (text) => text) => {
    const text = await ask(title, label, value);
    if (text !== null) await change({ [key]: read(text) }, words);
  };
  const actions = element("div", { class: "bar" },
    button("Add tags", () => answered("Add tags", "Tags, with commas between them", "", "add_tags", "Tagged",
      (text) => text.split(",").map((one) => one.trim()).filter(Boolean))),
    button("Move", () => answered("Move", "Category, such as characters/enemies", asset.category, "category", "Moved")),
    button("Rename", () => answered("Rename", "Name", asset.name, "name", "Renamed")),
    button("Note", () => answered("Note", "What to remember", asset.note, "note", "Noted")),
    element("a", { class: "button", href: `#/tree/${asset.id}` }, "Lineage"),
  );
  if (asset.width) actions.append(element("a", { class: "button", href: `#/workshop/${asset.id}` }, "Workshop"));
  if (asset.kind !== "sound") actions.append(element("a", { class: "button", href: `#/generate/${asset.id}` }, "Use as start"));
  actions.append(
    button("Copy as command line", () => copy(commandOf(asset), "the command line")),
    button("Trash", async () => (await trash({ ids: [asset.id] })) !== null && gone()),
  );
  for (const one of actions.children) if (!/Lineage|Copy|Workshop/.test(one.textContent)) one.classList.add("changes");
  rating.classList.add("changes");
  return element("div", {}, rating, tags, actions);
}

/** The command line that makes it, or shows it where none does. */
function commandOf(asset) {
  if (!asset.recipe) return `audobon assets show ${asset.id}`;
  const sound = asset.kind === "sound";
  const words = ["audobon", ...(sound ? ["sound", "make"] : ["generate"]), shell(asset.recipe.prompt ?? asset.prompt)];
  const options = { model: asset.model, quality: asset.quality, style: asset.style, seed: asset.seed };
  if (!sound) options.size = `${asset.width}x${asset.height}`;
  if (asset.recipe.negative) options.negative = asset.recipe.negative;
  for (const [name, value] of Object.entries(options)) {
    if (value !== "" && value !== null && value !== undefined) words.push(`--${name}`, shell(String(value)));
  }
  return words.join(" ");
}

const shell = (text) => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function factsOf(asset) {
  const facts = [
    ["Id", asset.id],
    ["Kind", asset.kind],
    ["Size", `${extent(asset)}${asset.frames > 1 ? `, ${asset.frames} frames` : ""}, ${asset.format}, ${bytes(asset.size_bytes)}`],
    ["Prompt", asset.prompt],
    ["Seed", asset.seed],
    ["Model", [asset.model, asset.quality, asset.style].filter(Boolean).join(" · ")],
    ["Operation", asset.derivation?.operation],
    ["Took", asset.duration_seconds ? seconds(asset.duration_seconds) : ""],
    ["Made", new Date(asset.created).toLocaleString()],
    ["Category", asset.category],
    ["Note", asset.note],
  ];
  const list = element("dl");
  for (const [name, value] of facts) {
    if (value !== "" && value !== null && value !== undefined) {
      list.append(element("dt", {}, name), element("dd", {}, String(value)));
    }
  }
  return list;
}

function relationsOf(asset) {
  const list = element("ul");
  for (const { kind, source, target } of asset.relations) {
    const own = source === asset.id;
    const other = own ? target : source;
    list.append(element("li", {}, own ? `${kind} ` : `has as ${kind} `, element("a", { href: `#/asset/${other}` }, other)));
  }
  return element("details", { open: true }, element("summary", {}, "Relations"), list);
}

const folded = (name, value) =>
  element("details", {}, element("summary", {}, name),
    element("pre", { tabindex: "0", role: "region", "aria-label": name }, JSON.stringify(value, null, 2)));
