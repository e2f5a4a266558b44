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

/** Rows of the queue that can still be decided. @returns {HTMLElement[]} */
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
