// Where an asset comes from, and what the library was.

import { say, undo } from "./edit.js";
import { get, send, thumbnailOf } from "./server.js";
import { ask } from "./selection.js";
import { byId, count, element, extent } from "./words.js";

let trouble = () => {};
let changed = async () => {};

export function startHistory(tellTrouble, libraryChanged) {
  trouble = tellTrouble;
  changed = libraryChanged;
}

/** The trees in which an asset stands. Throws Failure. */
export async function showTree(id) {
  const { asset, roots } = await get(`/assets/${encodeURIComponent(id)}/lineage`);
  const grown = (branch) => {
    const one = branch.asset;
    const link = element("a", { href: `#/asset/${one.id}`, "aria-current": one.id === asset ? "true" : null },
      element("img", { src: thumbnailOf(one), alt: "", loading: "lazy" }),
      element("span", {}, one.name, element("span", { class: "fact" }, `${one.kind} · ${extent(one)}${branch.seen ? " · stands elsewhere, too" : ""}`)));
    const item = element("li", {}, link);
    if (branch.children.length) item.append(element("ul", {}, ...branch.children.map(grown)));
    return item;
  };
  byId("tree").replaceChildren(
    element("div", { class: "bar" }, element("a", { class: "button", href: `#/asset/${asset}` }, "Back"), element("h2", {}, "Lineage")),
    element("p", { class: "fact" }, "From the first ancestors on; what is below was made of what is above."),
    element("ul", { class: "tree" }, ...roots.map(grown)),
  );
}

/** Branches, commits, and what is not committed. Throws Failure. */
export async function showHistory() {
  const [told, step] = await Promise.all([get("/history"), get("/undo")]);
  const button = (words, label, work) => {
    const made = element("button", { type: "button", class: "changes", "aria-label": label }, words);
    made.addEventListener("click", () => guarded(work));
    return made;
  };
  const where = told.branch ? `On branch ${told.branch}` : told.head ? `At ${told.head.slice(0, 10)}, on no branch` : "No commits yet";
  const bar = element("div", { class: "bar" },
    element("p", { id: "where-now", role: "status" }, `${where}; ${count(told.uncommitted, "asset")} changed since the last commit`),
    element("span", { class: "gap" }),
    button("Commit", "Commit the changes", async () => {
      const message = await ask("Commit", "What was changed");
      if (message?.trim()) await send("POST", "/history", { message });
    }),
    button("New branch", "New branch here", async () => {
      const target = await ask("New branch", "Its name");
      if (target?.trim()) await send("POST", "/history/switch", { target: target.trim(), create: true });
    }));
  if (step.undo) bar.append(button("Undo", `Undo ${step.undo.command}`, () => undo(step.undo.time)));
  const branches = element("ul", { class: "refs", "aria-label": "Branches and tags" },
    ...[...told.branches.map((one) => [one, "branch"]), ...told.tags.map((one) => [one, "tag"])].map(([one, kind]) =>
      element("li", { "aria-current": kind === "branch" && one.name === told.branch ? "true" : null }, `${kind} ${one.name} `,
        ...(one.name === told.branch ? [] : [
          button("Go there", `Go there: ${kind} ${one.name}`, () => go(one.name)),
          button("Merge", `Merge ${kind} ${one.name} into this`, () => merge(one.name)),
        ]))));
  const commits = element("ol", { class: "commits", "aria-label": "Commits" }, ...told.commits.map((one) => commitOf(one, told, button)));
  const waiting = told.merging ? await conflictsOf(button) : "";
  byId("history").replaceChildren(bar, waiting, branches, told.commits.length ? commits : element("p", { class: "fact" }, "Nothing was committed yet."));
}

function commitOf(one, told, button) {
  const changes = element("div", {});
  const details = element("details", {},
    element("summary", {}, element("code", {}, one.id.slice(0, 10)), ` ${one.message} `,
      element("span", { class: "fact" }, `${one.author}, ${new Date(one.time).toLocaleString()}${one.refs.length ? ` · ${one.refs.join(", ")}` : ""}${one.parents.length > 1 ? " · merge" : ""}`)),
    changes);
  details.addEventListener("toggle", async () => {
    if (!details.open || changes.childElementCount) return;
    await guarded(async () => {
      const shown = await get(`/history/${one.id}`);
      const rows = shown.changes.map((change) => element("li", {},
        element("a", { href: `#/asset/${change.id}` }, change.name), ` ${change.change}${change.fields.length ? `: ${change.fields.join(", ")}` : ""}`));
      changes.append(element("p", {}, `${count(shown.assets, "asset")}, ${shown.total} changed here`), element("ul", {}, ...rows));
      if (one.id !== told.head) {
        changes.append(element("div", { class: "bar" },
          button("Look at it", `Go to commit ${one.id.slice(0, 10)}`, () => go(one.id)),
          button("Bring back", `Make assets what they were in ${one.id.slice(0, 10)}`, async () => {
            const back = await send("POST", "/history/restore", { revision: one.id });
            await say(`${count(back.changed, "asset")} as in ${one.id.slice(0, 10)}.`, true);
          })));
      }
    }, false);
  });
  return element("li", {}, details);
}

async function merge(revision) {
  const report = await send("POST", "/history/merge", { revision });
  if (report.up_to_date) await say("It is all here already.");
  else if (report.commit) await say(`Merged: ${count(report.changed, "asset")} changed.`, true);
}

/** Both sides of what a merge leaves open, picture by picture. */
async function conflictsOf(button) {
  const { conflicts } = await get("/history/conflicts");
  const resolve = (take, ids) => async () => {
    const { commit } = await send("POST", "/history/resolve", ids ? { take, ids } : { take });
    if (commit) await say("The merge is complete.", true);
  };
  const side = (one, take) => {
    const record = one[take];
    const words = { ours: "ours", theirs: "theirs" }[take];
    return element("figure", {},
      record ? element("img", { src: `/api/v1/history/conflicts/${one.id}/${take}`, alt: `${one.name}, ${words}`, class: "start" }) : element("span", {}, "not there"),
      element("figcaption", {}, words, ...(record ? one.fields.map((field) => element("div", { class: "fact" }, `${field}: ${shownValue(record[field])}`)) : [])),
      button(`Take ${words}`, `Take ${words} of ${one.name}`, resolve(take, [one.id])));
  };
  return element("section", { class: "conflicts", "aria-label": "Conflicts" },
    element("h2", {}, `${count(conflicts.length, "asset")} changed by both sides`),
    element("ul", {}, ...conflicts.map((one) => element("li", {},
      element("strong", {}, one.name), element("div", { class: "side" }, side(one, "ours"), side(one, "theirs"))))),
    element("div", { class: "bar" }, button("All ours", "All ours", resolve("ours")), button("All theirs", "All theirs", resolve("theirs")),
      button("Give up the merge", "Give up the merge", () => send("POST", "/history/abort", {}))));
}

const shownValue = (value) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text?.length > 120 ? `${text.slice(0, 120)}…` : text;
};

async function go(target) {
  const moved = await send("POST", "/history/switch", { target });
  await say(`${count(moved.changed, "asset")} changed; ${moved.branch ? `on branch ${moved.branch}` : `at ${moved.commit.slice(0, 10)}`}.`, true);
}

async function guarded(work, again = true) {
  try {
    await work();
    trouble(null);
    if (again) {
      await changed();
      await showHistory();
    }
  } catch (error) {
    trouble(error);
  }
}
