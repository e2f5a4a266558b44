import type { ActionProvider, TrackAnswer } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { providerCases, providerConformance } from "../../src/provider/index.ts";
import { createScriptedHarness } from "./scripted-harness.ts";

providerConformance({ name: "the scripted provider", create: createScriptedHarness });

interface BrokenProvider {
  readonly flaw: string;
  /** The case that must notice. */
  readonly caught: string;
  readonly change: (honest: ActionProvider) => Partial<ActionProvider>;
}

const brokenProviders: readonly BrokenProvider[] = [
  {
    flaw: "allows what is blocked",
    caught: "track-BLOCK",
    change: (honest) => ({
      track: async (...args) => ({ ...(await honest.track(...args)), state: "ALLOW" }),
    }),
  },
  {
    flaw: "answers with a state of its own",
    caught: "track-ALLOW",
    change: (honest) => ({
      track: async (...args) => ({ ...(await honest.track(...args)), state: "allow" }) as unknown as TrackAnswer,
    }),
  },
  {
    flaw: "answers with a key of its own",
    caught: "track-own-answers",
    change: (honest) => ({
      track: async (...args) => ({ ...(await honest.track(...args)), idempotencyKey: "another" }),
    }),
  },
  {
    flaw: "decides a known key anew",
    caught: "track-same-key",
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
    caught: "track-challenge-token",
    change: (honest) => ({
      async track(...args) {
        const { token: _token, ...rest } = await honest.track(...args);
        return rest;
      },
    }),
  },
  {
    flaw: "does not ask whose token it is",
    caught: "validate-other-user",
    change: (honest) => ({
      validateChallenge: (request, options) =>
        honest.validateChallenge({ ...request, userId: request.userId.trim().split("/")[0] ?? "" }, options),
    }),
  },
  {
    flaw: "compares actions by their beginning",
    caught: "validate-other-action",
    change: (honest) => ({
      validateChallenge: (request, options) =>
        honest.validateChallenge({ ...request, action: request.action.replace(/s$/, "") }, options),
    }),
  },
  {
    flaw: "trims tokens",
    caught: "validate-garbage",
    change: (honest) => ({
      validateChallenge: (request, options) =>
        honest.validateChallenge({ ...request, token: request.token.trim() }, options),
    }),
  },
  {
    flaw: "uses a result up on first sight",
    caught: "validate-not-burnt",
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
    caught: "validate-open",
    change: (honest) => ({
      validateChallenge: async (...args) => ({ ...(await honest.validateChallenge(...args)), isValid: true }),
    }),
  },
  {
    flaw: "answers for the action that was tracked last",
    caught: "validate-own-instance",
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
    flaw: "knows every action",
    caught: "get-action-unknown",
    change: (honest) => ({
      getAction: async (...args) => (await honest.getAction(...args)) ?? { state: "ALLOW" },
    }),
  },
  {
    flaw: "takes a rejection for an approval",
    caught: "get-action-review",
    change: (honest) => ({
      async getAction(...args) {
        const answer = await honest.getAction(...args);
        return answer?.state === "REVIEW_FAILED" ? { state: "REVIEW_SUCCEEDED" } : answer;
      },
    }),
  },
  {
    flaw: "ignores the signal",
    caught: "abort-before",
    change: (honest) => ({ track: (request) => honest.track(request, { signal: new AbortController().signal }) }),
  },
  {
    flaw: "ignores the signal while it waits",
    caught: "abort-in-flight",
    change: (honest) => ({
      getAction: (request) => honest.getAction(request, { signal: new AbortController().signal }),
    }),
  },
  {
    flaw: "rejects with an error that is not the kit's",
    caught: "abort-before",
    change: (honest) => ({
      async track(request, options) {
        options.signal.throwIfAborted();
        return honest.track(request, options);
      },
    }),
  },
  {
    flaw: "resolves ids as paths",
    caught: "odd-id-lookalike",
    change: (honest) => ({
      getAction: ({ userId, ...rest }, options) =>
        honest.getAction({ ...rest, userId: new URL(`http://host/${userId}`).pathname.slice(1) }, options),
    }),
  },
  {
    flaw: "folds ids",
    caught: "odd-id-pairs",
    change: (honest) => ({
      track: (request, options) => honest.track({ ...request, userId: request.userId.normalize("NFKC") }, options),
      getAction: (request, options) =>
        honest.getAction({ ...request, userId: request.userId.normalize("NFKC") }, options),
    }),
  },
  {
    flaw: "takes any value for an id",
    caught: "odd-id-malformed",
    change: (honest) => ({
      track: (request, options) =>
        honest.track({ ...request, userId: `id:${JSON.stringify(request.userId)}` }, options),
    }),
  },
  {
    flaw: "replaces what is not ASCII",
    caught: "odd-id-ordinary",
    change: (honest) => ({
      getAction: (request, options) =>
        honest.getAction({ ...request, userId: request.userId.replace(/[^\x20-\x7e]/g, "?") }, options),
    }),
  },
];

describe("the suite fails a provider that", () => {
  for (const { flaw, caught, change } of brokenProviders) {
    it(`${flaw} [${caught}]`, async () => {
      const harness = createScriptedHarness();
      const broken = { ...harness, provider: { ...harness.provider, ...change(harness.provider) } };
      const found = providerCases.find(({ id }) => id === caught);
      await expect(found?.run(broken)).rejects.toThrow();
    });
  }
});

it("refuses to skip a case that it does not have", () => {
  expect(() =>
    providerConformance({ name: "x", create: createScriptedHarness, skip: { "track-everything": "never" } }),
  ).toThrow("track-everything");
});
