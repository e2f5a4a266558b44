import { createScriptedProvider } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { createMemoryLedger, RequireActionError } from "../src/index.ts";
import type { Ledger } from "../src/ledger.ts";
import { approvedOf, createHarness, earnReview, earnToken, summaryOf } from "./harness.ts";

const HOUR = 3_600_000;
const GOES_ON = "proceed";
const EXPIRED = "403 action_token_expired";

/** A ledger that notes when approvals are said to have been given, and for how long they are claimed. */
function createNotingLedger() {
  const noted: { approvedAt: number | undefined; ttlMs: number }[] = [];
  const memory = createMemoryLedger();
  const ledger: Ledger = {
    name: "noting",
    claim: (key, owner, ttlMs, approvedAt) => {
      noted.push({ approvedAt, ttlMs });
      return memory.claim(key, owner, ttlMs, approvedAt);
    },
    release: memory.release,
  };
  return { ledger, noted };
}

describe("a review's approval", () => {
  it.each([1, 23, 25, 70])("T65: given after %i hours is good for a day from then on", async (hours) => {
    const { ledger, noted } = createNotingLedger();
    const harness = createHarness({ ledger });
    const route = harness.route();
    harness.provider.answerNext("REVIEW_REQUIRED");
    const { idempotencyKey: token } = JSON.parse(((await route()) as { body: string }).body);
    expect(summaryOf(await route({ token }))).toBe("202 review_required");
    harness.clock.advance(hours * HOUR);
    harness.provider.review(token, "approve");
    const approvedAt = harness.clock.now();
    harness.clock.advance(24 * HOUR);
    expect(summaryOf(await route({ token }))).toBe(EXPIRED);
    harness.clock.setBack(1);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    expect(noted).toEqual([{ approvedAt, ttlMs: expect.any(Number) }]);
    // Claimed for longer than anybody accepts it: a day from the decision, which is not after the claim.
    expect(noted[0]?.ttlMs).toBeGreaterThanOrEqual(2 * 24 * HOUR);
  });

  it.each([1, 23, 25, 70])("T65: of a provider that says no time, given after %i hours, is good", async (hours) => {
    const { ledger, noted } = createNotingLedger();
    const harness = { ...createHarness(), provider: createScriptedProvider() };
    const dated = createHarness({ ledger, provider: harness.provider, clock: harness.clock });
    const route = dated.route();
    const askedAt = harness.clock.now();
    harness.provider.answerNext("REVIEW_REQUIRED");
    const { idempotencyKey: token } = JSON.parse(((await route()) as { body: string }).body);
    harness.clock.advance(hours * HOUR);
    harness.provider.review(token, "approve");
    harness.clock.advance(23 * HOUR);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    expect(noted).toEqual([{ approvedAt: askedAt, ttlMs: 5 * 24 * HOUR }]);
    harness.clock.advance(4 * 24 * HOUR);
    expect(summaryOf(await route({ token }))).toBe(EXPIRED);
  });

  it("T65: of a provider that says no time ends by what the route says, from the first request", async () => {
    const provider = createScriptedProvider();
    const harness = { ...createHarness({ provider, reviewMaxAge: 3600 }), provider };
    const route = harness.route();
    const token = await earnReview(harness, route);
    harness.clock.advance(HOUR);
    expect(summaryOf(await route({ token }))).toBe(EXPIRED);
  });

  it.each([
    ["a moment ahead", 4_000, GOES_ON],
    ["far ahead", 2 * HOUR, EXPIRED],
    ["behind the first request", -48 * HOUR, EXPIRED],
  ])("T58: dated by a clock that is %s does not live longer for it", async (_which, ahead, summary) => {
    const harness = createHarness();
    const route = harness.route();
    harness.provider.answerNext("REVIEW_REQUIRED");
    const { idempotencyKey: token } = JSON.parse(((await route()) as { body: string }).body);
    harness.clock.advance(25 * HOUR);
    const stateUpdatedAt = new Date(harness.clock.now() + ahead).toISOString();
    harness.provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED", stateUpdatedAt }));
    expect(summaryOf(await route({ token }))).toBe(summary);
  });
});

describe("the time of an approval", () => {
  it.each([
    ["that the provider says", 0, 60_000],
    ["that the provider says, by whatever clock", 3_600_000, 3_660_000],
    ["of the first request, where the provider's is incredible", 32 * 24 * HOUR, 0],
  ])("T53: is the one %s", async (_which, ahead, expected) => {
    const { ledger, noted } = createNotingLedger();
    const harness = createHarness({ ledger });
    const route = harness.route();
    const askedAt = harness.clock.now();
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    await route();
    harness.clock.advance(60_000 + ahead);
    const token = harness.provider.completeChallenge("token-1");
    harness.clock.setBack(ahead);
    await route({ token });
    expect(noted.map(({ approvedAt }) => approvedAt! - askedAt)).toEqual([expected]);
  });

  it.each(["yesterday", "", 1_700_000_000_000, "2026-11-23"])(
    "T12: %j is no time, and its answer is not believed",
    async (stateUpdatedAt) => {
      const harness = createHarness();
      const route = harness.route();
      const token = await earnReview(harness, route);
      harness.provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED", stateUpdatedAt }));
      expect(summaryOf(await route({ token }))).toBe("503 decision_unavailable");
      harness.provider.restore();
      expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    },
  );
});

describe("a ledger that may have forgotten an approval", () => {
  const forgetful: Ledger = {
    name: "forgetful",
    claim: async () => {
      throw new RequireActionError("action_token_expired");
    },
    release: async () => {},
  };

  it("T53: has the client ask anew, and is asked once", async () => {
    let asked = 0;
    const claim: Ledger["claim"] = (...args) => (asked++, forgetful.claim(...args));
    const harness = createHarness({ ledger: { ...forgetful, claim } });
    const route = harness.route();
    expect(summaryOf(await route({ token: await earnToken(harness, route) }))).toBe(EXPIRED);
    expect(asked).toBe(1);
    expect(harness.events.at(-1)).toMatchObject({
      type: "refusal",
      code: "action_token_expired",
      reason: "forgetful: the ledger may have forgotten a claim of this approval",
    });
  });

  it("T53: refuses a handler's claim so that its transaction does not go on", async () => {
    const harness = createHarness({ claim: "handler" });
    const route = harness.route();
    const approved = approvedOf(await route({ token: await earnToken(harness, route) }));
    await expect(approved.claim(forgetful)).rejects.toMatchObject({
      name: "ClaimRefused",
      code: "action_token_expired",
      statusCode: 403,
    });
    expect(harness.events.at(-1)).toMatchObject({ type: "claim", won: false });
  });
});
