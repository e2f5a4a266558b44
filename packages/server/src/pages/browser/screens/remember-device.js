import { el } from "../lib/dom.js";
import { say } from "../lib/language.js";

/** @import { Page } from "../page.js" */

/**
 * Asks whether this device is to be remembered, where the policy lets it be; not unless it is ticked.
 * @param {Page} page
 * @returns {HTMLElement | undefined}
 */
export function rememberChoice(page) {
  const { rememberDays: days } = page.state;
  if (days === undefined) return undefined;
  const box = el("input", {
    type: "checkbox",
    checked: page.remembersDevice,
    onchange: () => void (page.remembersDevice = box.checked),
  });
  return el("label", { class: "remember" }, box, say("remember.days", { days }));
}

/**
 * Has this device remembered, if that was ticked. The approval stands whatever becomes of it.
 * @param {Page} page
 */
export async function rememberDevice(page) {
  // By the token of the result, as nothing before it proves anything.
  if (page.remembersDevice) await page.api.client("challenge/remember-device");
}
