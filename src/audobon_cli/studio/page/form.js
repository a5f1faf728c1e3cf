// A form made of a JSON schema: what the server asks for an operation has its fields here without a word about it.

import { element, option } from "./words.js";

const hex = (colour) => `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
let number = 0;

/**
 * The fields of `schema` and `read()`, which gives what they say as the schema has it. `changed()` is called after
 * every change; `colours()` gives colours to begin with, as lists of three numbers.
 */
export function formOf(schema, changed, colours = async () => []) {
  const fields = new Map();
  const partners = new Set(Object.values(schema.properties).map((one) => one.pairs).filter(Boolean));
  const rows = Object.entries(schema.properties).filter(([name]) => !partners.has(name)).map(([name, one]) => {
    const { row, read } = fieldOf(name, one, schema, { changed, colours });
    fields.set(name, read);
    return row;
  });
  const read = () => Object.assign({}, ...[...fields].map(([name, value]) => {
    const said = value();
    const partner = schema.properties[name].pairs;
    return partner ? { [name]: said.map(([from]) => from), [partner]: said.map(([, to]) => to) } : { [name]: said };
  }));
  return { rows, read };
}

function fieldOf(name, schema, whole, tools) {
  const kinds = [schema.type].flat();
  if (schema.pairs) return listOf(schema, tools, pairRow(schema, whole.properties[schema.pairs]));
  if (schema.format === "color") return colourField(schema, kinds.includes("null"));
  if (kinds.includes("array")) return listOf(schema, tools, colourRow(schema));
  if (kinds.includes("boolean")) return checkField(schema);
  if (schema.enum) {
    const select = element("select", {}, ...schema.enum.map((one) => option(one)));
    select.value = schema.default;
    return labelled(schema, select, () => select.value);
  }
  if (kinds.includes("string")) {
    const text = element("textarea", { rows: 3, maxlength: schema.maxLength, spellcheck: "false" });
    text.value = schema.default ?? "";
    return labelled(schema, text, () => text.value);
  }
  const whole_ = kinds.includes("integer");
  const input = element("input", {
    type: "number", min: schema.minimum, max: schema.maximum, step: whole_ ? 1 : "any", required: true,
  });
  input.value = schema.default;
  return labelled(schema, input, () => (input.value === "" ? schema.default : Number(input.value)));
}

/** A label, an input and what is said of it, which screen readers read with it. */
function labelled(schema, input, read) {
  input.id = `asked-${++number}`;
  const about = element("span", { class: "fact", id: `${input.id}-about` }, schema.description ?? "");
  input.setAttribute("aria-describedby", about.id);
  return { row: element("div", { class: "field" }, element("label", { for: input.id }, schema.title), input, about), read };
}

function checkField(schema) {
  const box = element("input", { type: "checkbox", id: `asked-${++number}` });
  box.checked = schema.default;
  const about = element("span", { class: "fact", id: `${box.id}-about` }, schema.description ?? "");
  box.setAttribute("aria-describedby", about.id);
  const label = element("label", { for: box.id, class: "check" }, box, schema.title);
  return { row: element("div", { class: "field" }, label, about), read: () => box.checked };
}

function colourField(schema, optional) {
  const input = element("input", { type: "color" });
  input.value = hex(schema.default ?? [255, 255, 255]);
  if (!optional) return labelled(schema, input, () => rgb(input.value));
  const made = labelled(schema, input, () => (box.checked ? rgb(input.value) : null));
  const box = element("input", { type: "checkbox", id: `asked-${++number}` });
  box.checked = schema.default !== null;
  input.disabled = !box.checked;
  box.addEventListener("change", () => {
    input.disabled = !box.checked;
  });
  input.before(element("label", { for: box.id, class: "check" }, box, `choose the ${schema.title}`));
  return made;
}

const colourInput = (colour, label) => {
  const input = element("input", { type: "color", "aria-label": label });
  input.value = hex(colour);
  return input;
};

const colourRow = (schema) => ({
  make: (colour, place) => {
    const input = colourInput(colour, `${schema.title}, colour ${place}`);
    return { inputs: [input], read: () => rgb(input.value) };
  },
  noun: "colour",
});

const pairRow = (schema, partner) => ({
  make: (colour, place) => {
    const from = colourInput(colour, `${schema.title}, colour ${place}`);
    const to = colourInput(colour, `${partner.title}, colour ${place}`);
    return { inputs: [from, "→", to], read: () => [rgb(from.value), rgb(to.value)] };
  },
  noun: "pair",
});

/** Rows of colours that can be added and taken away; each new one is a colour of the picture that is not there yet. */
function listOf(schema, { changed, colours }, { make, noun }) {
  const rows = [];
  const list = element("ul", { class: "colours", "aria-label": schema.title });
  const draw = () => list.replaceChildren(...rows.map((row, place) => {
    const remove = element("button", { type: "button", "aria-label": `Take ${noun} ${place + 1} away` }, "×");
    remove.addEventListener("click", () => {
      rows.splice(place, 1);
      draw();
      add.focus();
      changed();
    });
    return element("li", {}, ...row.inputs, remove);
  }));
  const put = (colour) => rows.push(make(colour, rows.length + 1));
  for (const colour of schema.default ?? []) put(colour);
  const first = (row) => [row.read()].flat(2).slice(0, 3).join();
  const add = element("button", { type: "button" }, `Add a ${noun}`);
  add.addEventListener("click", async () => {
    const held = new Set(rows.map(first));
    put((await colours()).find((one) => !held.has(one.join())) ?? [0, 0, 0]);
    draw();
    list.lastElementChild.querySelector("input").focus();
    changed();
  });
  const all = element("button", { type: "button" }, "All of the picture");
  all.addEventListener("click", async () => {
    rows.length = 0;
    for (const colour of (await colours()).slice(0, schema.maxItems)) put(colour);
    draw();
    changed();
  });
  draw();
  const row = element("div", { class: "field wide-field", role: "group", "aria-label": schema.title },
    element("span", {}, schema.title), element("span", { class: "fact" }, schema.description ?? ""), list,
    element("div", { class: "bar" }, add, noun === "colour" ? all : ""));
  return { row, read: () => rows.map((one) => one.read()) };
}
