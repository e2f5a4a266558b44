import { LONGEST_TIMER_MS } from "../wire/timing.ts";
import { keyOf, lifetimeOf } from "../wire/token-claims.ts";
import { createAnswers, sessionResultKeys } from "./answers.ts";
import { callApi, type CallFailure, type CallReply } from "./call-api.ts";
import { createChallengeCalls, type Turn } from "./challenge-calls.ts";
import { answersOf, type ChallengeDescription, enrollableOf, outlineOf } from "./challenge-description.ts";
import { type ChallengeMethod, type ChallengeState, withoutAbsent } from "./challenge-state.ts";
import { createChallengeStore } from "./challenge-store.ts";
import type { ChallengeOptions, OpenChallenge } from "./open-challenge.ts";
import { methodsOnTheWire } from "./methods.ts";
import { createPasskey, readPasskeyError, usePasskey } from "./passkeys.ts";

const ASK_AGAIN_MS = 1_500;
/** After an answer that was none. */
const TRY_AGAIN_MS = 5_000;

/**
 * Begins a challenge in a UI of the application's own, by the token of a `challenge_required` or `enrollment_required`.
 *
 * @example
 * const challenge = createChallenge(token, { baseUrl: "https://auth.example.com/v1" });
 * challenge.subscribe(() => console.log(challenge.state.status));
 * const result = await challenge.result;
 */
export function createChallenge(token: string, { baseUrl, signal, fetch }: ChallengeOptions): OpenChallenge {
  const base = `${baseUrl.endsWith("/") ? baseUrl.slice(0, -1) : baseUrl}/client/`;
  const keys = sessionResultKeys(keyOf(token));
  const store = createChallengeStore();
  const run = createChallengeCalls(store);
  /** The result of an enrolment whose recovery codes are shown, and when it ends by `performance.now()`. */
  let held: { readonly token: string | undefined; readonly endsAt: number } | undefined;
  /** What the server said last. */
  let described: ChallengeDescription | undefined;
  let expiry: ReturnType<typeof setTimeout> | undefined;

  async function request(path: string, body?: object, method?: string): Promise<CallReply> {
    return callApi(new URL(base + path, globalThis.location?.href), {
      token,
      body,
      method,
      fetch,
      signal: store.ended,
    });
  }

  const { call, answer } = createAnswers({
    send: request,
    keys,
    async hasMovedOn() {
      const reply = await request("challenge/describe");
      return reply.ok ? outlineOf(reply.value) !== outlineOf(described) : reply.reason === "closed";
    },
  });

  async function fail({ reason, retryAfterSeconds, errorCode }: CallFailure): Promise<void> {
    switch (reason) {
      case "expired":
      case "invalid":
        return store.end(reason);
      case "closed":
        return load();
      default:
        return store.set({ failure: withoutAbsent({ reason, retryAfterSeconds, errorCode }) });
    }
  }

  async function load(): Promise<void> {
    const reply = await request("challenge/describe");
    if (reply.ok) return show(reply.value);
    if (reply.reason !== "closed") return fail(reply);
    await fetchResult();
  }

  /** This browser's own answer may have approved it, and the reply have been lost. */
  async function fetchResult(): Promise<void> {
    const resultKey = keys.read();
    if (resultKey === undefined) return store.end("closed");
    const reply = await request("result", { resultKey });
    if (reply.ok) store.end("approved", reply.value.accessToken);
    else if (reply.reason === "refused" || reply.reason === "closed") store.end("closed");
    else await fail(reply);
  }

  function show(description: ChallengeDescription): void {
    described = description;
    const { state, action, fields, enrollableMethods, expiresInMs } = description;
    // An enrolment whose reply was lost has left nothing to be set up.
    if (state === "ALLOW" && enrollableMethods.length === 0) return store.end("enrolled", "");
    clearTimeout(expiry);
    if (expiresInMs <= LONGEST_TIMER_MS) expiry = setTimeout(() => store.end("expired"), expiresInMs);
    store.set({
      ...nothingShown,
      status: "open",
      action,
      fields,
      methods: answersOf(description),
      enrollable: enrollableOf(description),
      expiresAt: Date.now() + expiresInMs,
    });
  }

  /** Notes that a code is out. */
  function noteSent(name: string, list: "methods" | "enrollable", address?: string): void {
    const sentAt = Date.now();
    const note = (one: ChallengeMethod): ChallengeMethod =>
      one.verificationMethod === name ? { ...one, sentAt, ...(address !== undefined && { address }) } : one;
    store.set({ [list]: store.state[list].map(note) });
  }

  async function verified({ isVerified, accessToken, recoveryCodes }: Verified): Promise<void> {
    if (isVerified !== true) return store.set({ failure: { reason: "wrong_answer" } });
    if (recoveryCodes !== undefined) {
      const endsAt = accessToken === undefined ? Infinity : performance.now() + lifetimeOf(accessToken);
      held = { token: accessToken, endsAt };
      clearTimeout(expiry);
      return store.set({ ...nothingShown, status: "recovery_codes", recoveryCodes, expiresAt: undefined });
    }
    if (accessToken !== undefined) return store.end("approved", accessToken);
    return enrolled();
  }

  /** Without a result, an enrolment leaves the challenge to be answered. */
  async function enrolled(): Promise<void> {
    if (described?.state === "ALLOW") return store.end("enrolled", "");
    return load();
  }

  async function askPasskey(
    turn: Turn,
    options: string,
    ceremony: (options: unknown, signal: AbortSignal) => Promise<object>,
    send: (credential: object, challengeId: unknown) => Promise<CallReply>,
  ): Promise<void> {
    const asked = await call(`user-authenticators/passkey/${options}`);
    if (!asked.ok) return fail(asked);
    let credential: object;
    try {
      credential = await turn.waitFor("passkey", (left) => ceremony(asked.value.options, left));
    } catch (error) {
      if (turn.isCurrent()) store.set({ failure: { reason: readPasskeyError(error) } });
      return;
    }
    if (!turn.isCurrent()) return;
    const reply = await send(credential, asked.value.challengeId);
    return reply.ok ? verified(reply.value) : fail(reply);
  }

  /** Asks until the link was opened and matched, or another call is made. */
  async function waitForLink(turn: Turn, path: string): Promise<void> {
    const reply = await turn.waitFor("link", async (left) => {
      for (let pauseMs = ASK_AGAIN_MS; !left.aborted;) {
        await pause(pauseMs, left);
        if (left.aborted) break;
        const one = await answer(`${path}/finalize`, {});
        if (one.ok ? one.value.isVerified === true : one.reason !== "network") return one;
        pauseMs = one.ok ? ASK_AGAIN_MS : TRY_AGAIN_MS;
      }
      return undefined;
    });
    // What came after another call is not lost: it is fetched again by the key.
    if (reply === undefined || !turn.isCurrent()) return;
    return reply.ok ? verified(reply.value) : fail(reply);
  }

  /** Runs an act of a method that the challenge has, to answer or to set up. */
  function withMethod(name: string, act: (turn: Turn, segment: string) => Promise<void>): Promise<ChallengeState> {
    return run(async (turn) => {
      const { methods, enrollable } = store.state;
      const isThere = [...methods, ...enrollable].some(({ verificationMethod }) => verificationMethod === name);
      const { segment } = methodsOnTheWire.get(name) ?? {};
      if (segment === undefined || !isThere) return store.set({ failure: { reason: "method_unknown" } });
      return act(turn, segment);
    });
  }

  const challenge: OpenChallenge = {
    get state() {
      return store.state;
    },
    subscribe: store.subscribe,
    result: store.result,
    send: (name) =>
      withMethod(name, async (_turn, segment) => {
        const reply = await call(`challenge/${segment}`);
        if (!reply.ok) return fail(reply);
        const isEnrollment = !store.state.methods.some(({ verificationMethod }) => verificationMethod === name);
        noteSent(name, isEnrollment ? "enrollable" : "methods");
        store.set({ matchingNumber: reply.value.matchingNumber });
      }),
    verify: (name, code) =>
      withMethod(name, async (turn, segment) => {
        const path = `verify/${segment}`;
        const { kind } = methodsOnTheWire.get(name)!;
        if (kind === "passkey") {
          return askPasskey(turn, "authentication-options", usePasskey, (authenticationCredential, challengeId) =>
            answer(path, { authenticationCredential, challengeId }),
          );
        }
        if (kind === "sent-link") return waitForLink(turn, path);
        const reply = await answer(path, { verificationCode: code });
        return reply.ok ? verified(reply.value) : fail(reply);
      }),
    enroll: (name, address = {}) =>
      withMethod(name, async (turn, segment) => {
        const path = `user-authenticators/${segment}`;
        if (name === "PASSKEY") {
          return askPasskey(turn, "registration-options", createPasskey, (registrationCredential, challengeId) =>
            answer(path, { registrationCredential, conditionalCreate: false, challengeId }),
          );
        }
        const reply = await call(path, address);
        if (!reply.ok) return fail(reply);
        const { uri, secret, matchingNumber } = reply.value;
        if (typeof secret === "string") return store.set({ app: { uri, secret } });
        noteSent(name, "enrollable", address.email ?? address.phoneNumber);
        store.set({ matchingNumber });
      }),
    finish: () =>
      run(async () => {
        if (held === undefined) return;
        const { token: accessToken, endsAt } = held;
        if (accessToken === undefined) {
          store.set({ status: "open", recoveryCodes: undefined });
          return enrolled();
        }
        // Whoever took their time over the codes fetches the result again, while the request is still open to that.
        return performance.now() < endsAt ? store.end("approved", accessToken) : load();
      }),
    deny: () =>
      run(async () => {
        const reply = await call("challenge/deny");
        // The challenge's own token, by which the application learns that nothing will come of it.
        return reply.ok ? store.end("denied", token) : fail(reply);
      }),
    reload: () => run(load),
    cancel: () => store.end("cancelled"),
  };

  const { cancel } = challenge;
  signal?.addEventListener("abort", cancel);
  store.ended.addEventListener("abort", () => {
    clearTimeout(expiry);
    signal?.removeEventListener("abort", cancel);
  });
  if (signal?.aborted) cancel();
  void run(load);
  return challenge;
}

interface Verified {
  readonly isVerified?: boolean;
  readonly accessToken?: string;
  readonly recoveryCodes?: readonly string[];
}

/** What belongs to a step that is over. */
const nothingShown = { app: undefined, matchingNumber: undefined, recoveryCodes: undefined } as const;

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
