import { inspect } from "node:util";
import { neverAnswers } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { createMemoryLedger, type GuardOptions } from "../src/index.ts";
import type { GuardEvent } from "../src/events.ts";
import { ProviderError } from "../src/provider.ts";
import {
  approvedOf,
  createHarness,
  earnReview,
  earnToken,
  type Harness,
  type Native,
  replyOf,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

const ID = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
const about = { action: "withdraw-funds", userId: "alice", actionId: ID, observed: false, fallback: false };
const call = {
  type: "call",
  ...about,
  provider: "scripted",
  verb: "track",
  tries: 1,
  failure: undefined,
  durationMs: expect.any(Number),
};
const nobody = { ...about, userId: undefined, actionId: undefined };

describe("the events of", () => {
  it("an action that is allowed", async () => {
    const { events, route, provider } = createHarness();
    provider.answer({ state: "ALLOW", outcome: "ALLOW", ruleIds: ["small-amount"] });
    await route()();
    expect(events).toEqual([
      call,
      {
        type: "decision",
        ...about,
        provider: "scripted",
        state: "ALLOW",
        outcome: "ALLOW",
        isEnrolled: true,
        ruleIds: ["small-amount"],
        rememberedDevice: false,
        binding: "request",
        durationMs: expect.any(Number),
      },
      {
        type: "proceed",
        ...about,
        ground: "allowed",
        binding: "request",
        verificationMethod: undefined,
        failedOpen: false,
      },
    ]);
  });

  it("a challenge, from its decision to the release of its approval, are about one action id", async () => {
    const harness = createHarness();
    const route = harness.route({ bind: () => ({ a: 1 }) });
    const token = await earnToken(harness, route, {}, "PASSKEY");
    const approved = approvedOf(await route({ token }));
    await approved.release();
    const [, decision] = harness.events;
    const same = { ...about, actionId: decision?.type === "decision" ? decision.actionId : "" };
    expect(approved.actionId).toBe(same.actionId);
    expect(harness.events).toEqual([
      { ...call, ...same },
      expect.objectContaining({
        type: "decision",
        ...same,
        state: "CHALLENGE_REQUIRED",
        outcome: undefined,
        ruleIds: [],
      }),
      {
        type: "refusal",
        ...same,
        code: "challenge_required",
        reason: "the provider decided CHALLENGE",
        status: 403,
      },
      { ...call, ...same, actionId: undefined, verb: "validateChallenge" },
      { type: "claim", ...same, ledger: "memory", won: true, durationMs: expect.any(Number) },
      {
        type: "proceed",
        ...same,
        ground: "challenge",
        binding: "fields",
        verificationMethod: "PASSKEY",
        failedOpen: false,
      },
      { type: "release", ...same, ledger: "memory" },
    ]);
  });

  it("a block carry the id that the client was told", async () => {
    const harness = createHarness();
    harness.provider.answer("BLOCK");
    const { id } = JSON.parse(replyOf(await harness.route()()).body);
    expect(harness.events.map(({ type }) => type)).toEqual(["call", "decision", "refusal"]);
    expect(harness.events.every((event) => "actionId" in event && event.actionId === id)).toBe(true);
  });

  it("a second use", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    await route({ token });
    harness.events.length = 0;
    await route({ token });
    expect(harness.events).toEqual([
      { ...call, actionId: undefined, verb: "validateChallenge" },
      { type: "claim", ...about, ledger: "memory", won: false, durationMs: expect.any(Number) },
      {
        type: "refusal",
        ...about,
        code: "action_token_used",
        reason: "the approval has been used before",
        status: 409,
      },
    ]);
  });

  it("a challenge under RFC 9470 carry the status that was sent", async () => {
    const harness = createHarness({ profile: "rfc9470" });
    harness.provider.answer("CHALLENGE_REQUIRED");
    await harness.route()();
    expect(harness.events.at(-1)).toMatchObject({ type: "refusal", status: 401 });
  });

  it.each<readonly [string, Partial<GuardOptions<Native>>, (harness: Harness) => void, Partial<GuardEvent>]>([
    [
      "a provider that is down",
      {},
      ({ provider }) =>
        provider.override("track", () => Promise.reject(new ProviderError("provider_unavailable", "502"))),
      { type: "failure", source: "provider", code: "provider_unavailable", reason: "provider_unavailable: 502" },
    ],
    [
      "a provider that is silent",
      { deadlineMs: { decision: 10 } },
      ({ provider }) => provider.override("track", neverAnswers),
      {
        type: "failure",
        source: "provider",
        code: "provider_unavailable",
        reason: "provider_unavailable: scripted: no answer within 10 ms",
      },
    ],
    [
      "a provider that throws something of its own",
      {},
      ({ provider }) => provider.override("track", () => Promise.reject(new RangeError("key=canary"))),
      {
        type: "failure",
        source: "provider",
        code: "provider_unavailable",
        reason: "provider_unavailable: scripted threw RangeError",
      },
    ],
    [
      "a provider that talks nonsense",
      {},
      ({ provider }) => provider.override("track", () => ({ state: "canary" })),
      {
        type: "failure",
        source: "provider",
        code: "provider_answer_invalid",
        reason: "provider_answer_invalid: track answered something else at state",
      },
    ],
    [
      "a provider that refuses the request",
      {},
      ({ provider }) =>
        provider.override("track", () =>
          Promise.reject(new ProviderError("provider_refused", "custom.amount is missing")),
        ),
      {
        type: "failure",
        source: "provider",
        code: "provider_refused",
        reason: "provider_refused: custom.amount is missing",
      },
    ],
  ])("%s", async (_name, options, prepare, failure) => {
    const harness = createHarness(options);
    prepare(harness);
    await harness.route()();
    expect(harness.events).toEqual([
      { ...call, tries: expect.any(Number), failure: "code" in failure ? failure.code : "" },
      { ...about, ...failure },
      expect.objectContaining({ type: "refusal", ...about }),
    ]);
  });

  it("a resolver that throws carry what it threw", async () => {
    const boom = new Error("boom");
    const { events, route } = createHarness({ user: () => Promise.reject(boom) });
    await expect(route()()).rejects.toThrow();
    expect(events).toEqual([
      {
        type: "failure",
        ...nobody,
        source: "resolver",
        code: "resolver_failed",
        reason: "resolver_failed: the user resolver threw",
        cause: boom,
      },
    ]);
  });

  it("a resolver that stumbles over the request carry what it threw", async () => {
    const boom = new Error("boom");
    const { events, route } = createHarness();
    await route({ bind: () => Promise.reject(boom) })();
    expect(events).toMatchObject([{ type: "refusal", code: "request_unresolvable", cause: boom }]);
  });

  it("what was asked and claimed tell how long it took", async () => {
    const harness = createHarness();
    const route = harness.route();
    await route({ token: await earnToken(harness, route) });
    const durations = harness.events.flatMap((event) => ("durationMs" in event ? [event.durationMs] : []));
    expect(durations.length).toBeGreaterThanOrEqual(4);
    // Less than the process has run for.
    expect(durations.filter((ms) => !(ms >= 0 && ms < performance.now()))).toEqual([]);
  });

  it("a refused request that no action was tracked for", async () => {
    const { events, route } = createHarness();
    await route()({ user: undefined });
    expect(events).toEqual([
      {
        type: "refusal",
        ...nobody,
        code: "authentication_required",
        reason: "the user resolver returned no user",
        status: 401,
      },
    ]);
  });

  it.each([
    ["forged", "the provider does not recognise it as a result token of this user and action"],
    [`ra1_${"A".repeat(94)}`, "the seal is forged, or of another user or action or seal secret"],
  ])("a token that is not good tell what the client is not told", async (token, reason) => {
    const { events, route } = createHarness();
    await route()({ token });
    expect(events.at(-1)).toEqual(expect.objectContaining({ type: "refusal", code: "action_token_invalid", reason }));
  });

  it("S7: a result of passkey.signIn({ action }) says what to call instead", async () => {
    const harness = createHarness();
    const result = { isValid: true, state: "CHALLENGE_SUCCEEDED", idempotencyKey: "its own" } as const;
    harness.provider.override("validateChallenge", async ({ userId, action }) => ({ ...result, userId, action }));
    await harness.route()({ token: "of-a-sign-in" });
    expect(harness.events.at(-1)).toMatchObject({
      code: "action_token_invalid",
      reason: expect.stringMatching(/passkey\.signIn\(\{ action \}\).*signIn\(\{ token \}\).*idempotencyKey/),
    });
  });
});

it("F21: a request that has passed and comes too late for its handler is told as refused, and not as going on", async () => {
  const harness = createHarness();
  await harness.route()({ closed: true });
  expect(harness.events.map(({ type }) => type)).toEqual(["call", "decision", "refusal"]);
});

describe("F27: a listener that goes wrong changes nothing", () => {
  const listeners: readonly (readonly [string, (event: GuardEvent) => unknown])[] = [
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects", () => Promise.reject(new Error("boom"))],
    ["never settles", () => new Promise(() => {})],
    [
      "answers with a thenable that throws",
      () => ({
        // oxlint-disable-next-line no-thenable -- on purpose
        then() {
          throw new Error("boom");
        },
      }),
    ],
    [
      "answers with something whose then cannot be read",
      () => ({
        // oxlint-disable-next-line no-thenable -- on purpose
        get then() {
          throw new Error("boom");
        },
      }),
    ],
    ["changes the event", (event) => Object.assign(event, { type: "proceed", ground: "allowed", userId: "mallory" })],
  ];

  it.each(listeners)("when it %s", async (_name, on) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const harness = createHarness({ on });
    const route = harness.route();
    const startedAt = performance.now();
    const token = await earnToken(harness, route);
    const summaries = [summaryOf(await route({ token })), summaryOf(await route({ token }))];
    harness.provider.answer("BLOCK");
    summaries.push(summaryOf(await route()));
    expect(summaries).toEqual(["proceed", "409 action_token_used", "403 action_blocked"]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await new Promise(setImmediate);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

/** All that leaves the guard: events, replies and errors, in every form in which one logs them. */
async function everythingTold(): Promise<{ told: string; secrets: string[] }> {
  const told: unknown[] = [];
  const secrets = ["canary-secret-canary-secret-canary-secret", "canary-retired-canary-retired-canary"];
  const apiKey = "canary-api-key-of-the-provider";
  const harness = createHarness({
    sealSecrets: secrets,
    deadlineMs: { decision: 15, ledger: 15 },
    on: (event) => told.push(event),
    ledger: createMemoryLedger({ maxClaims: 2 }),
  });
  const { provider } = harness;
  const ask = async (route: ReturnType<Harness["route"]>, parts = {}): Promise<void> => {
    const verdict = await route(parts).catch((error: unknown) => error);
    told.push(verdict);
    if (verdict instanceof Error) told.push(verdict.stack, verdict.cause);
  };
  const route = harness.route({ bind: ({ body }) => ({ amount: body.amount }), verificationMethods: ["PASSKEY"] });
  // A token is told to its own client in its challenge only, which is therefore not in this corpus.
  const strong = await earnToken(harness, route, {}, "PASSKEY");
  const weak = await earnToken(harness, route, {}, "EMAIL_OTP");
  const late = await earnToken(harness, route, {}, "PASSKEY");
  const review = await earnReview(harness, route);
  told.length = 0;
  const tokens = ["forged-canary-token", `ra1_${"canary".repeat(15)}AAAA`, strong, weak, late, review];
  for (const token of [...tokens, `${strong}, ${weak}`, ...tokens]) {
    await ask(route, { token });
    await ask(route, { token, body: { amount: "99" } });
    await ask(route, { token, user: "mallory", body: WITHDRAWAL });
  }
  const hostile = Object.assign(new Error(`401 for Basic ${apiKey}`), {
    config: { headers: { authorization: apiKey } },
    request: { token: strong },
    cause: new Error(apiKey),
  });
  for (const verb of ["track", "validateChallenge", "getAction"] as const) {
    for (const answer of [
      () => Promise.reject(hostile),
      () => Promise.reject(apiKey),
      () => Promise.reject({ apiKey }),
      () => ({ state: apiKey, [apiKey]: 1, isValid: apiKey, token: strong }),
      () => apiKey,
      neverAnswers,
    ]) {
      provider.override(verb, answer);
      for (const token of [undefined, strong, review]) await ask(route, { token });
    }
  }
  provider.restore();
  const brokenLedger = { name: "broken", claim: () => Promise.reject(hostile), release: () => Promise.reject(hostile) };
  const broken = createHarness({
    sealSecrets: secrets,
    ledger: brokenLedger,
    provider,
    on: (event) => told.push(event),
  });
  for (const token of [late, review])
    await ask(broken.route({ bind: ({ body }) => ({ amount: body.amount }) }), { token });
  const forms = told.flatMap((value) => [
    JSON.stringify(value),
    inspect(value, { depth: 20, showHidden: true }),
    String(value),
  ]);
  return {
    told: forms.join("\n"),
    secrets: [...secrets, apiKey, "forged-canary-token", "canarycanary", strong, weak, late],
  };
}

describe("T33: T46: no event, error or reply holds", () => {
  it("a secret, a token, or what a provider or ledger threw", async () => {
    const { told, secrets } = await everythingTold();
    expect(told.length).toBeGreaterThan(10_000);
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  it("a sealed key but the review's own reply", async () => {
    const harness = createHarness();
    const route = harness.route();
    const review = await earnReview(harness, route);
    await approvedOf(await route({ token: review })).release();
    await route({ token: review, body: {} });
    expect(inspect(harness.events, { depth: 20 })).not.toContain("ra1_");
  });

  it("T43: more than one line, whatever the client sends", async () => {
    const harness = createHarness();
    const hostile = ["a\r\nb", "\u001b[31mred", "a\u2028b", 'a","type":"proceed'];
    for (const text of hostile) {
      await harness.route()({ token: text });
      await harness.route({ bind: () => ({ [text]: "x" }) })();
      await harness.route({ bind: () => ({ a: text }) })({ target: `/${text}` });
      const odd = harness.route({ attributes: () => ({ [text]: text }) as never });
      await expect(odd()).rejects.toMatchObject({ code: "resolver_failed" });
      await harness.route()({ user: text });
    }
    for (const event of harness.events) {
      const line = JSON.stringify(event);
      expect(line.split(/\r|\n|\u2028|\u2029/)).toHaveLength(1);
      expect(line).not.toContain("\u001b");
      if ("reason" in event) expect(event.reason).toMatch(/^[ -~]*$/);
    }
  });
});
