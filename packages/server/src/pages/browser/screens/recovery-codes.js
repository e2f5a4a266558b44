import { copyButton, linkButton } from "../lib/controls.js";
import { el, show, site } from "../lib/dom.js";
import { dayOf, say } from "../lib/language.js";

/** @import { Page } from "../page.js" */

/**
 * Shows recovery codes, this once.
 * @param {Page} page
 * @param {readonly string[]} codes
 * @param {() => void} onDone
 */
export function showRecoveryCodes(page, codes, onDone) {
  page.outlast();
  const date = dayOf(Date.now());
  const file = [site, date, "", ...codes, ""].join("\n");
  show(page.main, [
    el(
      "div",
      { class: "summary unprinted" },
      el("h1", { tabindex: "-1" }, say("recovery.title")),
      el("p", { class: "message" }, say("recovery.keep")),
    ),
    el(
      "section",
      { class: "step" },
      // In letters, whatever logo is above.
      el("p", { class: "printed" }, site, el("br"), date),
      el("ul", { class: "codes" }, ...codes.map((code) => el("li", {}, el("code", { dir: "ltr" }, code)))),
      el(
        "div",
        { class: "links unprinted" },
        copyButton(say("recovery.copy"), () => codes.join("\n")),
        el(
          "a",
          {
            class: "link",
            download: "recovery-codes.txt",
            href: `data:text/plain;charset=utf-8,${encodeURIComponent(file)}`,
          },
          say("recovery.download"),
        ),
        // Views inside of applications may have no printer.
        typeof print === "function" ? linkButton(say("recovery.print"), () => print()) : undefined,
      ),
      el("button", { class: "primary unprinted", type: "button", onclick: onDone }, say("recovery.kept")),
    ),
  ]);
}
