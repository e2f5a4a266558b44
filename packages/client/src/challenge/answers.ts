import type { CallReply } from "./call-api.ts";

/** Keeps the one result key of a challenge, where other origins and other browsers do not see it. */
export interface ResultKeys {
  /** The key, once something was answered. */
  read(): string | undefined;
  /** Keeps a key in place of the one before. */
  keep(key: string): void;
}

const SLOT = "require-action.result-key";

/**
 * Keeps the key of a challenge for as long as this tab is open, so that a screen which is shown anew, or a page that is loaded anew,
 * fetches its result. Of several challenges it keeps the last one's.
 * @param id names the challenge; without one, nothing is kept in the storage
 */
export function sessionResultKeys(id: string | undefined): ResultKeys {
  let own: string | undefined;
  return {
    read() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(SLOT) ?? "{}");
        if (id !== undefined && kept.id === id && typeof kept.key === "string") return kept.key;
      } catch {
        // The storage is closed, or another's.
      }
      return own;
    },
    keep(key) {
      own = key;
      try {
        if (id !== undefined) sessionStorage.setItem(SLOT, JSON.stringify({ id, key }));
      } catch {
        // A storage that is full or closed must not keep the user from answering.
      }
    },
  };
}

/** The ways to call the Client API about a challenge. */
export interface Answers {
  /** Calls it, unless the answer before has ended what the call is for: then it fails as `closed`. */
  call(path: string, body?: object, method?: string): Promise<CallReply>;
  /** Calls it with an answer. */
  answer(path: string, body: object): Promise<CallReply>;
}

const KEY_BYTES = 32;

/**
 * Creates the way by which answers are sent. Each comes with the hash of a result key, by which a result whose reply was lost is
 * fetched. After a lost reply nothing is sent before it is clear what has become of the answer.
 */
export function createAnswers({
  send,
  hasMovedOn,
  keys,
}: {
  readonly send: Answers["call"];
  /** Asks the server whether the challenge stands otherwise than is known. */
  readonly hasMovedOn: () => Promise<boolean>;
  readonly keys: ResultKeys;
}): Answers {
  let isUncertain = false;

  function closed(): CallReply {
    isUncertain = false;
    return { ok: false, reason: "closed", errorCode: "challenge_not_open", statusCode: 0 };
  }

  const call: Answers["call"] = async (...parameters) =>
    isUncertain && (await hasMovedOn()) ? closed() : send(...parameters);

  return {
    call,
    async answer(path, body) {
      const wasUncertain = isUncertain;
      const resultKeyHash = await hashOf(keys.read() ?? createResultKey(keys));
      const reply = await call(path, { ...body, resultKeyHash });
      isUncertain = !reply.ok && reply.reason === "network";
      const isRefused = reply.ok ? reply.value.isVerified !== true : reply.reason === "refused";
      // The answer before this one may have come through at last.
      return wasUncertain && isRefused && (await hasMovedOn()) ? closed() : reply;
    },
  };
}

function createResultKey(keys: ResultKeys): string {
  const key = toBase64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  keys.keep(key);
  return key;
}

/** Returns `undefined` where there is no `https`, and so no hash. */
async function hashOf(key: string): Promise<string | undefined> {
  if (crypto.subtle === undefined) return undefined;
  return toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))));
}

/** Bytes as base64url, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
