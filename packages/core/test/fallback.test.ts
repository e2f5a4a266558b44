import { createScriptedProvider, type RawAnswer, type ScriptedProvider } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { ProviderError } from "../src/provider.ts";
import {
  approvedOf,
  bodyOf,
  createHarness,
  earnReview,
  earnToken,
  type Harness,
  type Route,
  summaryOf,
} from "./harness.ts";

const UNAVAILABLE = "503 decision_unavailable";
const INVALID = "403 action_token_invalid";
const down: RawAnswer = () =>
  Promise.reject(new ProviderError("provider_unavailable", "503", { retryAfterSeconds: 1 }));

interface Pair extends Harness {
  readonly fallback: ScriptedProvider;
  readonly route: (...options: Parameters<Harness["route"]>) => Route;
  takeDown(provider: ScriptedProvider): void;
}

/** A guard with two providers that hand out tokens of different names. */
function createPair(options: Parameters<typeof createHarness>[0] = {}): Pair {
  const fallback: ScriptedProvider = Object.assign(createScriptedProvider(), { name: "standby" });
  const harness = createHarness({ onUnavailable: { provider: fallback }, ...options });
  return {
    ...harness,
    fallback,
    takeDown: (provider) => {
      for (const verb of ["track", "validateChallenge", "getAction"] as const) provider.override(verb, down);
    },
  };
}

/** The same providers, as far as a helper of the harness looks at one. */
const asOnly = (pair: Pair, provider: ScriptedProvider): Harness => ({ ...pair, provider });

/** Has the fallback ask for a challenge while the guard's own provider is down, and completes it. */
async function earnFromFallback(pair: Pair, route: Route): Promise<string> {
  pair.takeDown(pair.provider);
  const token = await earnToken(asOnly(pair, pair.fallback), route, {}, "PASSKEY");
  pair.provider.restore();
  return token;
}

describe("while the guard's own provider is unavailable, its fallback", () => {
  it("F11: decides, and is named", async () => {
    const pair = createPair();
    pair.takeDown(pair.provider);
    const approved = approvedOf(await pair.route()());
    expect(approved).toMatchObject({ ground: "allowed", provider: "standby", fallback: true, failedOpen: false });
    expect(pair.events).toContainEqual(
      expect.objectContaining({ type: "decision", provider: "standby", fallback: true, state: "ALLOW" }),
    );
    expect(pair.events).toContainEqual(expect.objectContaining({ type: "proceed", fallback: true }));
    expect(pair.events).toContainEqual(
      expect.objectContaining({ type: "failure", source: "provider", fallback: false }),
    );
  });

  it.each(["CHALLENGE_REQUIRED", "REVIEW_REQUIRED", "BLOCK"] as const)(
    "F11: is obeyed when it says %s",
    async (state) => {
      const pair = createPair();
      pair.takeDown(pair.provider);
      pair.fallback.answer(state);
      const verdict = await pair.route()();
      expect(verdict.kind).toBe("reply");
      expect(pair.events.at(-1)).toMatchObject({ type: "refusal", fallback: true });
    },
  );

  it("F11: denies when it is unavailable too", async () => {
    const pair = createPair();
    pair.takeDown(pair.provider);
    pair.takeDown(pair.fallback);
    expect(summaryOf(await pair.route()())).toBe(UNAVAILABLE);
  });

  it("has a deadline and a breaker of its own", async () => {
    const pair = createPair({ deadlineMs: { decision: 30 } });
    pair.provider.override("track", () => new Promise(() => {}));
    pair.fallback.override("track", () => new Promise(() => {}));
    const startedAt = performance.now();
    for (let request = 0; request < 60; request++) expect(summaryOf(await pair.route()())).toBe(UNAVAILABLE);
    expect(performance.now() - startedAt).toBeGreaterThan(60);
    const opened = pair.events.flatMap((event) =>
      event.type === "breaker" ? [`${event.provider} ${event.state}`] : [],
    );
    expect(opened).toEqual(["scripted open", "standby open"]);
    expect(pair.fallback.calls.length).toBeLessThan(30);
  });

  it.each([
    ["provider_refused", "400 request_unresolvable"],
    ["provider_busy", UNAVAILABLE],
    ["provider_misconfigured", UNAVAILABLE],
  ] as const)("T50: is not asked after %s", async (code, summary) => {
    const pair = createPair();
    pair.provider.override("track", () => Promise.reject(new ProviderError(code, "no")));
    expect(summaryOf(await pair.route()())).toBe(summary);
    expect(pair.fallback.calls).toEqual([]);
  });

  it("is not asked while all is well", async () => {
    const pair = createPair();
    expect(approvedOf(await pair.route()())).toMatchObject({ provider: "scripted", fallback: false });
    expect(pair.fallback.calls).toEqual([]);
  });

  it("may be an action's own, or none", async () => {
    const pair = createPair();
    pair.takeDown(pair.provider);
    expect(summaryOf(await pair.route({ onUnavailable: "deny" })())).toBe(UNAVAILABLE);
    expect(approvedOf(await pair.route({ onUnavailable: "allow" })())).toMatchObject({
      ground: "failed_open",
      provider: undefined,
      fallback: false,
    });
    const other = Object.assign(createScriptedProvider(), { name: "other" });
    expect(approvedOf(await pair.route({ onUnavailable: { provider: other } })())).toMatchObject({ provider: "other" });
  });
});

describe("an approval of the fallback", () => {
  it("is good while the guard's own provider is still down, once", async () => {
    const pair = createPair();
    const route = pair.route();
    const token = await earnFromFallback(pair, route);
    pair.takeDown(pair.provider);
    expect(approvedOf(await route({ token }))).toMatchObject({
      ground: "challenge",
      provider: "standby",
      fallback: true,
    });
    expect(summaryOf(await route({ token }))).toBe("409 action_token_used");
  });

  it("is good when that is back", async () => {
    const pair = createPair();
    const route = pair.route();
    const token = await earnFromFallback(pair, route);
    expect(approvedOf(await route({ token }))).toMatchObject({ provider: "standby", fallback: true });
  });

  it("is good when that refuses to look at a token that it does not know", async () => {
    const pair = createPair();
    const route = pair.route();
    const token = await earnFromFallback(pair, route);
    pair.provider.override("validateChallenge", () => Promise.reject(new ProviderError("provider_refused", "400")));
    expect(summaryOf(await route({ token }))).toBe("proceed");
  });

  it("that has ended is told as such, though the guard's own provider does not know it", async () => {
    const pair = createPair();
    pair.provider.override("validateChallenge", () => ({ isValid: false, error: "invalid_token" }));
    pair.fallback.override("validateChallenge", () => ({ isValid: false, error: "expired_token" }));
    expect(summaryOf(await pair.route()({ token: "t" }))).toBe("403 action_token_expired");
  });

  it("is none when the fallback refuses to look at a token of which the guard's own provider says that it is none", async () => {
    const pair = createPair();
    pair.fallback.override("validateChallenge", () => Promise.reject(new ProviderError("provider_refused", "400")));
    expect(summaryOf(await pair.route()({ token: "t" }))).toBe(INVALID);
  });

  it("by a reviewer goes to the fallback alone", async () => {
    const pair = createPair();
    const route = pair.route();
    pair.takeDown(pair.provider);
    const key = await earnReview(asOnly(pair, pair.fallback), route);
    pair.provider.restore();
    const before = pair.provider.calls.length;
    expect(approvedOf(await route({ token: key }))).toMatchObject({ ground: "review", provider: "standby" });
    expect(pair.provider.calls.length).toBe(before);
  });

  it("cannot be told while the fallback is down: 503, and it is still good", async () => {
    const pair = createPair();
    const route = pair.route();
    const token = await earnFromFallback(pair, route);
    pair.takeDown(pair.fallback);
    expect(summaryOf(await route({ token }))).toBe(UNAVAILABLE);
    pair.fallback.restore();
    expect(summaryOf(await route({ token }))).toBe("proceed");
  });

  it("T4: is for its own parameters only", async () => {
    const pair = createPair();
    const route = pair.route({ bind: ({ body }) => ({ amount: body.amount }) });
    const token = await earnFromFallback(pair, route);
    expect(summaryOf(await route({ token, body: { amount: "1000000.00" } }))).toBe("403 action_parameters_changed");
  });

  it("is none where there is no fallback, or another one", async () => {
    const pair = createPair();
    const token = await earnFromFallback(pair, pair.route());
    expect(summaryOf(await pair.route({ onUnavailable: "deny" })({ token }))).toBe(INVALID);
    const namesake = Object.assign(createScriptedProvider(), { name: "another" });
    namesake.override("validateChallenge", (request, options) =>
      pair.fallback.validateChallenge(request as never, options),
    );
    expect(summaryOf(await pair.route({ onUnavailable: { provider: namesake } })({ token }))).toBe(INVALID);
  });
});

describe("T2: neither provider can stand in for the other", () => {
  /** Has one provider answer with the other's evidence, as an attacker would who holds both tokens. */
  const lend = (from: ScriptedProvider, to: ScriptedProvider): void => {
    to.override("validateChallenge", (request, options) => from.validateChallenge(request as never, options));
    to.override("getAction", (request, options) => from.getAction(request as never, options));
  };

  it("an approval of the guard's own provider is no approval of the fallback, even when that one vouches for it", async () => {
    const pair = createPair();
    const route = pair.route();
    const token = await earnToken(pair, route);
    const [{ request }] = pair.provider.calls as unknown as [{ request: { attributes: { idempotencyKey: string } } }];
    pair.takeDown(pair.provider);
    pair.fallback.override("validateChallenge", () => ({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId: "alice",
      action: "withdraw-funds",
      idempotencyKey: request.attributes.idempotencyKey,
    }));
    pair.fallback.override("getAction", () => ({ state: "REVIEW_SUCCEEDED" }));
    for (const proof of [token, request.attributes.idempotencyKey])
      expect(summaryOf(await route({ token: proof }))).toBe(UNAVAILABLE);
  });

  it("an approval of the fallback is none of the guard's own provider, even when that one vouches for it", async () => {
    const pair = createPair();
    const route = pair.route();
    const token = await earnFromFallback(pair, route);
    lend(pair.fallback, pair.provider);
    pair.fallback.override("validateChallenge", () => ({ isValid: false }));
    expect(summaryOf(await route({ token }))).toBe(INVALID);
  });

  it("a challenge that is open at the guard's own provider is not asked of the fallback", async () => {
    const pair = createPair();
    const route = pair.route();
    pair.provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = bodyOf(await route());
    expect(summaryOf(await route({ token }))).toBe("403 challenge_incomplete");
    expect(pair.fallback.calls).toEqual([]);
  });

  it("a session is no fallback: their seals differ", async () => {
    const pair = createPair({ session: ({ session }) => session });
    const route = pair.route();
    pair.takeDown(pair.provider);
    const token = await earnToken(asOnly(pair, pair.fallback), route, { session: "s" });
    pair.provider.restore();
    for (const session of ["standby", "fallback", "fallbackstandby", "s2"]) {
      expect(summaryOf(await route({ token, session }))).toBe(INVALID);
    }
    expect(summaryOf(await route({ token, session: "s" }))).toBe("proceed");
  });
});

describe("F29: keys", () => {
  it("of the guard's own provider are opened by guards without a fallback, and the other way round", async () => {
    const pair = createPair();
    const plain = createHarness({ provider: pair.provider, clock: pair.clock });
    const forOld = await earnToken(pair, pair.route());
    expect(summaryOf(await plain.route()({ token: forOld }))).toBe("proceed");
    const forNew = await earnToken({ ...plain, provider: pair.provider }, plain.route());
    expect(summaryOf(await pair.route()({ token: forNew }))).toBe("proceed");
  });
});
