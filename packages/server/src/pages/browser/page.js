import { announce, byId } from "./lib/dom.js";
import { showEnding } from "./screens/ending.js";
import { countDown, waitText } from "./lib/time.js";
import { say } from "./lib/language.js";

/** @import { PageState } from "../page-state.ts" */
/** @import { Answers } from "@require-action/client/page" */
/** @import { Api, Failure } from "./api.js" */
/** @import { Refusal } from "./lib/controls.js" */
/** @import { Host } from "./host.js" */

const LAST_MINUTE_MS = 60_000;

/** @typedef {{ hint: string, sentAt: number }} SentCode Where it went, and when by this browser's clock. */

/**
 * @param {"challenge" | "enrollment"} purpose
 * @param {string} method
 */
export function sentCodeKey(purpose, method) {
  return `${purpose} ${method}`;
}

/** What is said of any answer that is not the right one. */
export const wrongCode = {
  get text() {
    return say("code.wrong");
  },
  isWrong: true,
};

/**
 * What to tell of an answer that could not be taken.
 * @param {Page} page
 * @param {Failure} failure
 * @returns {Refusal | undefined}
 */
export function failedAnswer(page, failure) {
  const text = page.failed(failure);
  return text === undefined ? undefined : { text, isWrong: false };
}

/**
 * What the screens share.
 * @typedef {object} Page
 * @property {Api} api
 * @property {Answers["answer"]} answer Sends an answer to the Client API.
 * @property {Host} host
 * @property {HTMLElement} main
 * @property {PageState} state
 * @property {Map<string, SentCode>} sentCodes The codes that are out, by {@link sentCodeKey}.
 * @property {Map<string, number>} lockedUntil When a method can be used again, by its name.
 * @property {boolean} remembersDevice Whether the user has ticked that this device is to be remembered.
 * @property {() => Promise<void>} restart Reads everything anew, and shows the screen for it.
 * @property {(failure: Failure) => string | undefined} failed What to tell of a failure, unless it has a screen of its own.
 * @property {(token: string) => Promise<void>} succeed Goes on with the token of a completed challenge.
 * @property {() => void} denied Goes on after the user has ended the request.
 * @property {() => void} finish Goes back with what the page has achieved.
 * @property {() => void} leave Goes back with nothing approved.
 * @property {() => void} outlast Stays past the end of the token, for what cannot be shown again.
 * @property {() => void} end Nothing more is to be done with the token.
 */

/**
 * @param {Failure} failure
 * @returns {string}
 */
export function failureText({ reason, retryAfterSeconds }) {
  switch (reason) {
    case "delivery":
      return say("failure.delivery");
    case "wait":
      return retryAfterSeconds === undefined
        ? say("failure.tooMany")
        : say("failure.tooManyUntil", { when: waitText(Date.now() + retryAfterSeconds * 1000) });
    case "refused":
      return say("failure.refused");
    default:
      return say("failure.network");
  }
}

/**
 * Ends the page when its token does, and tells so a minute before.
 * @param {Page} page
 * @param {() => boolean} isOver
 */
export function watchExpiry(page, isOver) {
  const expiresAt = Date.now() + page.state.expiresInMs;
  const place = byId("expiry");
  place.textContent = "";
  countDown(expiresAt, {
    isOver,
    tick() {
      if (place.textContent !== "" || expiresAt - Date.now() > LAST_MINUTE_MS) return;
      place.textContent = say("page.expiresSoon");
      announce(say("page.expiresSoonSpoken"));
    },
    done: () => showEnding(page, "expired"),
  });
}
