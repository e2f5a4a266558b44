import { copyButton } from "./controls.js";
import { el, show } from "./dom.js";

/** @import { Page } from "./page.js" */

/**
 * Shows recovery codes, this once.
 * @param {Page} page
 * @param {readonly string[]} codes
 * @param {() => void} onDone
 */
export function showRecoveryCodes(page, codes, onDone) {
  page.outlast();
  show(page.main, [
    el(
      "div",
      { class: "summary" },
      el("h1", { tabindex: "-1" }, "Keep your recovery codes"),
      el(
        "p",
        { class: "message" },
        "When you lose your device, one of these lets you in. Each works once. They are shown only now.",
      ),
    ),
    el(
      "section",
      { class: "step" },
      el("ul", { class: "codes" }, ...codes.map((code) => el("li", {}, el("code", {}, code)))),
      el(
        "div",
        { class: "links" },
        copyButton("Copy all codes", () => codes.join("\n")),
      ),
      el("button", { class: "primary", type: "button", onclick: onDone }, "I have kept them"),
    ),
  ]);
}
