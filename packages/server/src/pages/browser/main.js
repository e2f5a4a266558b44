import { createApi } from "./api.js";
import { showChallenge } from "./challenge.js";
import { byId } from "./dom.js";
import { showEnding, showNoConnection } from "./ending.js";
import { showEnrollment } from "./enroll.js";
import { connectHost } from "./host.js";
import { failureText, watchExpiry } from "./page.js";
import { showSettings } from "./settings.js";

/** @import { PageState } from "../page-state.ts" */
/** @import { Page } from "./page.js" */

/** Takes the token out of the address, and keeps it with this one entry of the history: a reload goes on. */
function takeRequest() {
  const url = new URL(location.href);
  const given = url.searchParams.getAll("token");
  const token = given.length === 0 ? history.state?.token : given.length === 1 ? given[0] : undefined;
  const { searchParams } = url;
  searchParams.delete("token");
  history.replaceState({ token }, "", url);
  return { token, isPopup: searchParams.get("mode") === "popup", view: searchParams.get("view") ?? undefined };
}

const { token: givenToken, isPopup, view } = takeRequest();
const { clientPath = "", allowedOrigins = "", appName = "" } = document.documentElement.dataset;
const card = byId("card");
// An application that mounts the page in itself is of its origin.
const host = connectHost({ isPopup, allowedOrigins: [location.origin, ...allowedOrigins.split(" ").filter(Boolean)] });
let token = typeof givenToken === "string" ? givenToken : "";
/** Rises with each round of screens, so that timers of the one before stop. */
let round = 0;
let isEnded = false;

/** @type {Page} */
const page = {
  api: createApi({ clientPath, token: () => token, onError: host.apiError }),
  host,
  main: byId("main"),
  appName,
  // Set before any screen is shown.
  state: /** @type {PageState} */ (/** @type {unknown} */ (undefined)),
  lockedUntil: new Map(),
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
  succeed(result) {
    token = result;
    if (view === "settings") {
      history.replaceState({ token }, "");
      void start();
      return;
    }
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
  const reply = await page.api.page("init", { view, locale: navigator.language });
  if (!reply.ok) {
    if (page.failed(reply) !== undefined) showNoConnection(page);
    return;
  }
  /** @type {PageState} */
  const state = reply.value;
  page.state = state;
  host.setRedirectUrl(state.redirectUrl);
  const current = ++round;
  watchExpiry(page, () => round !== current);
  switch (state.screen) {
    case "challenge":
      return showChallenge(page, {
        note: enrolled === "AUTHENTICATOR_APP" ? "It is set up. Now wait for the app's next code." : undefined,
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
