import { busyButton, linkButton } from "./controls.js";
import { el, show } from "./dom.js";
import { icon } from "./icons.js";
import { supportLink } from "./lost-method.js";

/** @import { Page } from "./page.js" */
/** @import { PageScreen } from "../page-state.ts" */
/** @typedef {Exclude<PageScreen, "challenge" | "enroll" | "settings"> | "done" | "managed" | "denied" | "cancelled" | "expired" | "invalid"} EndingKind */
/** @typedef {{ icon: Parameters<typeof icon>[0], tone: "good" | "bad" | "calm", title: string, text: string, leave?: string }} Ending */
/** @typedef {(app: string, canReturn: boolean) => Ending} DescribeEnding */

/**
 * Screens that nothing can be done on but to leave.
 * @type {Record<EndingKind, DescribeEnding>}
 */
const endings = {
  done: (app, canReturn) => ({
    icon: "check",
    tone: "good",
    title: "Approved",
    // The result goes to nobody but the browser that opened the page, so one that was opened from a link has nobody to tell.
    text: canReturn
      ? `Thank you. You can go back to ${app}.`
      : `Nothing happens from here. To go on, start in ${app} and approve in the same browser.`,
  }),
  managed: (app) => ({ icon: "check", tone: "good", title: "All done", text: `You can go back to ${app}.` }),
  denied: (app) => ({
    icon: "check",
    tone: "calm",
    title: "The request has ended",
    text: `Nothing was approved, and ${app} has been informed. If you think that somebody else is using your account, contact ${app}.`,
  }),
  cancelled: () => ({ icon: "alert", tone: "calm", title: "Cancelled", text: "Nothing was approved." }),
  approved: (app) => ({
    icon: "check",
    tone: "good",
    title: "Already approved",
    text: `This was approved before. If nothing came of it, start again in ${app}.`,
    leave: "Go back",
  }),
  refused: () => ({
    icon: "alert",
    tone: "bad",
    title: "This cannot be approved",
    text: "The request was refused. Nothing was done.",
    leave: "Go back",
  }),
  "under-review": () => ({
    icon: "clock",
    tone: "calm",
    title: "Under review",
    text: "Somebody is looking at this request. There is nothing to approve for you.",
    leave: "Go back",
  }),
  stuck: (app) => ({
    icon: "alert",
    tone: "bad",
    title: "You cannot approve this",
    text: `None of the ways you have set up is accepted for it. Ask ${app} for help.`,
    leave: "Go back",
  }),
  "too-new": (app) => ({
    icon: "check",
    tone: "calm",
    title: "You are set up",
    text: `For your safety, this request needs a way to approve that was there before it. Start it again in ${app}.`,
    leave: "Go back",
  }),
  expired: (app) => ({
    icon: "clock",
    tone: "calm",
    title: "This request has expired",
    text: `For your safety, a request stays open for a few minutes only. Nothing was approved. Start again in ${app}.`,
    leave: "Start again",
  }),
  invalid: (app) => ({
    icon: "alert",
    tone: "bad",
    title: "This link does not work",
    text: `It is incomplete, no longer valid, or not meant for this page. Start again in ${app}.`,
    leave: "Start again",
  }),
};

/** @type {ReadonlySet<EndingKind>} */
const needsHelp = new Set(/** @type {EndingKind[]} */ (["denied", "refused", "stuck"]));

/**
 * @param {Page} page
 * @param {EndingKind} kind
 */
export function showEnding(page, kind) {
  const { icon: iconName, tone, title, text, leave } = endings[kind](page.appName, page.host.canReturn());
  page.end();
  show(page.main, [
    el(
      "div",
      { class: `ending ${tone}` },
      el("span", { class: "badge" }, icon(iconName)),
      el("h1", { tabindex: "-1" }, title),
      el("p", {}, text),
      needsHelp.has(kind) ? supportLink() : undefined,
      leave !== undefined && page.host.canLeave()
        ? el("button", { class: "primary", type: "button", onclick: () => page.leave() }, leave)
        : el("p", { class: "hint" }, "You can close this page."),
    ),
  ]);
}

/**
 * The server was not reached before there was anything to show.
 * @param {Page} page
 */
export function showNoConnection(page) {
  show(page.main, [
    el(
      "div",
      { class: "ending calm" },
      el("span", { class: "badge" }, icon("offline")),
      el("h1", { tabindex: "-1" }, "No connection"),
      el("p", {}, "The server could not be reached. Nothing was approved."),
      busyButton({ label: "Try again", busyLabel: "Trying\u2026", onPress: () => page.restart() }).button,
      page.host.canLeave() ? linkButton("Cancel", () => page.leave()) : undefined,
    ),
  ]);
}
