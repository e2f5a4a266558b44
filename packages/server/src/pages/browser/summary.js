import { el } from "./dom.js";

/** @import { PageState } from "../page-state.ts" */

/**
 * What is being approved, and by whom.
 * @param {PageState} state
 * @returns {HTMLElement}
 */
export function summary({ action, user }) {
  return el(
    "div",
    { class: "summary" },
    el("p", { class: "eyebrow" }, "You are asked to approve"),
    el("h1", { tabindex: "-1" }, action.name),
    action.message === undefined ? undefined : el("p", { class: "message" }, action.message),
    details(action.details, user),
  );
}

/**
 * Who is asked.
 * @param {PageState["user"]} user
 * @returns {HTMLElement}
 */
export function who({ name }) {
  return el("p", { class: "who" }, "Signed in as ", el("bdi", {}, name));
}

/**
 * @param {PageState["action"]["details"]} lines
 * @param {PageState["user"]} user
 * @returns {HTMLElement}
 */
export function details(lines, user) {
  const rows = [...lines, { label: "Signed in as", value: user.name, isMain: false }];
  return el(
    "dl",
    { class: "details" },
    ...rows.map(({ label, value, isMain }) =>
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
