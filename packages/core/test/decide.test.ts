import { neverAnswers, type RawAnswer } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { RequireActionError } from "../src/index.ts";
import { ProviderError, type TrackRequest } from "../src/provider.ts";
import {
  approvedOf,
  bodyOf,
  createHarness,
  inTime,
  lastKey,
  replyOf,
  SECRET,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

const answering =
  (answer: unknown): RawAnswer =>
  () =>
    answer;

/** A good answer with some of its members replaced. */
const almost =
  (members: object): RawAnswer =>
  (request) => ({
    state: "ALLOW",
    idempotencyKey: (request as TrackRequest).attributes.idempotencyKey,
    isEnrolled: true,
    ...members,
  });

describe("the provider's decision", () => {
  it("ALLOW lets the request go on, as allowed", async () => {
    const harness = createHarness();
    expect(approvedOf(await harness.route()())).toMatchObject({
      action: "withdraw-funds",
      userId: "alice",
      ground: "allowed",
      failedOpen: false,
      binding: "request",
    });
    expect(harness.provider.calls.map(({ verb }) => verb)).toEqual(["track"]);
  });

  it.each([
    ["CHALLENGE_REQUIRED", "403 challenge_required"],
    ["REVIEW_REQUIRED", "202 review_required"],
    ["BLOCK", "403 action_blocked"],
  ] as const)("%s stops it", async (state, summary) => {
    const harness = createHarness();
    harness.provider.answer(state);
    expect(summaryOf(await harness.route()())).toBe(summary);
  });

  it("REVIEW, as Authsignal's documentation has it, stops it too", async () => {
    const harness = createHarness();
    harness.provider.override("track", almost({ state: "REVIEW" }));
    expect(summaryOf(await harness.route()())).toBe("202 review_required");
  });

  it("gets everything that is known about the request", async () => {
    const { provider, route } = createHarness({ redirectOrigins: ["https://bank.example"] });
    const guarded = route({
      bind: ({ body }) => ({ amount: body.amount }),
      attributes: () => ({ email: "alice@example.com", locale: "de", custom: { newPayee: true } }),
      redirectUrl: () => "https://bank.example/back",
    });
    await guarded({
      ip: "::ffff:203.0.113.9",
      headers: { "user-agent": "Agent/1.0", cookie: "a=b; __as_aid=0b1c-77; c=d" },
    });
    expect(provider.calls).toEqual([
      {
        verb: "track",
        request: {
          userId: "alice",
          action: "withdraw-funds",
          attributes: {
            idempotencyKey: expect.stringMatching(/^ra1_/),
            redirectUrl: "https://bank.example/back",
            ipAddress: "203.0.113.9",
            userAgent: "Agent/1.0",
            deviceId: "0b1c-77",
            email: "alice@example.com",
            locale: "de",
            custom: { newPayee: true, amount: "10.00" },
          },
          boundFields: ["amount"],
        },
      },
    ]);
  });

  it.each([[undefined], ["none" as const]])(
    "C49: is given no bound fields where none are declared: bind %s",
    async (bind) => {
      const { provider, route } = createHarness();
      await route(bind && { bind })();
      expect(provider.calls[0]?.request).not.toHaveProperty("boundFields");
    },
  );

  it("is asked for under another key each time", async () => {
    const { provider, route } = createHarness();
    const guarded = route();
    await guarded();
    await guarded();
    const keys = provider.calls.map(({ request }) => (request as TrackRequest).attributes.idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });
});

describe("a user without an authenticator", () => {
  const challenge = { state: "CHALLENGE_REQUIRED", isEnrolled: false } as const;

  it.each([
    [undefined, "403 enrollment_required"],
    ["enroll", "403 enrollment_required"],
    ["block", "403 action_blocked"],
    ["allow", "proceed"],
  ] as const)("with onNotEnrolled %s: %s", async (onNotEnrolled, summary) => {
    const harness = createHarness(onNotEnrolled && { onNotEnrolled });
    harness.provider.answer(challenge);
    expect(summaryOf(await harness.route()())).toBe(summary);
  });

  it("who is let through is visible as such", async () => {
    const harness = createHarness();
    harness.provider.answer(challenge);
    expect(approvedOf(await harness.route({ onNotEnrolled: "allow" })()).ground).toBe("not_enrolled");
  });

  it("and ALLOW of a provider that does not tell its outcome is asked to enrol", async () => {
    const harness = createHarness();
    harness.provider.answer({ state: "ALLOW", isEnrolled: false });
    expect(summaryOf(await harness.route()())).toBe("403 enrollment_required");
  });

  it("and an outcome of ALLOW is allowed", async () => {
    const harness = createHarness();
    harness.provider.answer({ state: "ALLOW", isEnrolled: false, outcome: "ALLOW" });
    expect(approvedOf(await harness.route()()).ground).toBe("allowed");
  });

  it("is blocked or reviewed like anybody else", async () => {
    const harness = createHarness({ onNotEnrolled: "allow" });
    harness.provider.answerNext({ state: "BLOCK", isEnrolled: false });
    harness.provider.answerNext({ state: "REVIEW_REQUIRED", isEnrolled: false });
    const guarded = harness.route();
    expect([summaryOf(await guarded()), summaryOf(await guarded())]).toEqual([
      "403 action_blocked",
      "202 review_required",
    ]);
  });
});

const nonsense: readonly (readonly [name: string, answer: RawAnswer])[] = [
  ["an HTML page", answering("<!doctype html><title>502</title>")],
  ["nothing", answering(undefined)],
  ["null", answering(null)],
  ["an empty text", answering("")],
  ["a truncated text", answering('{"state":"ALLO')],
  ["the state alone, as a text", answering("ALLOW")],
  ["true", answering(true)],
  ["zero", answering(0)],
  ["a number", answering(200)],
  ["an empty object", answering({})],
  ["an empty list", answering([])],
  ["a list of the answer", answering([{ state: "ALLOW", isEnrolled: true }])],
  ["a function", answering(() => "ALLOW")],
  ["an error as an answer", answering(new Error("ALLOW"))],
  ["a fetch response", answering(new Response('{"state":"ALLOW"}'))],
  ["a map", answering(new Map([["state", "ALLOW"]]))],
  ["an answer in an envelope", answering({ data: { state: "ALLOW", isEnrolled: true } })],
  ["no state", almost({ state: undefined })],
  ["a null state", almost({ state: null })],
  ["an unknown state", almost({ state: "ALLOW_WITH_LIMITS" })],
  ["a state in lower case", almost({ state: "allow" })],
  ["a state with a space", almost({ state: "ALLOW " })],
  ["a state in a list", almost({ state: ["ALLOW"] })],
  ["a state that prints as ALLOW", almost({ state: { toString: () => "ALLOW" } })],
  ["a boxed state", almost({ state: Object("ALLOW") })],
  ["a number for a state", almost({ state: 1 })],
  ["a state that track never leaves: CHALLENGE_SUCCEEDED", almost({ state: "CHALLENGE_SUCCEEDED" })],
  ["a state that track never leaves: REVIEW_SUCCEEDED", almost({ state: "REVIEW_SUCCEEDED" })],
  ["ALLOW though the outcome is BLOCK", almost({ outcome: "BLOCK" })],
  ["ALLOW though the outcome is REVIEW", almost({ outcome: "REVIEW" })],
  ["an unknown outcome", almost({ outcome: "allow" })],
  ["no key", almost({ idempotencyKey: undefined })],
  ["another action's key", almost({ idempotencyKey: "another" })],
  ["an empty key", almost({ idempotencyKey: "" })],
  ["no word on enrolment", almost({ isEnrolled: undefined })],
  ["enrolment as a text", almost({ isEnrolled: "true" })],
  ["enrolment as a number", almost({ isEnrolled: 1 })],
  ["a challenge without a token", almost({ state: "CHALLENGE_REQUIRED" })],
  ["a challenge with an empty token", almost({ state: "CHALLENGE_REQUIRED", token: "" })],
  ["a token that is no text", almost({ token: { toString: () => "t" } })],
  ["methods that are no list", almost({ enrolledVerificationMethods: "PASSKEY" })],
  ["rules that are no list", almost({ ruleIds: "r1" })],
  ["an end before time began", almost({ tokenExpiresAt: -9e15 })],
  ["an end that is no time", almost({ tokenExpiresAt: Number.NaN })],
  [
    "an answer whose state throws",
    answering({
      get state() {
        throw new TypeError("no");
      },
    }),
  ],
];

describe("T12: an answer that cannot be believed never lets a request through", () => {
  it.each(nonsense)("%s", async (_name, answer) => {
    const harness = createHarness();
    harness.provider.override("track", answer);
    const verdict = await harness.route()();
    expect([summaryOf(verdict), replyOf(verdict).headers["retry-after"]]).toEqual(["503 decision_unavailable", "5"]);
  });

  it("has a corpus of at least forty", () => expect(nonsense.length).toBeGreaterThanOrEqual(40));
});

describe("a provider that cannot decide", () => {
  const faults: readonly (readonly [string, RawAnswer])[] = [
    ["F1: is slow", neverAnswers],
    ["rejects", () => Promise.reject(new ProviderError("provider_unavailable", "down"))],
    [
      "throws",
      () => {
        throw new ProviderError("provider_unavailable", "down");
      },
    ],
    ["rejects with another error", () => Promise.reject(new TypeError("fetch failed"))],
    ["rejects with nothing", () => Promise.reject(undefined)],
    ["rejects with a text", () => Promise.reject("no")],
    ["F7: talks nonsense", answering("<html>")],
  ];

  it.each(faults)("%s: 503 by default", async (_name, answer) => {
    const harness = createHarness({ deadlineMs: { decision: 30 } });
    harness.provider.override("track", answer);
    expect(summaryOf(await harness.route()())).toBe("503 decision_unavailable");
  });

  it.each(faults)('T50: %s: goes on only with onUnavailable "allow", and visibly', async (_name, answer) => {
    const harness = createHarness({ deadlineMs: { decision: 30 } });
    harness.provider.override("track", answer);
    const verdict = await inTime(harness, harness.route({ onUnavailable: "allow" }));
    expect(approvedOf(verdict)).toMatchObject({ ground: "failed_open", failedOpen: true });
    expect(harness.events).toContainEqual(expect.objectContaining({ type: "failure", source: "provider" }));
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: "proceed", ground: "failed_open", failedOpen: true }),
    );
  });

  it("F2: is given up at the deadline, and told so by the signal", async () => {
    const harness = createHarness({ deadlineMs: { decision: 30 } });
    let signal: AbortSignal | undefined;
    harness.provider.override("track", (_request, options) => {
      ({ signal } = options);
      return new Promise(() => {});
    });
    const startedAt = performance.now();
    expect(summaryOf(await harness.route()())).toBe("503 decision_unavailable");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(signal?.aborted).toBe(true);
  });

  it("has what it answers after the deadline ignored", async () => {
    const harness = createHarness({ deadlineMs: { decision: 20 } });
    let answerLate = (): void => {};
    harness.provider.override("track", (request, options) => {
      return new Promise((resolve) => {
        answerLate = () => resolve(almost({})(request, options));
      });
    });
    expect(summaryOf(await harness.route()())).toBe("503 decision_unavailable");
    answerLate();
    await new Promise(setImmediate);
    expect(harness.events.map(({ type }) => type)).toEqual(["call", "failure", "refusal"]);
  });

  it("F10: one slow call aborts no other", async () => {
    const harness = createHarness({ deadlineMs: { decision: 60 } });
    harness.provider.override("track", (request, options) => {
      if ((request as TrackRequest).userId === "slow") return new Promise(() => {});
      return new Promise((resolve, reject) => {
        options.signal.addEventListener("abort", () => reject(new Error("aborted")));
        setImmediate(() => resolve(almost({})(request, options)));
      });
    });
    const guarded = harness.route();
    const asked = ["slow", ...Array.from({ length: 49 }, (_, index) => `fast-${index}`)];
    const summaries = await Promise.all(asked.map(async (user) => summaryOf(await guarded({ user, body: {} }))));
    expect(summaries).toEqual(["503 decision_unavailable", ...Array.from({ length: 49 }, () => "proceed")]);
  });

  it.each([
    [30, "30"],
    [0.2, "1"],
    [0, "1"],
    [-7, "1"],
    [1e9, "300"],
    [Number.NaN, "5"],
    [undefined, "5"],
  ])("F6: that asks to wait %s seconds has the client wait %s", async (retryAfterSeconds, header) => {
    const harness = createHarness();
    harness.provider.override("track", () =>
      Promise.reject(new ProviderError("provider_unavailable", "429", { retryAfterSeconds })),
    );
    expect(replyOf(await harness.route()()).headers["retry-after"]).toBe(header);
  });
});

describe("T50: a request that the provider refuses to decide", () => {
  const refusals: readonly (readonly [string, RequireActionError])[] = [
    ["by its code", new ProviderError("provider_refused", "custom.amount is mistyped")],
    [
      "by the status of its own kind of error",
      Object.assign(new ProviderError("provider_unavailable", "custom.amount is mistyped"), { status: 400 }),
    ],
    ["by another error of the kit", new RequireActionError("user_id_invalid")],
  ];

  it.each(refusals)('%s, is a 400 and never fails open with onUnavailable "allow"', async (_name, error) => {
    const harness = createHarness({ onUnavailable: "allow" });
    harness.provider.override("track", () => Promise.reject(error));
    expect(summaryOf(await harness.route()())).toBe("400 request_unresolvable");
  });

  it("is as closed on the retry", async () => {
    const harness = createHarness({ onUnavailable: "allow" });
    harness.provider.override("validateChallenge", () =>
      Promise.reject(new ProviderError("provider_refused", "no such token")),
    );
    expect(summaryOf(await harness.route()({ token: "t" }))).toBe("400 request_unresolvable");
  });
});

describe("the state of the guarded action", () => {
  it("T11: is read from nothing that the client says", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    const claims = {
      state: "ALLOW",
      isValid: true,
      challengeCompleted: true,
      skip: "1",
      force: "false",
      outcome: "ALLOW",
    };
    const query = Object.entries(claims)
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
    const verdict = await harness.route()({
      target: `/withdrawals?${query}`,
      body: { ...WITHDRAWAL, ...claims },
      headers: {
        ...Object.fromEntries(
          Object.entries(claims).map(([name, value]) => [`x-${name.toLowerCase()}`, String(value)]),
        ),
        cookie: Object.entries(claims)
          .map(([name, value]) => `${name}=${value}`)
          .join("; "),
      },
    });
    expect(summaryOf(verdict)).toBe("403 action_blocked");
  });

  it("T16: is moved by no header with a name that the kit knows", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    const names = [
      "x-middleware-subrequest",
      "x-require-action",
      "require-action",
      "idempotency-key",
      "x-action-state",
      "x-user-id",
      "x-forwarded-for",
      "x-forwarded-user",
      "authorization",
      "action",
      "state",
    ];
    for (const value of ["1", "ALLOW", "withdraw-funds", "alice"]) {
      const headers = Object.fromEntries(names.map((name) => [name, value]));
      expect(summaryOf(await harness.route()({ headers }))).toBe("403 action_blocked");
    }
    const asked = harness.provider.calls.map(({ request }) => request as TrackRequest);
    expect(new Set(asked.map(({ userId, attributes }) => `${userId} ${attributes.ipAddress}`))).toEqual(
      new Set(["alice 203.0.113.7"]),
    );
  });

  it("T33: F29: the key that reaches provider and client tells nothing of what is bound", async () => {
    const harness = createHarness();
    harness.provider.answer("CHALLENGE_REQUIRED");
    const { idempotencyKey } = bodyOf(await harness.route({ bind: ({ body }) => ({ payee: body.payee }) })());
    const bytes = Buffer.from(idempotencyKey.slice(4), "base64url");
    for (const part of ["alice", "withdraw-funds", WITHDRAWAL.payee, SECRET]) {
      expect(bytes.includes(part)).toBe(false);
      expect(idempotencyKey).not.toContain(part);
    }
    expect(idempotencyKey).toBe(lastKey(harness));
  });

  it("F31: leaves no timer behind", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const harness = createHarness({ user: async ({ user }) => user, session: async () => "s" });
    expect(summaryOf(await harness.route({ attributes: async () => ({}) })())).toBe("proceed");
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(after).toBe(before);
  });
});
