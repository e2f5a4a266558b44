import type { CallOptions, TrackRequest } from "@require-action/core/provider";
import type { AuthsignalProvider } from "../src/index.ts";

export const withdraw: TrackRequest = {
  userId: "alice",
  action: "withdraw-funds",
  attributes: { idempotencyKey: "key-1" },
};
export const result = { userId: "alice", action: "withdraw-funds", token: "canary-token" };
export const address = { userId: "alice", action: "withdraw-funds", idempotencyKey: "key-1" };

export const trackAnswer = { state: "ALLOW", idempotencyKey: "key-1", isEnrolled: true } as const;

/** Options of a call that is not aborted. */
export function patient(): CallOptions {
  return { signal: new AbortController().signal };
}

type Call = (provider: AuthsignalProvider, options: CallOptions) => Promise<unknown>;

/** The three calls of a provider, by name. */
export const calls: readonly (readonly [string, Call])[] = [
  ["track", (provider, options) => provider.track(withdraw, options)],
  ["validateChallenge", (provider, options) => provider.validateChallenge(result, options)],
  ["getAction", (provider, options) => provider.getAction(address, options)],
];

/** What a call rejects with; fails when it does not. */
export async function rejection(call: Promise<unknown>): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    return error;
  }
  throw new Error(`it answered ${JSON.stringify(answer)}`);
}
