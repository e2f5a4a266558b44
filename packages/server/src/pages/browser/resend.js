import { busyButton } from "./controls.js";
import { announce, el } from "./dom.js";
import { countDown, waitText } from "./time.js";

/** @import { Page } from "./page.js" */

/** How long to wait for a code before it makes sense to ask for another. */
const PAUSE_MS = 30_000;

/**
 * A button that asks for a new code or link; the one before is void then. In its place stands when it can be asked for.
 * @param {Page} page
 * @param {string} segment The method's name in the Client API's paths.
 * @param {{ what: "code" | "link", onSent?: (reply: any) => void }} [options]
 * @returns {HTMLElement}
 */
export function resendButton(page, segment, { what, onSent } = { what: "code" }) {
  const { button } = busyButton({
    label: `Send a new ${what}`,
    busyLabel: "Sending\u2026",
    class: "link",
    async onPress() {
      const reply = await page.api.client(`challenge/${segment}`);
      if (reply.ok) {
        announce(`A new ${what} was sent. The one before no longer works.`);
        pause(PAUSE_MS, `New ${what} sent, use that one. Another`);
        onSent?.(reply.value);
      } else if (reply.reason === "wait" && reply.retryAfterSeconds !== undefined) {
        pause(reply.retryAfterSeconds * 1000, `Too many ${what}s were sent. A new one`);
        announce(place.textContent ?? "");
      } else {
        const text = page.failed(reply);
        if (text !== undefined) place.replaceChildren(el("p", { class: "error", role: "alert" }, text), button);
      }
    },
  });
  const place = el("div", { class: "resend" });

  /**
   * @param {number} ms
   * @param {string} text
   */
  function pause(ms, text) {
    const until = Date.now() + ms;
    const told = el("p", { class: "hint" }, `${text} ${waitText(until)}.`);
    place.replaceChildren(told);
    countDown(until, {
      isOver: () => !told.isConnected,
      tick: () => void (told.textContent = `${text} ${waitText(until)}.`),
      done: () => place.replaceChildren(button),
    });
  }

  pause(PAUSE_MS, `No ${what}? Ask for a new one`);
  return place;
}
