import { alertPlace, busyButton, linkButton } from "./controls.js";
import { el } from "./dom.js";

/** @import { Page } from "./page.js" */

/**
 * Asks whether the request is really to end, as a slip of the finger must not end one that was asked for.
 * @param {Page} page
 * @param {() => unknown} onBack
 * @returns {readonly Node[]}
 */
export function denial(page, onBack) {
  const error = alertPlace();
  const { button } = busyButton({
    label: "End this request",
    busyLabel: "Ending\u2026",
    async onPress() {
      error.textContent = "";
      const reply = await page.api.client("challenge/deny");
      if (reply.ok) page.denied();
      else error.textContent = page.failed(reply) ?? "";
    },
  });
  return [
    el("h2", { tabindex: "-1" }, "You did not ask for this?"),
    el(
      "p",
      {},
      `Then somebody else may be using your account. End the request: nothing is approved, and ${page.appName} is informed.`,
    ),
    error,
    button,
    el("div", { class: "links" }, linkButton("Go back", onBack)),
  ];
}
