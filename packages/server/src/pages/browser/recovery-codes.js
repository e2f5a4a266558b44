import { copyButton, linkButton } from "./controls.js";
import { el, show, site } from "./dom.js";
import { dateText } from "./time.js";

/** @import { Page } from "./page.js" */

/**
 * Shows recovery codes, this once.
 * @param {Page} page
 * @param {readonly string[]} codes
 * @param {() => void} onDone
 */
export function showRecoveryCodes(page, codes, onDone) {
  page.outlast();
  const date = dateText(Date.now());
  const file = [site, date, "", ...codes, ""].join("\n");
  show(page.main, [
    el(
      "div",
      { class: "summary unprinted" },
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
      // In letters, whatever logo is above.
      el("p", { class: "printed" }, site, el("br"), date),
      el("ul", { class: "codes" }, ...codes.map((code) => el("li", {}, el("code", {}, code)))),
      el(
        "div",
        { class: "links unprinted" },
        copyButton("Copy", () => codes.join("\n")),
        el(
          "a",
          {
            class: "link",
            download: "recovery-codes.txt",
            href: `data:text/plain;charset=utf-8,${encodeURIComponent(file)}`,
          },
          "Download",
        ),
        // Views inside of applications may have no printer.
        typeof print === "function" ? linkButton("Print", () => print()) : undefined,
      ),
      el("button", { class: "primary unprinted", type: "button", onclick: onDone }, "I have kept them"),
    ),
  ]);
}
