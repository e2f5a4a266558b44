import { element, goTo, ownAddress, rows, say } from "./dom.js";

const HOLD_SECONDS = 10;

/** @typedef {{ stop: () => void, row: HTMLElement | undefined }} Held */
/** Decisions that wait, the latest last. @type {Held[]} */
const held = [];

/**
 * Has a decision wait for ten seconds after the click, so that it can be stopped: nothing is sent until then, and what was sent is
 * never taken back. The page that is closed meanwhile asks first, and decides nothing.
 */
export function holdDecisions() {
  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!(form instanceof HTMLFormElement) || form.dataset["decide"] === undefined) return;
    if (!(submitter instanceof HTMLButtonElement) || form.querySelector(".held") !== null) return;
    event.preventDefault();
    hold(form, submitter);
  });
  addEventListener("beforeunload", (event) => {
    if (held.length > 0) event.preventDefault();
  });
}

/** Stops the decision that was made last. @returns {boolean} */
export function stopLast() {
  const last = held.at(-1);
  last?.stop();
  return last !== undefined;
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
function hold(form, button) {
  const decision = button.value;
  const row = /** @type {HTMLElement | undefined} */ (form.closest("tr[data-case]") ?? undefined);
  const name = row?.dataset["name"] ?? form.dataset["name"] ?? "";
  const doing = decision === "approve" ? "Approving" : "Rejecting";
  const kept = [.../** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("button, .actions"))].filter(
    (one) => one.closest(".actions") === null || one.classList.contains("actions"),
  );
  for (const one of kept) one.hidden = true;

  const clock = element("span", {}, `${doing} in ${HOLD_SECONDS} s`);
  const stop = element(
    "button",
    { type: "button", class: "plain", "aria-label": `Stop: ${doing.toLowerCase()} ${name}` },
    "Stop",
  );
  const box = element("div", { class: "held" }, clock, stop);
  form.append(box);
  const next = row === undefined ? undefined : nextOf(row);
  if (next === undefined) stop.focus();
  else goTo(next);
  say(`${doing} ${name} in ${HOLD_SECONDS} seconds. Press U to stop.`);

  let left = HOLD_SECONDS;
  /** @type {Held} */
  const entry = { stop: cancel, row };
  held.push(entry);
  const timer = setInterval(() => {
    left--;
    clock.textContent = `${doing} in ${left} s`;
    if (left <= 0) {
      leave();
      void write(form, decision, row, box);
    }
  }, 1000);
  stop.addEventListener("click", cancel);

  function leave() {
    clearInterval(timer);
    const place = held.indexOf(entry);
    if (place >= 0) held.splice(place, 1);
  }
  function cancel() {
    leave();
    box.remove();
    for (const one of kept) one.hidden = false;
    say(`Stopped. ${name} is not decided.`);
    if (row === undefined) button.focus();
    else goTo(row);
  }
}

/** The row after one, or before it where it is the last. @param {HTMLElement} row */
function nextOf(row) {
  const all = rows();
  const place = all.indexOf(row);
  const isFree = (/** @type {HTMLElement} */ one) =>
    one.querySelector(".held") === null && !one.classList.contains("decided");
  return all.slice(place + 1).find(isFree) ?? all.slice(0, place).findLast(isFree);
}

/**
 * Sends a decision. Whatever the answer is, what was written stays on the page.
 * @param {HTMLFormElement} form
 * @param {string} decision
 * @param {HTMLElement | undefined} row
 * @param {HTMLElement} box
 */
async function write(form, decision, row, box) {
  box.replaceChildren("Writing …");
  const fields = new FormData(form);
  const body = new URLSearchParams({
    decision,
    cases: String(fields.get("cases") ?? fields.get("case") ?? ""),
    reason: String(fields.get("reason") ?? ""),
    note: String(fields.get("note") ?? ""),
    formToken: tokenOf(form),
  });
  const answer = await send(body);
  const again = element("button", { type: "button", class: "plain" }, "Try again");
  again.addEventListener("click", () => void write(form, decision, row, box));
  if (answer === undefined) {
    box.replaceChildren("No answer: it may have been written. ", again);
  } else if (answer.status === 401) {
    const link = element("a", { href: "sign-in", target: "_blank", rel: "noopener" }, "Sign in on a new tab");
    box.replaceChildren("Your session has ended, and nothing was decided. ", link, ", then ", goOn(form, decision));
  } else if (answer.status === 403 && answer.text !== undefined) {
    box.replaceChildren(answer.text, " ", goOn(form, decision));
  } else if (answer.results === undefined) {
    box.replaceChildren(answer.text ?? "That did not work, and nothing was decided.", " ", again);
  } else {
    const [result] = answer.results;
    const isDone = result?.isDone === true;
    box.replaceChildren(
      isDone ? `${result.text.charAt(0).toUpperCase()}${result.text.slice(1)}.` : (result?.text ?? ""),
    );
    box.classList.toggle("lost", !isDone);
    if (row !== undefined) {
      row.classList.add("decided");
      for (const pick of row.querySelectorAll("input")) pick.remove();
      if (result?.isOpen !== true) lower();
    } else if (isDone && !hasOtherText(form)) location.assign(ownAddress());
  }
  say(box.textContent ?? "");
}

/**
 * A button that sends the form as without script: the page that answers keeps what was written, and asks once more.
 * @param {HTMLFormElement} form
 * @param {string} decision
 */
function goOn(form, decision) {
  const button = element("button", { type: "button", class: "plain" }, "Go on");
  button.addEventListener("click", () => form.requestSubmit(form.querySelector(`button[value="${decision}"]`)));
  return button;
}

/** True while a text is written elsewhere on the page, which would be lost with it. @param {HTMLFormElement} form */
function hasOtherText(form) {
  return [...document.querySelectorAll("textarea")].some(
    (one) => !form.contains(one) && one.value !== one.defaultValue,
  );
}

/** The form token is beside forms that an address is made of. @param {HTMLFormElement} form */
function tokenOf(form) {
  const holder = form.closest("[data-token]");
  return holder instanceof HTMLElement ? (holder.dataset["token"] ?? "") : "";
}

/**
 * @typedef {{ status: number, text?: string, results?: { isDone: boolean, text: string, isOpen?: boolean }[] }} Answer
 * @param {URLSearchParams} body
 * @returns {Promise<Answer | undefined>}
 */
async function send(body) {
  try {
    const response = await fetch("decide", { method: "POST", body, headers: { accept: "application/json" } });
    const answer = await response.json().catch(() => ({}));
    return { ...answer, status: response.status };
  } catch {
    return undefined;
  }
}

/** One less is open. */
function lower() {
  const count = document.querySelector('[data-count="open"]');
  const open = Number(count?.textContent?.replaceAll(",", ""));
  if (count !== null && open > 0) count.textContent = (open - 1).toLocaleString("en");
}
