/**
 * Makes an element of text and other elements: nothing here is ever read as markup.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

const voice = element("p", { class: "hidden", role: "status", "aria-live": "polite" });
document.body.append(voice);

/** Has a text read out. @param {string} text */
export function say(text) {
  voice.textContent = text;
}

/** The address that loads this page anew: without what became of a step before, and without a place within the page. */
export function ownAddress() {
  const address = new URL(location.href);
  address.hash = "";
  for (const name of ["done", "count"]) address.searchParams.delete(name);
  return address.href;
}

/** Rows of the queue, also those that have been decided meanwhile. @returns {HTMLElement[]} */
export function rows() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr[data-case]"))];
}

/** The row that has the focus, or had it. @returns {HTMLElement | undefined} */
export function currentRow() {
  const row = document.activeElement?.closest("tr[data-case]") ?? document.querySelector("tr.current");
  return row instanceof HTMLElement ? row : undefined;
}

/** Goes to a row. @param {HTMLElement | undefined} row */
export function goTo(row) {
  if (row === undefined) return;
  for (const other of document.querySelectorAll("tr.current")) other.classList.remove("current");
  row.classList.add("current");
  const link = row.querySelector("a");
  link?.focus();
  row.scrollIntoView({ block: "nearest" });
}
