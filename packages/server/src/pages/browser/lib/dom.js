// The only place that makes elements. Text is only ever text: nothing here can be given HTML.

/** @typedef {string | number | boolean | undefined | ((event: any) => unknown)} Attribute */
/** @typedef {Node | string | undefined} Child */

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * Makes an element. Attributes that are `undefined` or `false` are left out; `onclick` and the like are listeners.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * Makes a drawing of one path.
 * @param {{ viewBox: string, path: string } & Record<string, string>} drawing
 * @returns {SVGSVGElement}
 */
export function drawing({ viewBox, path, ...attributes }) {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", viewBox);
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const outline = document.createElementNS(svgNamespace, "path");
  outline.setAttribute("d", path);
  svg.append(outline);
  return svg;
}

/**
 * Finds an element that the page always has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no #${id}`);
  return element;
}

/**
 * Tells those who listen to the page rather than see it.
 * @param {string} text
 */
export function announce(text) {
  byId("status").textContent = text;
}

let leaving = new AbortController();

/** Aborts once something else is shown: what was begun for this screen ends with it. */
export function untilLeft() {
  return leaving.signal;
}

/** Whose page it is: what the title is before anything is shown. */
export let site = document.title;

/**
 * Says whose page it is, in another language.
 * @param {string} name
 */
export function nameSite(name) {
  site = name;
}

/**
 * Puts something in the place of what `parent` holds, and the focus where reading or typing goes on.
 * @param {HTMLElement} parent
 * @param {readonly Child[]} children
 */
export function show(parent, children) {
  leaving.abort();
  leaving = new AbortController();
  parent.replaceChildren(...children.filter((child) => child !== undefined));
  const title = parent.querySelector("h1")?.textContent;
  if (title) document.title = `${title} \u00b7 ${site}`;
  focusWithin(parent);
}

/**
 * Puts something in the place of what `place` holds. The focus moves only if it was in there: it is lost otherwise.
 * @param {HTMLElement} place
 * @param {readonly Node[]} children
 */
export function swap(place, children) {
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...children);
  if (hadFocus) focusWithin(place);
}

/** @param {HTMLElement} parent */
function focusWithin(parent) {
  /** @type {HTMLElement | null} */
  const target = parent.querySelector("[data-focus]") ?? parent.querySelector("h1, h2");
  if (target === null) parent.setAttribute("tabindex", "-1");
  (target ?? parent).focus();
}
