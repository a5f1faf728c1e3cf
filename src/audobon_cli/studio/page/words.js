// Elements and words. Whatever comes from the library becomes text, never markup.

/** An element with attributes and children; strings become text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  const power = Math.min(Math.floor(Math.log10(size) / 3), 4);
  return `${(size / 1000 ** power).toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

export function seconds(value) {
  if (value < 90) return `${Math.round(value)} s`;
  return value < 5400 ? `${Math.round(value / 60)} min` : `${(value / 3600).toFixed(1)} h`;
}

/** The sides of a picture, the length of a sound. */
export const extent = (asset) =>
  asset.kind === "sound" ? `${(asset.media.frames / asset.media.rate).toFixed(2)} s` : `${asset.width} × ${asset.height}`;

/** A value as a query takes it. */
export const quoted = (value) => (/^[^\s()"]+$/.test(value) ? value : `"${value}"`);

/** An option of a select element. */
export const option = (value, words = value) => element("option", { value }, words);

/** Put `children` in the place of what is in `place`; what has the focus there has it again, if it is still there. */
export function redraw(place, ...children) {
  const held = place.contains(document.activeElement) ? document.activeElement : null;
  const sign = ["id", "aria-label", "href"].find((name) => held?.getAttribute(name));
  const value = sign && held.getAttribute(sign);
  place.replaceChildren(...children);
  if (sign) place.querySelector(`[${sign}="${CSS.escape(value)}"]`)?.focus();
}
