// What the page says, and in which language.

import { formatLocale, formatMessage, messageParts } from "../../../languages/format-message.ts";
import { byId, el, nameSite } from "./dom.js";

/** @import { MessageKey } from "../../../languages/catalogue/en.ts" */
/** @import { PageLanguage } from "../../../languages/format-message.ts" */

const root = document.documentElement;
let locale = formatLocale(root.lang);
/** @type {PageLanguage["messages"]} */
let messages = JSON.parse(byId("messages").textContent ?? "");

/**
 * Goes on in another language. What is shown already stays as it is, but for what stands in the page from the start.
 * @param {PageLanguage} language
 */
export function useLanguage({ tag, direction, messages: given }) {
  root.lang = tag;
  root.dir = direction;
  locale = formatLocale(tag);
  messages = given;
  if (root.dataset["appName"] === "") nameSite(say("page.securityCheck"));
  for (const place of document.querySelectorAll("[data-text]")) {
    place.textContent = say(/** @type {MessageKey} */ (place.getAttribute("data-text")));
  }
}

/**
 * A message, as a text.
 * @param {MessageKey} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  return formatMessage(messages[key] ?? "", values, locale);
}

/**
 * A message, as what an element may hold. Each value keeps its own direction, so that none can turn the words around it around.
 * @param {MessageKey} key
 * @param {Record<string, string | number>} values
 * @returns {readonly (Node | string)[]}
 */
export function phrase(key, values) {
  return messageParts(messages[key] ?? "", values, locale).map((part) =>
    typeof part === "string" ? part : el("bdi", {}, part.value),
  );
}

/**
 * A time to come, as `in 12 minutes`.
 * @param {number} count
 * @param {"second" | "minute"} unit
 * @returns {string}
 */
export function timeUntil(count, unit) {
  return new Intl.RelativeTimeFormat(locale).format(count, unit);
}

/**
 * A day, as `15 Jan 2026`.
 * @param {number} at Milliseconds since the epoch.
 * @returns {string}
 */
export function dayOf(at) {
  return new Date(at).toLocaleDateString(locale, { dateStyle: "medium" });
}
