// Answers, and what becomes of those whose replies are lost.

/** @import { PageState } from "../page-state.ts" */
/** @import { Answer, Api } from "./api.js" */
/**
 * @typedef {object} Answers
 * @property {Api["client"]} client Calls the Client API, unless the answer before has ended what the call is for.
 * @property {(path: string, body: object) => Promise<Answer>} answer Calls it with an answer.
 */

const KEY_BYTES = 32;

/**
 * Makes the way by which answers are sent. Each comes with the hash of a key that stays in this entry of the history: a result
 * whose reply was lost is fetched by it. After a lost reply nothing is sent before it is clear what has become of the answer.
 * @param {object} options
 * @param {Api} options.api
 * @param {() => Promise<Answer>} options.readState
 * @param {() => PageState} options.knownState
 * @returns {Answers}
 */
export function createAnswers({ api, readState, knownState }) {
  let isUncertain = false;

  async function hasMovedOn() {
    const reply = await readState();
    return reply.ok && outline(reply.value) !== outline(knownState());
  }

  /** @returns {Answer} */
  function closed() {
    isUncertain = false;
    return { ok: false, reason: "closed" };
  }

  /** @type {Api["client"]} */
  async function client(...call) {
    return isUncertain && (await hasMovedOn()) ? closed() : api.client(...call);
  }

  return {
    client,
    async answer(path, body) {
      const wasUncertain = isUncertain;
      const resultKeyHash = await hashOf(resultKey() ?? createResultKey());
      const reply = await client(path, { ...body, resultKeyHash });
      isUncertain = !reply.ok && reply.reason === "network";
      const isRefused = reply.ok ? reply.value.isVerified !== true : reply.reason === "refused";
      // The answer before this one may have come through at last.
      return wasUncertain && isRefused && (await hasMovedOn()) ? closed() : reply;
    },
  };
}

/**
 * The key of this entry of the history, once something was answered.
 * @returns {string | undefined}
 */
export function resultKey() {
  const key = history.state?.resultKey;
  return typeof key === "string" ? key : undefined;
}

function createResultKey() {
  const key = base64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  history.replaceState({ ...history.state, resultKey: key }, "");
  return key;
}

/**
 * @param {string} key
 * @returns {Promise<string | undefined>} `undefined` where there is no `https`, and so no hash.
 */
async function hashOf(key) {
  if (crypto.subtle === undefined) return undefined;
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))));
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

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
