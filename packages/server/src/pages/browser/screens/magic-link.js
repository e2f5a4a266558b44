import { alertPlace, busyButton } from "../lib/controls.js";
import { announce, el } from "../lib/dom.js";
import { linkWords, resendButton } from "./resend.js";
import { methodNamed } from "../lib/methods.js";
import { phrase, say } from "../lib/language.js";

/** @import { PageState } from "../../page-state.ts" */
/** @import { Refusal } from "../lib/controls.js" */
/** @import { Page } from "../page.js" */

const method = "EMAIL_MAGIC_LINK";
const ASK_AGAIN_MS = 1_500;
/** After an answer that was none. */
const TRY_AGAIN_MS = 5_000;

/** The answer of a link that nobody has matched so far. */
export const notYet = { text: "", isWrong: false };

/**
 * Sends a link, shows the number that its reader types, and waits until that has been done.
 * @param {Page} page
 * @param {object} parts
 * @param {PageState["methods"][number]} parts.authenticator
 * @param {boolean} parts.isChosen True when the user has just picked it, which is enough to send a link.
 * @param {(children: readonly Node[]) => void} parts.step Shows a step, under the heading of the method.
 * @param {() => Promise<Refusal | undefined>} parts.verify Asks whether it has been done: {@link notYet}, or what to tell if that
 * failed; nothing when the page has gone on.
 */
export function askMagicLink(page, { authenticator, isChosen, step, verify }) {
  const { segment } = methodNamed(method);
  const address = authenticator.hint ?? "";
  const failed = alertPlace();
  const { button, run } = busyButton({ label: say("magicLink.send"), busyLabel: say("common.sending"), onPress: send });

  async function send() {
    failed.textContent = "";
    const reply = await page.api.client(`challenge/${segment}`);
    if (reply.ok) showNumber(reply.value);
    else failed.textContent = page.failed(reply) ?? "";
  }

  /** @param {{ matchingNumber: string }} link */
  function showNumber({ matchingNumber }) {
    const number = el("strong", { class: "number" }, matchingNumber);
    const error = alertPlace();
    step([
      el("p", { class: "hint" }, ...phrase("magicLink.open", { address })),
      number,
      el("p", { class: "hint" }, say("magicLink.goesOn")),
      error,
      resendButton(page, "challenge", method, { words: linkWords, onSent: showNumber }),
    ]);
    announce(say("magicLink.sent", { number: matchingNumber }));
    void wait(number, error);
  }

  /**
   * Until the number is not shown any more, as another step is.
   * @param {HTMLElement} number
   * @param {HTMLElement} error
   */
  async function wait(number, error) {
    let pauseMs = ASK_AGAIN_MS;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (!number.isConnected) return;
      const refusal = await verify();
      if (refusal === undefined || !number.isConnected) return;
      pauseMs = refusal === notYet ? ASK_AGAIN_MS : TRY_AGAIN_MS;
      if (error.textContent !== refusal.text) error.textContent = refusal.text;
    }
  }

  step([el("p", { class: "hint" }, ...phrase("magicLink.willSendTo", { address })), failed, button]);
  if (isChosen) void run(send);
}
