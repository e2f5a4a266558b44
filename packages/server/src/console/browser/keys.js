import { currentRow, element, goTo, rows } from "./dom.js";
import { stopLast } from "./hold.js";

/** Where a browser keeps that its reviewer uses no keys: they get in the way of speech input (WCAG 2.1.4). */
const TURNED_OFF = "require-action-console-keys-off";

/** Has the queue used by single keys, never while somebody types, and not at all by whoever turns them off. */
export function listenForKeys() {
  const table = document.querySelector(".queue");
  const form = document.querySelector("form[data-decide]");
  if (table === null && form === null) return;
  const list = element(
    "span",
    {},
    ...(table === null
      ? []
      : keys("j", " next, ", "k", " previous, ", "x", " select, ", "Enter", " open, ", "/", " filter, ")),
    ...keys("a", " approve, ", "r", " reject, ", "u", " stop "),
  );
  const toggle = element("button", { type: "button", class: "plain" });
  (table ?? form)?.after(element("p", { class: "muted keys" }, list, toggle));
  addEventListener("keydown", (event) => {
    if (!isTurnedOff()) onKey(event);
  });
  toggle.addEventListener("click", () => {
    keepTurnedOff(!isTurnedOff());
    show();
  });
  show();

  function show() {
    list.hidden = isTurnedOff();
    toggle.textContent = isTurnedOff() ? "Turn keys on" : "Turn keys off";
  }
}

function isTurnedOff() {
  try {
    return localStorage.getItem(TURNED_OFF) !== null;
  } catch {
    // A browser that keeps nothing for us.
    return false;
  }
}

/** @param {boolean} isOff */
function keepTurnedOff(isOff) {
  try {
    if (isOff) localStorage.setItem(TURNED_OFF, "");
    else localStorage.removeItem(TURNED_OFF);
  } catch {
    // As above.
  }
}

/** @param {string[]} parts */
function keys(...parts) {
  return parts.map((part, place) => (place % 2 === 0 ? element("kbd", {}, part) : part));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // A key that is held down walks the rows, and decides no more than one.
  if (event.repeat && event.key !== "j" && event.key !== "k") return;
  const { target } = event;
  if (target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]"))
    return;
  const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
  if (step !== 0) move(step);
  else if (event.key === "a" || event.key === "r") press(event.key === "a" ? "approve" : "reject");
  else if (event.key === "u") stopLast();
  else if (event.key === "x") currentRow()?.querySelector("input")?.click();
  else if (event.key === "/") filter()?.focus();
  else return;
  event.preventDefault();
}

/** @returns {HTMLElement | null} */
function filter() {
  return document.querySelector('.filters input[name="user"]');
}

/** @param {number} step */
function move(step) {
  const all = rows();
  const row = currentRow();
  const place = row === undefined ? -1 : all.indexOf(row);
  const next = all[row === undefined && step < 0 ? 0 : place + step];
  if (next !== undefined) goTo(next);
  else if (step > 0) /** @type {HTMLElement | null} */ (document.querySelector("[data-next]"))?.focus();
}

/** @param {string} decision */
function press(decision) {
  const place = document.querySelector(".queue") === null ? document : currentRow();
  const button = place?.querySelector(`form[action="decide"] button[value="${decision}"]`);
  if (button instanceof HTMLButtonElement && !button.hidden && button.closest("[hidden]") === null) button.click();
}
