// An input with a list of how it could go on (the ARIA pattern of a combobox with a list box).

import { element } from "./words.js";

const WAIT_MS = 60;
let number = 0;

/**
 * `ask(text)` gives `{ text, label, fact }`s, or none; `chosen()` is called when one was taken. The list is closed by
 * Escape, and says nothing to who does not want it.
 */
export function completing(input, ask, chosen = () => {}) {
  const list = element("ul", { id: `suggestions-${++number}`, role: "listbox", class: "suggestions", hidden: true,
    "aria-label": "Suggestions" });
  input.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id],
    ["aria-expanded", "false"]]) input.setAttribute(name, value);
  let found = [];
  let at = -1;
  let run = 0;
  let typing;

  const close = () => {
    run++;
    clearTimeout(typing);
    found = [];
    at = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    at = place;
    for (const [index, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(index === at));
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const take = (place) => {
    input.value = found[place].text;
    const more = input.value.endsWith(":");
    close();
    input.focus();
    input.dispatchEvent(new Event(more ? "input" : "change", { bubbles: true }));
    chosen();
  };
  const show = async () => {
    const mine = ++run;
    let rows;
    try {
      rows = await ask(input.value);
    } catch {
      return;
    }
    if (mine !== run || document.activeElement !== input) return;
    found = rows;
    list.replaceChildren(...rows.map((row, index) => {
      const item = element("li", { role: "option", id: `${list.id}-${index}`, "aria-selected": "false" },
        element("span", {}, row.label), row.fact ? element("span", { class: "fact" }, row.fact) : "");
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(index);
      });
      return item;
    }));
    list.hidden = !rows.length;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    mark(-1);
  };
  input.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(show, WAIT_MS);
  });
  input.addEventListener("blur", close);
  input.form?.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" && list.hidden && !input.value.includes("\n")) show();
    else if (event.key === "ArrowDown" && found.length) mark((at + 1) % found.length);
    else if (event.key === "ArrowUp" && found.length) mark(at < 0 ? found.length - 1 : at - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) take(at);
    else {
      if (event.key === "Enter") close();
      return;
    }
    if (event.key !== "Tab") event.preventDefault();
  });
}
