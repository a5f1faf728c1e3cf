// What a search finds, page by page: any page can be asked for at once, and few are kept.

import { get } from "./server.js";

export const PAGE = 100;
const KEPT_PAGES = 40;
const MOST_READING = 2;

export class Found {
  /** `changed()` is called when a page has come; `failed(error)` when none did. */
  constructor(query, sort, changed, failed) {
    Object.assign(this, { query, sort, changed, failed, total: 0, exact: true, after: [] });
    this.pages = new Map();
    this.reading = new Map();
    this.whole = null;
    this.given = false;
  }

  /** Read the first page. Throws Failure. */
  async begin() {
    const page = await this.ask(0, null, "high");
    Object.assign(this, { total: page.total, exact: page.total_is_exact });
    this.next = page.after;
    this.pages.set(0, page.assets);
    if (page.after) this.whole = this.readPositions();
    return this;
  }

  async readPositions() {
    const controller = this.controllerOf("positions");
    try {
      const asked = { query: this.query, sort: this.sort, step: PAGE };
      const found = await get("/assets/positions", asked, { signal: controller.signal });
      if (this.next !== found.after[0]) {
        // Something was added or thrown away between the two answers: the first page is read again.
        const again = await this.ask(0, null);
        this.pages.set(0, again.assets);
      }
      Object.assign(this, { total: found.total, exact: found.total_is_exact, after: found.after });
      this.changed();
    } catch (error) {
      if (error.name !== "AbortError") this.failed(error);
    } finally {
      this.ended("positions", controller);
    }
  }

  at(place) {
    return this.pages.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** The place of an asset among the pages that are here, -1 if it is not. */
  placeOf(id) {
    for (const [page, assets] of this.pages) {
      const place = assets.findIndex((asset) => asset.id === id);
      if (place >= 0) return page * PAGE + place;
    }
    return -1;
  }

  /** Read what is missing from `first` to before `end`; what was asked for elsewhere is given up. */
  want(first, end) {
    if (this.given) return;
    const low = Math.floor(first / PAGE);
    const high = Math.floor(Math.max(first, Math.min(end, this.total) - 1) / PAGE);
    for (const [page, { controller, seen }] of this.reading) {
      if (seen && (page < low || page > high)) controller.abort();
    }
    for (let page = low; page <= high; page++) {
      if (this.pages.has(page) || this.reading.has(page) || this.reading.size >= MOST_READING) continue;
      if (!this.after[page - 1]) continue;
      this.read(page).then(this.changed, (error) => error.name !== "AbortError" && this.failed(error));
      this.reading.get(page).seen = true;
    }
  }

  /** Make sure that `place` is here; the asset, undefined behind the last. Throws Failure. */
  async reach(place) {
    if (!this.at(place) && this.whole) await this.whole;
    const page = Math.floor(place / PAGE);
    if (!this.pages.has(page) && this.after[page - 1]) await (this.reading.get(page)?.promise ?? this.read(page));
    return this.at(place);
  }

  read(page) {
    const promise = this.ask(page, this.after[page - 1]).then(({ assets }) => {
      this.pages.set(page, assets);
      for (const old of this.pages.keys()) {
        if (this.pages.size <= KEPT_PAGES) break;
        if (old !== page) this.pages.delete(old);
      }
    });
    this.reading.get(page).promise = promise;
    return promise;
  }

  async ask(page, after, priority = "auto") {
    const controller = this.controllerOf(page);
    const asked = { query: this.query, sort: this.sort, limit: PAGE, after };
    try {
      return await get("/assets", asked, { signal: controller.signal, priority });
    } finally {
      this.ended(page, controller);
    }
  }

  controllerOf(key) {
    const controller = new AbortController();
    this.reading.set(key, { controller });
    return controller;
  }

  ended(key, controller) {
    if (this.reading.get(key)?.controller === controller) this.reading.delete(key);
  }

  /** Another search has taken its place: give up what is under way. */
  giveUp() {
    this.given = true;
    for (const { controller } of this.reading.values()) controller.abort();
  }
}
