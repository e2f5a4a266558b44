import { busyButton } from "../lib/controls.js";
import { announce, el, swap } from "../lib/dom.js";
import { sentCodeKey } from "../page.js";
import { methodNamed } from "../lib/methods.js";
import { countDown, waitText } from "../lib/time.js";
import { say } from "../lib/language.js";

/** @import { MessageKey } from "../../../languages/catalogue/en.ts" */
/** @import { Page } from "../page.js" */

/** How long to wait for a code before it makes sense to ask for another. */
const PAUSE_MS = 30_000;

/** What is said of codes and of links that are sent. */
const codeWords = /** @type {const} */ ({
  again: "code.resend",
  sent: "code.resent",
  sentWait: "code.resentIn",
  limitWait: "code.resendLimit",
  wait: "code.resendIn",
});
export const linkWords = /** @type {const} */ ({
  again: "magicLink.resend",
  sent: "magicLink.resent",
  sentWait: "magicLink.resentIn",
  limitWait: "magicLink.resendLimit",
  wait: "magicLink.resendIn",
});

/**
 * A button that asks for a new code or link; the one before is void then. In its place stands when it can be asked for.
 * @param {Page} page
 * @param {"challenge" | "enrollment"} purpose
 * @param {string} method
 * @param {{ words: typeof codeWords | typeof linkWords, onSent?: (reply: any) => void }} [options]
 * @returns {HTMLElement}
 */
export function resendButton(page, purpose, method, { words, onSent } = { words: codeWords }) {
  const key = sentCodeKey(purpose, method);
  const { button } = busyButton({
    label: say(words.again),
    busyLabel: say("common.sending"),
    class: "link",
    async onPress() {
      const reply = await page.api.client(`challenge/${methodNamed(method).segment}`);
      if (reply.ok) {
        page.sentCodes.set(key, { hint: page.sentCodes.get(key)?.hint ?? "", sentAt: Date.now() });
        announce(say(words.sent));
        pause(Date.now() + PAUSE_MS, words.sentWait);
        onSent?.(reply.value);
      } else if (reply.reason === "wait" && reply.retryAfterSeconds !== undefined) {
        pause(Date.now() + reply.retryAfterSeconds * 1000, words.limitWait);
        announce(place.textContent ?? "");
      } else {
        const text = page.failed(reply);
        if (text !== undefined) swap(place, [el("p", { class: "error", role: "alert" }, text), button]);
      }
    },
  });
  const place = el("div", { class: "resend" });

  /**
   * @param {number} until
   * @param {MessageKey} key
   */
  function pause(until, key) {
    if (until <= Date.now()) return swap(place, [button]);
    const text = () => say(key, { when: waitText(until) });
    const told = el("p", { class: "hint", tabindex: "-1", "data-focus": "" }, text());
    swap(place, [told]);
    countDown(until, {
      isOver: () => !told.isConnected,
      tick: () => void (told.textContent = text()),
      done: () => swap(place, [button]),
    });
  }

  button.setAttribute("data-focus", "");
  pause((page.sentCodes.get(key)?.sentAt ?? Date.now()) + PAUSE_MS, words.wait);
  return place;
}
