import { busyButton, linkButton } from "../lib/controls.js";
import { el, show } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { say } from "../lib/language.js";
import { supportLink } from "./lost-method.js";

/** @import { MessageKey } from "../../../languages/catalogue/en.ts" */
/** @import { Page } from "../page.js" */
/** @import { PageScreen } from "../../page-state.ts" */
/** @typedef {Exclude<PageScreen, "challenge" | "enroll" | "settings"> | "done" | "managed" | "denied" | "cancelled" | "expired" | "invalid"} EndingKind */
/**
 * @typedef {object} Ending
 * @property {Parameters<typeof icon>[0]} icon
 * @property {"good" | "bad" | "calm"} tone
 * @property {MessageKey} title
 * @property {MessageKey} text
 * @property {MessageKey} [leave]
 */

/**
 * Screens that nothing can be done on but to leave.
 * @type {Record<EndingKind, Ending>}
 */
const endings = {
  done: { icon: "check", tone: "good", title: "ending.done.title", text: "ending.done.text" },
  managed: { icon: "check", tone: "good", title: "ending.managed.title", text: "ending.managed.text" },
  denied: { icon: "check", tone: "calm", title: "ending.denied.title", text: "ending.denied.text" },
  cancelled: { icon: "alert", tone: "calm", title: "ending.cancelled.title", text: "ending.cancelled.text" },
  approved: {
    icon: "check",
    tone: "good",
    title: "ending.approved.title",
    text: "ending.approved.text",
    leave: "common.goBack",
  },
  refused: {
    icon: "alert",
    tone: "bad",
    title: "ending.refused.title",
    text: "ending.refused.text",
    leave: "common.goBack",
  },
  "under-review": {
    icon: "clock",
    tone: "calm",
    title: "ending.review.title",
    text: "ending.review.text",
    leave: "common.goBack",
  },
  stuck: { icon: "alert", tone: "bad", title: "ending.stuck.title", text: "ending.stuck.text", leave: "common.goBack" },
  "too-new": {
    icon: "check",
    tone: "calm",
    title: "ending.tooNew.title",
    text: "ending.tooNew.text",
    leave: "common.goBack",
  },
  expired: {
    icon: "clock",
    tone: "calm",
    title: "ending.expired.title",
    text: "ending.expired.text",
    leave: "common.startAgain",
  },
  invalid: {
    icon: "alert",
    tone: "bad",
    title: "ending.invalid.title",
    text: "ending.invalid.text",
    leave: "common.startAgain",
  },
};

/** @type {ReadonlySet<EndingKind>} */
const needsHelp = new Set(/** @type {EndingKind[]} */ (["denied", "refused", "stuck"]));

/**
 * @param {Page} page
 * @param {EndingKind} kind
 */
export function showEnding(page, kind) {
  const { icon: iconName, tone, title, text, leave } = endings[kind];
  // The result goes to nobody but the browser that opened the page, so one that was opened from a link has nobody to tell.
  const isLost = kind === "done" && !page.host.canReturn();
  page.end();
  show(page.main, [
    el(
      "div",
      { class: `ending ${tone}` },
      el("span", { class: "badge" }, icon(iconName)),
      el("h1", { tabindex: "-1" }, say(title)),
      el("p", {}, say(isLost ? "ending.done.noWayBack" : text)),
      needsHelp.has(kind) ? supportLink() : undefined,
      leave !== undefined && page.host.canLeave()
        ? el("button", { class: "primary", type: "button", onclick: () => page.leave() }, say(leave))
        : el("p", { class: "hint" }, say("ending.close")),
    ),
  ]);
}

/**
 * The server was not reached before there was anything to show.
 * @param {Page} page
 */
export function showNoConnection(page) {
  showAgain(page, "offline", "ending.offline.title", "ending.offline.text");
}

/**
 * The link is for somebody who is not signed in. Its token is kept, so that it works once they are.
 * @param {Page} page
 */
export function showSignInFirst(page) {
  showAgain(page, "alert", "ending.signIn.title", "ending.signIn.text");
}

/**
 * Nothing can be done but to try again, or to leave.
 * @param {Page} page
 * @param {Parameters<typeof icon>[0]} iconName
 * @param {MessageKey} title
 * @param {MessageKey} text
 */
function showAgain(page, iconName, title, text) {
  show(page.main, [
    el(
      "div",
      { class: "ending calm" },
      el("span", { class: "badge" }, icon(iconName)),
      el("h1", { tabindex: "-1" }, say(title)),
      el("p", {}, say(text)),
      busyButton({ label: say("common.tryAgain"), busyLabel: say("common.trying"), onPress: () => page.restart() })
        .button,
      page.host.canLeave() ? linkButton(say("common.cancel"), () => page.leave()) : undefined,
    ),
  ]);
}
