import { createAnswers } from "@require-action/client/page";
import { createApi } from "./api.js";
import { showChallenge } from "./screens/challenge.js";
import { byId } from "./lib/dom.js";
import { showEnding, showNoConnection, showSignInFirst } from "./screens/ending.js";
import { showEnrollment } from "./screens/enroll.js";
import { connectHost } from "./host.js";
import { failureText, sentCodeKey, watchExpiry } from "./page.js";
import { rememberDevice } from "./screens/remember-device.js";
import { showSettings } from "./screens/settings.js";
import { say, useLanguage } from "./lib/language.js";

/** @import { PageState } from "../page-state.ts" */
/** @import { Page } from "./page.js" */

/** Takes the token out of the address, and keeps it with this one entry of the history: a reload goes on. */
function takeRequest() {
  const url = new URL(location.href);
  const given = url.searchParams.getAll("token");
  const isReload = given.length === 0;
  const token = isReload ? history.state?.token : given.length === 1 ? given[0] : undefined;
  const { searchParams } = url;
  searchParams.delete("token");
  history.replaceState(isReload ? history.state : { token }, "", url);
  return {
    token,
    isPopup: searchParams.get("mode") === "popup",
    view: searchParams.get("view") ?? undefined,
    uiLocales: searchParams.get("ui_locales") ?? undefined,
  };
}

const { token: givenToken, isPopup, view, uiLocales } = takeRequest();
const { clientPath = "", allowedOrigins = "" } = document.documentElement.dataset;
const card = byId("card");
// An application that mounts the page in itself is of its origin.
const host = connectHost({ isPopup, allowedOrigins: [location.origin, ...allowedOrigins.split(" ").filter(Boolean)] });
let token = typeof givenToken === "string" ? givenToken : "";
/** Where the inbox takes the result of a request whose number was entered there. */
const inboxUrl = new URL("approvals/return", location.href).href;
/** Rises with each round of screens, so that timers of the one before stop. */
let round = 0;
let isEnded = false;

const api = createApi({ clientPath, token: () => token, onError: host.apiError });
const readState = () => api.page("init", { view, language: document.documentElement.lang, uiLocales });

const { call: client, answer } = createAnswers({
  send: api.client,
  async hasMovedOn() {
    const reply = await readState();
    return reply.ok && outline(reply.value) !== outline(page.state);
  },
  // In this one entry of the history, as the token: a reload goes on.
  keys: {
    read: resultKey,
    keep: (key) => history.replaceState({ ...history.state, resultKey: key }, ""),
  },
});

/**
 * The key of this entry of the history, once something was answered.
 * @returns {string | undefined}
 */
function resultKey() {
  const key = history.state?.resultKey;
  return typeof key === "string" ? key : undefined;
}

/**
 * What an answer that came through has changed.
 * @param {PageState} state
 */
function outline({ screen, methods, authenticators, enrollable }) {
  /** @param {PageState["methods"]} list */
  const ids = (list) => list.map(({ userAuthenticatorId }) => userAuthenticatorId);
  return JSON.stringify([screen, ids(methods), ids(authenticators), enrollable]);
}

/** @type {Page} */
const page = {
  api: { ...api, client },
  answer,
  host,
  main: byId("main"),
  // Set before any screen is shown.
  state: /** @type {PageState} */ (/** @type {unknown} */ (undefined)),
  sentCodes: new Map(),
  lockedUntil: new Map(),
  remembersDevice: false,
  restart: () => start(),
  failed(failure) {
    switch (failure.reason) {
      case "expired":
      case "invalid":
        showEnding(page, failure.reason);
        return undefined;
      case "closed":
        void start();
        return undefined;
      default:
        return failureText(failure);
    }
  },
  async succeed(result) {
    token = result;
    if (view === "settings") {
      history.replaceState({ token }, "");
      void start();
      return;
    }
    await rememberDevice(page);
    showEnding(page, "done");
    host.finish(token);
  },
  denied() {
    showEnding(page, "denied");
    // The challenge's own token, by which the application learns that nothing will come of it.
    host.finish(token);
  },
  finish() {
    showEnding(page, "managed");
    host.finish(token);
  },
  leave() {
    if (!isEnded) showEnding(page, "cancelled");
    host.leave(token);
  },
  outlast() {
    round++;
    byId("expiry").textContent = "";
  },
  end() {
    page.outlast();
    isEnded = true;
    history.replaceState(null, "");
  },
};

/**
 * Reads what the page is about, and shows the screen for it.
 * @param {{ enrolled?: string }} [options]
 */
async function start({ enrolled } = {}) {
  const reply = await readState();
  if (!reply.ok) {
    const redirectUrl = reply.value?.redirectUrl;
    if (view === "approvals") host.setRedirectUrl(inboxUrl);
    else if (redirectUrl !== undefined) host.setRedirectUrl(redirectUrl);
    if (reply.value?.field === "session") showSignInFirst(page);
    else if (page.failed(reply) !== undefined) showNoConnection(page);
    return;
  }
  /** @type {PageState} */
  const state = reply.value;
  page.state = state;
  if (state.language !== undefined) useLanguage(state.language);
  host.setRedirectUrl(view === "approvals" ? inboxUrl : state.redirectUrl);
  page.sentCodes = new Map(
    state.sentCodes.map(({ verificationMethod, purpose, hint, sentAgoMs }) => [
      sentCodeKey(purpose, verificationMethod),
      { hint, sentAt: Date.now() - sentAgoMs },
    ]),
  );
  if (state.screen === "approved" && resultKey() !== undefined) return fetchResult();
  const current = ++round;
  watchExpiry(page, () => round !== current);
  switch (state.screen) {
    case "challenge":
      return showChallenge(page, {
        note: enrolled === "AUTHENTICATOR_APP" ? say("code.appNext") : undefined,
      });
    case "enroll":
      return showEnrollment(page, {
        onDone: (method, result) => (result === undefined ? void start({ enrolled: method }) : page.succeed(result)),
      });
    case "settings":
      return showSettings(page);
    default:
      return showEnding(page, state.screen);
  }
}

/** This browser's own answer may have approved it, and the reply have been lost. */
async function fetchResult() {
  const reply = await api.client("result", { resultKey: resultKey() });
  if (reply.ok) await page.succeed(reply.value.accessToken);
  else if (reply.reason === "network") showNoConnection(page);
  else showEnding(page, "approved");
}

document.documentElement.dataset["mode"] = host.isFramed ? "frame" : "page";
// As the popup around it has it, whose keys go to this frame once the focus does.
if (host.isFramed) {
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && host.canLeave()) page.leave();
  });
}
new ResizeObserver(() => host.resize(Math.ceil(card.getBoundingClientRect().height))).observe(card);

async function begin() {
  if (typeof fetch !== "function") throw new Error("This browser has no fetch.");
  if (token === "") showEnding(page, "invalid");
  else await start();
  host.resize(Math.ceil(card.getBoundingClientRect().height));
  host.ready();
}
// What fails in there is an unhandled rejection, which the page's own script takes notice of.
void begin();
