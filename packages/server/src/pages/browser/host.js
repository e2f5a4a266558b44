// Whoever opened the page: a page that shows it in a frame or a window of its own, or one to be returned to.

const CLOSING_MS = 500;

/**
 * @typedef {object} Host
 * @property {boolean} isFramed
 * @property {(url: string | undefined) => void} setRedirectUrl
 * @property {() => boolean} canReturn True when there is somebody to hand a result to.
 * @property {() => boolean} canLeave False when there is nowhere to go back to.
 * @property {() => void} ready
 * @property {(height: number) => void} resize
 * @property {(errorCode: string, statusCode: number) => void} apiError
 * @property {(token: string) => void} finish Hands over the result.
 * @property {(token: string) => void} leave Goes back with nothing approved.
 */

/**
 * Connects to whoever opened the page, with the messages and parameters of Authsignal's pre-built UI.
 * @param {{ isPopup: boolean, allowedOrigins: readonly string[] }} options
 * @returns {Host}
 */
export function connectHost({ isPopup, allowedOrigins }) {
  const isFramed = window.parent !== window;
  const opener = isFramed ? window.parent : window.opener;
  const target = isPopup ? opener : null;
  const told = originOfOpener(isFramed);
  // Schemes of applications are there to be returned to; browsers refuse to post to them.
  const pages = allowedOrigins.filter((one) => /^https?:/.test(one));
  const isKnown = told !== undefined && pages.includes(told);
  // Every one that it may have, unless the browser says which: all of them were configured, and the browser drops what is sent
  // to another one than the opener's.
  const origins = isKnown ? [told] : pages;
  // Where there is nobody to return to, the application itself: its own page, without a token.
  const home = isKnown ? told : pages.find((one) => one !== location.origin);
  /** @type {URL | undefined} */
  let redirectUrl;

  /** @param {unknown} message */
  function post(message) {
    // An origin each time, never `*`: a page of another origin in that place does not get the message.
    for (const origin of origins) target?.postMessage(message, origin);
  }

  /** @param {object} message */
  function postEvent(message) {
    post(JSON.stringify(message));
  }

  /** @param {string} token */
  function redirect(token) {
    if (redirectUrl === undefined) return;
    // searchParams would write the rest anew, which is the application's, and may be signed.
    const given = redirectUrl.search.slice(1).split("&");
    const own = given.filter((one) => !new URLSearchParams(one).has("token")).join("&");
    redirectUrl.search = `${own && `${own}&`}token=${encodeURIComponent(token)}`;
    // Not kept in the history, so that Back does not lead to a request that is over.
    location.replace(redirectUrl);
  }

  return {
    isFramed,
    setRedirectUrl(url) {
      redirectUrl = url === undefined ? undefined : new URL(url);
    },
    canReturn: () => target !== null || redirectUrl !== undefined,
    canLeave: () => target !== null || redirectUrl !== undefined || home !== undefined,
    ready: () => postEvent({ event: "AUTHSIGNAL_READY" }),
    resize: (height) => isFramed && post({ height }),
    apiError: (errorCode, statusCode) => postEvent({ event: "AUTHSIGNAL_API_ERROR", errorCode, statusCode }),
    finish(token) {
      if (target === null) redirect(token);
      else postEvent({ event: "AUTHSIGNAL_CLOSE_POPUP", token });
    },
    leave(token) {
      if (target !== null) {
        // A popup that is closed by its user has no token either.
        postEvent({ event: "AUTHSIGNAL_CLOSE_POPUP" });
        // Whoever opened the window may be gone, or not be listening.
        if (!isFramed) setTimeout(() => window.close(), CLOSING_MS);
      } else if (redirectUrl !== undefined) redirect(token);
      else if (home !== undefined) window.open(`${home}/`, isFramed ? "_top" : "_self");
    },
  };
}

/**
 * The origin of whoever opened the page, if the browser tells it.
 * @param {boolean} isFramed
 * @returns {string | undefined}
 */
function originOfOpener(isFramed) {
  const parent = isFramed ? location.ancestorOrigins?.[0] : undefined;
  return parent ?? (document.referrer === "" ? undefined : new URL(document.referrer).origin);
}
