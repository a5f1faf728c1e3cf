// What lies in the trash, and the way out of it.

import { say } from "./edit.js";
import { get, send } from "./server.js";
import { byId, count, element } from "./words.js";

export function startTrash(trouble, changed) {
  const button = byId("show-trash");
  const list = byId("trashed");
  const draw = async () => {
    const { assets } = await get("/trash");
    const rows = assets.map((asset) => {
      const back = element("button", { type: "button", class: "changes", "aria-label": `Restore ${asset.name}` }, "Restore");
      back.addEventListener("click", () => restore([asset.id]));
      return element("li", {}, element("span", {}, asset.name, element("span", { class: "fact" }, ` ${asset.kind}, since ${new Date(asset.trashed).toLocaleString()}`)), back);
    });
    if (assets.length > 1) {
      const all = element("button", { type: "button", class: "changes" }, `Restore all ${assets.length}`);
      all.addEventListener("click", () => restore(assets.map((asset) => asset.id)));
      rows.unshift(element("li", {}, all));
    }
    list.replaceChildren(...(rows.length ? rows : [element("li", {}, "The trash is empty.")]));
  };
  const guarded = async (work) => {
    try {
      await work();
      trouble(null);
    } catch (error) {
      trouble(error);
    }
  };
  const restore = (ids) => guarded(async () => {
    const { count: number } = await send("POST", "/trash/restore", { ids });
    await draw();
    await changed();
    await say(`Restored ${count(number, "asset")}.`, true);
  });
  button.addEventListener("click", () => guarded(async () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    if (open) await draw();
    list.hidden = !open;
    button.setAttribute("aria-pressed", String(open));
  }));
}
