import { busyButton } from "./controls.js";
import { announce, el, swap } from "./dom.js";
import { sentCodeKey } from "./page.js";
import { methodNamed } from "./methods.js";
import { countDown, waitText } from "./time.js";

/** @import { Page } from "./page.js" */

/** How long to wait for a code before it makes sense to ask for another. */
const PAUSE_MS = 30_000;

/**
 * A button that asks for a new code or link; the one before is void then. In its place stands when it can be asked for.
 * @param {Page} page
 * @param {"challenge" | "enrollment"} purpose
 * @param {string} method
 * @param {{ what: "code" | "link", onSent?: (reply: any) => void }} [options]
 * @returns {HTMLElement}
 */
export function resendButton(page, purpose, method, { what, onSent } = { what: "code" }) {
  const key = sentCodeKey(purpose, method);
  const { button } = busyButton({
    label: `Send a new ${what}`,
    busyLabel: "Sending\u2026",
    class: "link",
    async onPress() {
      const reply = await page.api.client(`challenge/${methodNamed(method).segment}`);
      if (reply.ok) {
        page.sentCodes.set(key, { hint: page.sentCodes.get(key)?.hint ?? "", sentAt: Date.now() });
        announce(`A new ${what} was sent. The one before no longer works.`);
        pause(Date.now() + PAUSE_MS, `New ${what} sent, use that one. Another`);
        onSent?.(reply.value);
      } else if (reply.reason === "wait" && reply.retryAfterSeconds !== undefined) {
        pause(Date.now() + reply.retryAfterSeconds * 1000, `Too many ${what}s were sent. A new one`);
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
   * @param {string} text
   */
  function pause(until, text) {
    if (until <= Date.now()) return swap(place, [button]);
    const told = el("p", { class: "hint", tabindex: "-1", "data-focus": "" }, `${text} ${waitText(until)}.`);
    swap(place, [told]);
    countDown(until, {
      isOver: () => !told.isConnected,
      tick: () => void (told.textContent = `${text} ${waitText(until)}.`),
      done: () => swap(place, [button]),
    });
  }

  button.setAttribute("data-focus", "");
  pause((page.sentCodes.get(key)?.sentAt ?? Date.now()) + PAUSE_MS, `No ${what}? Ask for a new one`);
  return place;
}
