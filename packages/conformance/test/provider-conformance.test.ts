import { describeProviderConformance, findFailingCases, providerCases } from "@require-action/conformance/provider";
import type { ActionProvider, TrackAnswer } from "@require-action/core/provider";
import { describe, expect, it } from "vitest";
import { createScriptedHarness } from "./scripted-harness.ts";

describeProviderConformance({ name: "the scripted provider", open: createScriptedHarness });

interface BrokenProvider {
  readonly flaw: string;
  /** The case that must notice. */
  readonly caught: string;
  readonly change: (honest: ActionProvider) => Partial<ActionProvider>;
}

const brokenProviders: readonly BrokenProvider[] = [
  {
    flaw: "allows what is blocked",
    caught: "track ends in BLOCK, and getAction returns the same state",
    change: (honest) => ({
      track: async (...args) => ({ ...(await honest.track(...args)), state: "ALLOW" }),
    }),
  },
  {
    flaw: "answers with a state of its own",
    caught: "track ends in ALLOW, and getAction returns the same state",
    change: (honest) => ({
      track: async (...args) => ({ ...(await honest.track(...args)), state: "allow" }) as unknown as TrackAnswer,
    }),
  },
  {
    flaw: "answers with a key of its own",
    caught: "concurrent calls each get their own answer",
    change: (honest) => ({
      track: async (...args) => ({ ...(await honest.track(...args)), idempotencyKey: "another" }),
    }),
  },
  {
    flaw: "decides a known key anew",
    caught: "F33: a repeated key answers for the same action",
    change: (honest) => {
      let calls = 0;
      return {
        track: async (...args) => ({
          ...(await honest.track(...args)),
          ...(++calls % 2 === 0 && { state: "ALLOW" as const }),
        }),
      };
    },
  },
  {
    flaw: "gives no challenge token",
    caught: "a challenge comes with a token, for a user who is enrolled",
    change: (honest) => ({
      async track(...args) {
        const { token: _token, ...rest } = await honest.track(...args);
        return rest;
      },
    }),
  },
  {
    flaw: "does not ask whose token it is",
    caught: "T1: another user's result token is not valid",
    change: (honest) => ({
      validateChallenge: (request, options) =>
        honest.validateChallenge({ ...request, userId: request.userId.trim().split("/")[0] ?? "" }, options),
    }),
  },
  {
    flaw: "compares actions by their beginning",
    caught: "T2: another action's result token is not valid",
    change: (honest) => ({
      validateChallenge: (request, options) =>
        honest.validateChallenge({ ...request, action: request.action.replace(/s$/, "") }, options),
    }),
  },
  {
    flaw: "trims tokens",
    caught: "T26: a token that nobody handed out is not valid",
    change: (honest) => ({
      validateChallenge: (request, options) =>
        honest.validateChallenge({ ...request, token: request.token.trim() }, options),
    }),
  },
  {
    flaw: "uses a result up on first sight",
    caught: "a mismatch does not use the result up",
    change: (honest) => {
      const seen = new Set<string>();
      return {
        async validateChallenge(request, options) {
          if (seen.has(request.token)) return { isValid: false };
          seen.add(request.token);
          return honest.validateChallenge(request, options);
        },
      };
    },
  },
  {
    flaw: "believes an open challenge",
    caught: "T9: the token of a challenge that is still open is not valid, and the answer says that it is open",
    change: (honest) => ({
      validateChallenge: async (...args) => ({ ...(await honest.validateChallenge(...args)), isValid: true }),
    }),
  },
  {
    flaw: "answers for the action that was tracked last",
    caught: "T4: of two actions of one user, a result token names the one that was approved",
    change: (honest) => {
      let last = "";
      return {
        track(request, options) {
          last = request.attributes.idempotencyKey;
          return honest.track(request, options);
        },
        validateChallenge: async (...args) => ({ ...(await honest.validateChallenge(...args)), idempotencyKey: last }),
      };
    },
  },
  {
    flaw: "takes the token that track handed out for the result",
    caught: "T55: the token that was handed out before the proof is not valid after it, and the result token is",
    change(honest) {
      const keys = new Map<string | undefined, string>();
      return {
        async track(...args) {
          const answer = await honest.track(...args);
          keys.set(answer.token, answer.idempotencyKey);
          return answer;
        },
        async validateChallenge(request, options) {
          const answer = await honest.validateChallenge(request, options);
          const idempotencyKey = keys.get(request.token);
          if (idempotencyKey === undefined) return answer;
          const state = (await honest.getAction({ ...request, idempotencyKey }, options))?.state;
          return state === "CHALLENGE_SUCCEEDED" ? { ...request, isValid: true, state, idempotencyKey } : answer;
        },
      };
    },
  },
  {
    flaw: "knows every action",
    caught: "an action that was never tracked is undefined",
    change: (honest) => ({
      getAction: async (...args) => (await honest.getAction(...args)) ?? { state: "ALLOW" },
    }),
  },
  {
    flaw: "takes a rejection for an approval",
    caught: "a review is REVIEW_SUCCEEDED once approved and REVIEW_FAILED once rejected",
    change: (honest) => ({
      async getAction(...args) {
        const answer = await honest.getAction(...args);
        return answer?.state === "REVIEW_FAILED" ? { state: "REVIEW_SUCCEEDED" } : answer;
      },
    }),
  },
  {
    flaw: "ignores the signal",
    caught: "F1: a call whose signal is aborted already rejects, and tracks nothing",
    change: (honest) => ({ track: (request) => honest.track(request, { signal: new AbortController().signal }) }),
  },
  {
    flaw: "ignores the signal while it waits",
    caught: "F2: a call that gets no answer rejects once its signal is aborted",
    change: (honest) => ({
      getAction: (request) => honest.getAction(request, { signal: new AbortController().signal }),
    }),
  },
  {
    flaw: "rejects with an error that is not the kit's",
    caught: "F1: a call whose signal is aborted already rejects, and tracks nothing",
    change: (honest) => ({
      async track(request, options) {
        options.signal.throwIfAborted();
        return honest.track(request, options);
      },
    }),
  },
  {
    flaw: "resolves ids as paths",
    caught: "T32: an id that looks like another's reaches nobody's action",
    change: (honest) => ({
      getAction: ({ userId, ...rest }, options) =>
        honest.getAction({ ...rest, userId: new URL(`http://host/${userId}`).pathname.slice(1) }, options),
    }),
  },
  {
    flaw: "folds ids",
    caught: "T41: ids that differ never meet",
    change: (honest) => ({
      track: (request, options) => honest.track({ ...request, userId: request.userId.normalize("NFKC") }, options),
      getAction: (request, options) =>
        honest.getAction({ ...request, userId: request.userId.normalize("NFKC") }, options),
    }),
  },
  {
    flaw: "takes any value for an id",
    caught: "T41: a malformed user id is refused",
    change: (honest) => ({
      track: (request, options) =>
        honest.track({ ...request, userId: `id:${JSON.stringify(request.userId)}` }, options),
    }),
  },
  {
    flaw: "replaces what is not ASCII",
    caught: "T32: an id with characters of its own is tracked, and found, as it is",
    change: (honest) => ({
      getAction: (request, options) =>
        honest.getAction({ ...request, userId: request.userId.replace(/[^\x20-\x7e]/g, "?") }, options),
    }),
  },
];

describe("the provider conformance suite", () => {
  it.each(brokenProviders)("fails a provider that $flaw", async ({ caught, change }) => {
    const cases = providerCases.filter(({ title }) => title === caught);
    const open = () => {
      const harness = createScriptedHarness();
      return { ...harness, provider: { ...harness.provider, ...change(harness.provider) } };
    };
    expect(await findFailingCases(cases, open)).toEqual([caught]);
  });
});
