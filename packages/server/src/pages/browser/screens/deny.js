import { alertPlace, busyButton, linkButton } from "../lib/controls.js";
import { el } from "../lib/dom.js";
import { say } from "../lib/language.js";

/** @import { Page } from "../page.js" */

/**
 * Asks whether the request is really to end, as a slip of the finger must not end one that was asked for.
 * @param {Page} page
 * @param {() => unknown} onBack
 * @returns {readonly Node[]}
 */
export function denial(page, onBack) {
  const error = alertPlace();
  const { button } = busyButton({
    label: say("deny.end"),
    busyLabel: say("deny.ending"),
    async onPress() {
      error.textContent = "";
      const reply = await page.api.client("challenge/deny");
      if (reply.ok) page.denied();
      else error.textContent = page.failed(reply) ?? "";
    },
  });
  return [
    el("h2", { tabindex: "-1" }, say("deny.ask")),
    el("p", {}, say("deny.text")),
    error,
    button,
    el("div", { class: "links" }, linkButton(say("common.goBack"), onBack)),
  ];
}
