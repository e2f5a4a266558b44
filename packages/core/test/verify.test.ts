import { describe, expect, it } from "vitest";
import type { ActionState } from "../src/provider.ts";
import {
  approvedOf,
  createHarness,
  earnReview,
  earnToken,
  lastKey,
  replyOf,
  SECRET,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

const GOES_ON = "proceed";
const INVALID = "403 action_token_invalid";

describe("the retry", () => {
  it("goes on once the challenge succeeded, and tells how", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route, {}, "PASSKEY");
    const approved = approvedOf(await route({ token }));
    expect(approved).toMatchObject({ ground: "challenge", userId: "alice", verificationMethod: "PASSKEY" });
    expect(harness.provider.calls.map(({ verb }) => verb)).toEqual(["track", "validateChallenge"]);
  });

  it("goes on once a reviewer approved, with the sealed key as its token", async () => {
    const harness = createHarness();
    const route = harness.route();
    const approved = approvedOf(await route({ token: await earnReview(harness, route) }));
    expect(approved).toMatchObject({ ground: "review", userId: "alice", action: "withdraw-funds" });
    expect(harness.provider.calls.map(({ verb }) => verb)).toEqual(["track", "getAction"]);
  });

  it.each([
    ["ALLOW", INVALID],
    ["BLOCK", "403 action_blocked"],
    ["CHALLENGE_REQUIRED", "403 challenge_incomplete"],
    ["CHALLENGE_FAILED", "403 challenge_failed"],
    ["REVIEW_REQUIRED", "202 review_required"],
    ["REVIEW_FAILED", "403 review_rejected"],
  ] as const)("T9: stops in state %s, by either kind of token", async (state: ActionState, summary) => {
    const harness = createHarness();
    const route = harness.route();
    harness.provider.answer("BLOCK");
    await route();
    const idempotencyKey = lastKey(harness);
    harness.provider.override("getAction", () => ({ state }));
    harness.provider.override("validateChallenge", ({ userId, action }) => ({
      isValid: true,
      state,
      userId,
      action,
      idempotencyKey,
    }));
    expect(summaryOf(await route({ token: idempotencyKey }))).toBe(summary);
    expect(summaryOf(await route({ token: "result" }))).toBe(summary);
  });

  it("a challenge's own token is no proof of it", async () => {
    const harness = createHarness();
    const route = harness.route();
    await earnToken(harness, route);
    expect(summaryOf(await route({ token: "token-1" }))).toBe(INVALID);
  });

  it("a key that we sealed and the provider never saw is refused", async () => {
    const harness = createHarness();
    const stranger = createHarness();
    await stranger.route()();
    expect(summaryOf(await harness.route()({ token: lastKey(stranger) }))).toBe(INVALID);
  });

  it("an answer without state or key is refused", async () => {
    const harness = createHarness();
    const route = harness.route();
    await route();
    const subject = { userId: "alice", action: "withdraw-funds", isValid: true };
    for (const answer of [
      subject,
      { ...subject, state: "CHALLENGE_SUCCEEDED" },
      { ...subject, state: "CHALLENGE_SUCCEEDED", idempotencyKey: "" },
      { ...subject, state: "CHALLENGE_SUCCEEDED", idempotencyKey: "not-ours" },
      { ...subject, idempotencyKey: lastKey(harness) },
    ]) {
      harness.provider.override("validateChallenge", () => answer);
      expect(summaryOf(await route({ token: "t" }))).toBe(INVALID);
    }
  });
});

describe("T1: a token of one user", () => {
  it("passes for nobody else: three of nine", async () => {
    const harness = createHarness();
    const route = harness.route();
    const users = ["alice", "bob", "carol"];
    const tokens = new Map<string, string>();
    for (const user of users) tokens.set(user, await earnToken(harness, route, { user, body: WITHDRAWAL }));
    const passed: string[] = [];
    for (const user of users) {
      for (const [owner, token] of tokens) {
        const verdict = await route({ user, token, body: WITHDRAWAL });
        if (verdict.kind === "proceed") passed.push(`${user} with ${owner}'s`);
        else expect(summaryOf(verdict)).toBe(INVALID);
      }
    }
    expect(passed).toEqual(["alice with alice's", "bob with bob's", "carol with carol's"]);
  });

  it.each([
    ["absent", undefined],
    ["empty", ""],
    ["in another case", "Alice"],
    ["with a space", "alice "],
    ["a prefix", "alic"],
    ["decomposed", "a\u006cic\u0065\u0301"],
  ])("is refused when the provider's owner is %s", async (_name, userId) => {
    const harness = createHarness();
    const route = harness.route();
    await earnToken(harness, route);
    const answer = {
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      action: "withdraw-funds",
      idempotencyKey: lastKey(harness),
    };
    harness.provider.override("validateChallenge", () => ({ ...answer, userId }));
    expect(summaryOf(await route({ token: "t" }))).toBe(INVALID);
    harness.provider.override("validateChallenge", () => ({ ...answer, userId: "alice" }));
    expect(summaryOf(await route({ token: "t" }))).toBe(GOES_ON);
  });

  it.each([
    ["null", null],
    ["a list", ["alice"]],
    ["an object", { id: "alice" }],
  ])("is no believable answer when the provider's owner is %s", async (_name, userId) => {
    const harness = createHarness();
    const route = harness.route();
    await earnToken(harness, route);
    const idempotencyKey = lastKey(harness);
    harness.provider.override("validateChallenge", ({ action }) => ({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      action,
      userId,
      idempotencyKey,
    }));
    expect(summaryOf(await route({ token: "t" }))).toBe("503 decision_unavailable");
  });

  it("is refused even when the provider is talked into another owner: the seal knows", async () => {
    const harness = createHarness();
    const route = harness.route();
    await earnToken(harness, route, { user: "alice", body: WITHDRAWAL });
    const idempotencyKey = lastKey(harness);
    harness.provider.override("validateChallenge", ({ userId, action }) => ({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId,
      action,
      idempotencyKey,
    }));
    harness.provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED" }));
    for (const token of ["t", idempotencyKey]) {
      expect(summaryOf(await route({ user: "mallory", token, body: WITHDRAWAL }))).toBe(INVALID);
    }
  });

  it("that is tied to a session is refused in another one", async () => {
    const harness = createHarness({ session: ({ session }) => session });
    const route = harness.route();
    const token = await earnToken(harness, route, { user: "alice", session: "s1", body: WITHDRAWAL });
    expect(summaryOf(await route({ user: "alice", session: "s2", token, body: WITHDRAWAL }))).toBe(INVALID);
    expect(summaryOf(await route({ user: "alice", session: "s1", token, body: WITHDRAWAL }))).toBe(GOES_ON);
  });
});

describe("T2: a token for one action", () => {
  const actions = ["withdraw-funds", "withdraw", "Withdraw-Funds", "withdraw_funds", "withdraw-funds2"];

  it("passes for no other, byte for byte", async () => {
    const harness = createHarness();
    const passed: string[] = [];
    const routes = actions.map((action) => [action, harness.route({}, action)] as const);
    const tokens: (readonly [string, string])[] = [];
    for (const [action, route] of routes) tokens.push([action, await earnToken(harness, route)]);
    for (const [action, route] of routes) {
      for (const [origin, token] of tokens) {
        const verdict = await route({ token });
        if (verdict.kind === "proceed") passed.push(`${origin} → ${action}`);
        else expect(summaryOf(verdict)).toBe(INVALID);
      }
    }
    expect(passed).toEqual(actions.map((action) => `${action} → ${action}`));
  });

  it.each(["withdraw", "WITHDRAW-FUNDS", "withdraw-funds ", "", undefined])(
    "is refused when the provider says %j",
    async (action) => {
      const harness = createHarness();
      const route = harness.route();
      await earnToken(harness, route);
      const idempotencyKey = lastKey(harness);
      harness.provider.override("validateChallenge", ({ userId }) => ({
        isValid: true,
        state: "CHALLENGE_SUCCEEDED",
        userId,
        action,
        idempotencyKey,
      }));
      expect(summaryOf(await route({ token: "t" }))).toBe(INVALID);
    },
  );
});

describe("T12: an answer that cannot be believed approves nothing", () => {
  const subject = { userId: "alice", action: "withdraw-funds", state: "CHALLENGE_SUCCEEDED" };
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "CHALLENGE_SUCCEEDED"],
    ["true", true],
    ["an empty object", {}],
    ["isValid as a text", { ...subject, isValid: "true" }],
    ["isValid as a number", { ...subject, isValid: 1 }],
    ["no isValid", subject],
    ["an unknown state", { ...subject, isValid: true, state: "SUCCEEDED" }],
    ["a state in lower case", { ...subject, isValid: true, state: "challenge_succeeded" }],
    ["a state in a list", { ...subject, isValid: true, state: ["CHALLENGE_SUCCEEDED"] }],
    ["a method that is no text", { ...subject, isValid: true, verificationMethod: ["PASSKEY"] }],
  ])("validateChallenge: %s", async (_name, answer) => {
    const harness = createHarness({ onUnavailable: "allow" });
    harness.provider.override("validateChallenge", () => answer);
    expect(summaryOf(await harness.route()({ token: "t" }))).toBe("503 decision_unavailable");
  });

  it("validateChallenge: a success that is not valid", async () => {
    const harness = createHarness();
    const route = harness.route();
    await earnToken(harness, route);
    const idempotencyKey = lastKey(harness);
    harness.provider.override("validateChallenge", () => ({ ...subject, isValid: false, idempotencyKey }));
    expect(summaryOf(await route({ token: "t" }))).toBe(INVALID);
  });

  it.each([
    ["null", null],
    ["a text", "REVIEW_SUCCEEDED"],
    ["an empty object", {}],
    ["an unknown state", { state: "APPROVED" }],
    ["a state in a list", { state: ["REVIEW_SUCCEEDED"] }],
    ["a method that is no text", { state: "REVIEW_SUCCEEDED", verificationMethod: 1 }],
  ])("getAction: %s", async (_name, answer) => {
    const harness = createHarness();
    const route = harness.route();
    await route();
    harness.provider.override("getAction", () => answer);
    expect(summaryOf(await route({ token: lastKey(harness) }))).toBe("503 decision_unavailable");
  });

  it.each(["validateChallenge", "getAction"] as const)(
    "F1: a silent %s is a 503, whatever onUnavailable says",
    async (verb) => {
      const harness = createHarness({ onUnavailable: "allow", deadlineMs: { decision: 30 } });
      const route = harness.route();
      await route();
      harness.provider.override(verb, () => new Promise(() => {}));
      const token = verb === "getAction" ? lastKey(harness) : "t";
      expect(summaryOf(await route({ token }))).toBe("503 decision_unavailable");
    },
  );
});

/*
 * T13: every combination of what an approval needs; each condition is broken in the one way that leaves the others true.
 */
const conditions = ["session", "user", "action", "binding", "state", "strength", "age", "unused", "ledger"] as const;
type Condition = (typeof conditions)[number];

const combinations = Array.from(
  { length: 2 ** conditions.length },
  (_, bits) => new Set(conditions.filter((_condition, index) => (bits >> index) & 1)),
);

async function play(holds: ReadonlySet<Condition>): Promise<string> {
  const fails = (condition: Condition): boolean => !holds.has(condition);
  let ledgerIsUp = true;
  const used = new Set<string>();
  const harness = createHarness({
    session: ({ session }) => session,
    ledger: {
      name: "switchable",
      async claim(key) {
        if (!ledgerIsUp) throw new Error("down");
        return !used.has(key) && Boolean(used.add(key));
      },
      release: async () => {},
    },
  });
  const options = { bind: ({ body }: { body?: any }) => ({ amount: body.amount }), maxAge: 600 };
  const route = harness.route({ ...options, verificationMethods: ["PASSKEY"] });
  const honest = { user: "alice", session: "s1", body: { amount: "10.00" } };
  const token = await earnToken(harness, route, honest, fails("strength") ? "EMAIL_OTP" : "PASSKEY");
  const idempotencyKey = lastKey(harness);
  if (fails("unused")) expect(summaryOf(await harness.route(options)({ ...honest, token }))).toBe(GOES_ON);
  // A provider that believes everybody, so that what is left is the guard's own judgement.
  harness.provider.override("validateChallenge", ({ userId, action }) => ({
    isValid: true,
    state: fails("state") ? "CHALLENGE_REQUIRED" : "CHALLENGE_SUCCEEDED",
    userId,
    action,
    idempotencyKey,
    verificationMethod: fails("strength") ? "EMAIL_OTP" : "PASSKEY",
  }));
  if (fails("age")) harness.clock.advance(600_000);
  ledgerIsUp = !fails("ledger");
  const target = fails("action") ? harness.route({ ...options, verificationMethods: ["PASSKEY"] }, "other") : route;
  return summaryOf(
    await target({
      user: fails("user") ? "mallory" : "alice",
      session: fails("session") ? "s2" : "s1",
      body: { amount: fails("binding") ? "99.00" : "10.00" },
      token,
    }),
  );
}

describe("T13: all conditions together", () => {
  it(`let exactly 1 of ${combinations.length} combinations through`, async () => {
    const passed: string[][] = [];
    for (const holds of combinations) if ((await play(holds)) === GOES_ON) passed.push([...holds]);
    expect(passed).toEqual([[...conditions]]);
  });

  it.each([
    ["session", INVALID],
    ["user", INVALID],
    ["action", INVALID],
    ["binding", "403 action_parameters_changed"],
    ["state", "403 challenge_incomplete"],
    ["strength", "403 verification_method_insufficient"],
    ["age", "403 action_token_expired"],
    ["unused", "409 action_token_used"],
    ["ledger", "503 decision_unavailable"],
  ] as const)("without %s: %s", async (condition, summary) => {
    expect(await play(new Set(conditions.filter((other) => other !== condition)))).toBe(summary);
  });
});

describe("T4: parameters that changed", () => {
  it("do not burn the approval: it stays good for the true ones", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    for (const amount of ["10.01", "1000.00", "10", "10.0", 10]) {
      expect(summaryOf(await route({ token, body: { ...WITHDRAWAL, amount } }))).toBe("403 action_parameters_changed");
    }
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });

  it("are told apart from a forgery, and tell a reviewed action from another", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnReview(harness, route);
    expect(summaryOf(await route({ token, target: "/withdrawals?all=1" }))).toBe("403 action_parameters_changed");
    expect(summaryOf(await route({ token: `${token.slice(0, -1)}${token.endsWith("A") ? "Q" : "A"}` }))).toBe(INVALID);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });
});

describe("the age of an approval", () => {
  it.each([
    ["challenge", 599_999, GOES_ON],
    ["challenge", 600_000, "403 action_token_expired"],
    ["review", 86_399_999, GOES_ON],
    ["review", 86_400_000, "403 action_token_expired"],
  ] as const)("by a %s, after %i ms by default: %s", async (ground, age, summary) => {
    const harness = createHarness();
    const route = harness.route();
    const token = await (ground === "review" ? earnReview(harness, route) : earnToken(harness, route));
    harness.clock.advance(age);
    expect(summaryOf(await route({ token }))).toBe(summary);
  });

  it("is the action's own where it says so", async () => {
    const harness = createHarness({ maxAge: 1000, reviewMaxAge: 1000 });
    const route = harness.route({ maxAge: 2, reviewMaxAge: 3 });
    const [challenge, review] = [await earnToken(harness, route), await earnReview(harness, route)];
    harness.clock.advance(2000);
    expect(summaryOf(await route({ token: challenge }))).toBe("403 action_token_expired");
    expect(summaryOf(await route({ token: review }))).toBe(GOES_ON);
  });

  it("F13: tolerates a clock that is 5 seconds behind, and no more", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    harness.clock.setBack(5_001);
    expect(summaryOf(await route({ token }))).toBe(INVALID);
    harness.clock.advance(1);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });

  it("F13: is unknown to a broken clock, which approves nothing", async () => {
    let now = 1_767_225_600_000;
    const harness = createHarness({ clock: { now: () => now } });
    const route = harness.route();
    const token = await earnToken(harness, route);
    now = Number.NaN;
    expect(summaryOf(await route({ token }))).toBe(INVALID);
  });
});

describe("T17: verification methods", () => {
  it.each([
    ["PASSKEY", GOES_ON],
    ["SECURITY_KEY", GOES_ON],
    ["EMAIL_OTP", "403 verification_method_insufficient"],
    ["passkey", "403 verification_method_insufficient"],
    ["PASSKEY ", "403 verification_method_insufficient"],
  ])("%s: %s", async (method, summary) => {
    const harness = createHarness();
    const route = harness.route({ verificationMethods: ["PASSKEY", "SECURITY_KEY"] });
    const token = await earnToken(harness, route);
    const { provider } = harness;
    const idempotencyKey = lastKey(harness);
    provider.override("validateChallenge", ({ userId, action }) => ({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId,
      action,
      idempotencyKey,
      verificationMethod: method,
    }));
    expect(summaryOf(await route({ token }))).toBe(summary);
  });

  it("that the provider does not tell are not strong enough", async () => {
    const harness = createHarness();
    const route = harness.route({ verificationMethods: ["PASSKEY"] });
    await earnToken(harness, route);
    const answer = { isValid: true, state: "CHALLENGE_SUCCEEDED", idempotencyKey: lastKey(harness) };
    harness.provider.override("validateChallenge", ({ userId, action }) => ({ ...answer, userId, action }));
    expect(summaryOf(await route({ token: "t" }))).toBe("403 verification_method_insufficient");
  });

  it("do not bind a reviewer", async () => {
    const harness = createHarness();
    const route = harness.route({ verificationMethods: ["PASSKEY"] });
    expect(summaryOf(await route({ token: await earnReview(harness, route) }))).toBe(GOES_ON);
  });
});

describe("secrets", () => {
  const [old, fresh] = [SECRET, "another secret of more than thirty-two bytes"];

  it("rotate: an approval sealed before is good after", async () => {
    const before = createHarness({ sealSecrets: [old] });
    const { provider } = before;
    const token = await earnToken(before, before.route());
    const during = createHarness({ provider, sealSecrets: [fresh, old] });
    expect(summaryOf(await during.route()({ token }))).toBe(GOES_ON);
  });

  it("F29: rotate process by process: a fresh seal opens where the list has the new secret second", async () => {
    const ahead = createHarness({ sealSecrets: [fresh, old] });
    const { provider } = ahead;
    const token = await earnToken(ahead, ahead.route());
    const behind = createHarness({ provider, sealSecrets: [old, fresh] });
    expect(summaryOf(await behind.route()({ token }))).toBe(GOES_ON);
  });

  it("that are gone open nothing", async () => {
    const before = createHarness({ sealSecrets: [old] });
    const { provider } = before;
    const token = await earnToken(before, before.route());
    const after = createHarness({ provider, sealSecrets: [fresh] });
    expect(summaryOf(await after.route()({ token }))).toBe(INVALID);
  });
});

describe("T44: what the client is told of a token that is not good", () => {
  it("is the same bytes for forged, unknown, foreign and misplaced ones", async () => {
    const harness = createHarness();
    const route = harness.route();
    const foreign = await earnToken(harness, route, { user: "bob", body: WITHDRAWAL });
    const misplaced = await earnToken(harness, harness.route({}, "close-account"));
    const review = await earnReview(harness, route, { user: "bob", body: WITHDRAWAL });
    const tokens = ["forged", `ra1_${"A".repeat(94)}`, foreign, misplaced, review, "token-1"];
    const replies = new Set<string>();
    for (const token of tokens) {
      const { status, headers, body } = replyOf(await route({ token }));
      replies.add(JSON.stringify([status, headers, body]));
    }
    expect(replies.size).toBe(1);
  });
});
