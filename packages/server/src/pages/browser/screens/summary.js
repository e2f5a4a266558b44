import { el } from "../lib/dom.js";
import { phrase, say } from "../lib/language.js";

/** @import { PageState } from "../../page-state.ts" */

/** As many lines as a phone shows above the buttons; all others are a press away. */
const LINES_AT_ONCE = 6;

/**
 * What is being approved, and by whom.
 * @param {PageState} state
 * @returns {HTMLElement}
 */
export function summary({ action, user }) {
  return el(
    "div",
    { class: "summary" },
    el("p", { class: "eyebrow" }, say("challenge.eyebrow")),
    el("h1", { tabindex: "-1" }, action.name),
    action.message === undefined ? undefined : message(action.message),
    details(action.details, user),
  );
}

/**
 * Who is asked.
 * @param {PageState["user"]} user
 * @returns {HTMLElement}
 */
export function who({ name }) {
  return el("p", { class: "who" }, ...phrase("details.signedInAsName", { name }));
}

/**
 * The policy's own words, with each value set apart: nobody can write words of the policy by what they are called.
 * @param {NonNullable<PageState["action"]["message"]>} parts
 */
function message(parts) {
  const children = parts.map((part) => (typeof part === "string" ? part : el("strong", {}, el("bdi", {}, part.value))));
  return el("p", { class: "message" }, ...children);
}

/**
 * @param {PageState["action"]["details"]} lines
 * @param {PageState["user"]} user
 * @returns {HTMLElement}
 */
export function details(lines, user) {
  const signedIn = { label: say("details.signedInAs"), value: user.name };
  const more = lines.slice(LINES_AT_ONCE);
  if (more.length === 0) return el("div", { class: "details" }, list([...lines, signedIn]));
  return el(
    "div",
    { class: "details" },
    list(lines.slice(0, LINES_AT_ONCE)),
    el(
      "details",
      {},
      el(
        "summary",
        {},
        el("span", {}, say("details.more", { count: more.length })),
        el("span", {}, say("details.fewer")),
      ),
      list(more),
    ),
    list([signedIn]),
  );
}

/** @param {PageState["action"]["details"]} lines */
function list(lines) {
  return el(
    "dl",
    {},
    ...lines.map(({ label, value, isMain }) =>
      el(
        "div",
        { class: isMain ? "main" : undefined },
        // Each text keeps its own direction, so that none can turn the other around.
        el("dt", {}, el("bdi", {}, label)),
        el("dd", {}, el("bdi", {}, value)),
      ),
    ),
  );
}
