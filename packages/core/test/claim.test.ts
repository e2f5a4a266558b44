import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMemoryLedger, RequireActionError } from "../src/index.ts";
import type { Ledger } from "../src/ledger.ts";
import {
  approvedOf,
  createHarness,
  earnReview,
  earnToken,
  guardRequest,
  type Harness,
  lastKey,
  replyOf,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

const GOES_ON = "proceed";
const USED = "409 action_token_used";
const UNAVAILABLE = "503 decision_unavailable";

/** A ledger whose answers a test sets; what it was asked is kept. */
function createLedgerDouble(claim: Ledger["claim"], release: Ledger["release"] = async () => {}) {
  const asked: string[] = [];
  const ledger: Ledger = {
    name: "double",
    claim: (key, owner, ttlMs) => {
      asked.push("claim");
      return claim(key, owner, ttlMs);
    },
    release: (key, owner) => {
      asked.push("release");
      return release(key, owner);
    },
  };
  return { ledger, asked };
}

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

describe("an approval", () => {
  it("is good once", async () => {
    const harness = createHarness();
    const route = harness.route();
    for (const token of [await earnToken(harness, route), await earnReview(harness, route)]) {
      expect([summaryOf(await route({ token })), summaryOf(await route({ token }))]).toEqual([GOES_ON, USED]);
    }
  });

  it("T5: has one winner among 1000 requests at once", async () => {
    const deadlineMs = { decision: 30_000, ledger: 30_000 };
    const harness = createHarness({ resilience: { maxConcurrent: 1000, userShare: 1 }, deadlineMs });
    const route = harness.route();
    const token = await earnToken(harness, route);
    const summaries = await Promise.all(Array.from({ length: 1000 }, async () => summaryOf(await route({ token }))));
    expect(summaries.filter((summary) => summary === GOES_ON)).toHaveLength(1);
    expect(summaries.filter((summary) => summary === USED)).toHaveLength(999);
  });

  it("T5: has one winner, whether a review's comes as result token or as sealed key", async () => {
    const harness = createHarness();
    const route = harness.route();
    const result = await earnToken(harness, route);
    const sealed = lastKey(harness);
    // The challenge was reviewed after it: the reviewer's decision is either's to use.
    harness.provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED" }));
    const summaries = [summaryOf(await route({ token: result })), summaryOf(await route({ token: sealed }))];
    expect(summaries).toEqual([GOES_ON, USED]);
  });

  it("T6: is remembered for longer than any clock accepts it", async () => {
    const harness = createHarness({ maxAge: 60 });
    const route = harness.route();
    const token = await earnToken(harness, route);
    await route({ token });
    harness.clock.advance(59_999);
    expect(summaryOf(await route({ token }))).toBe(USED);
    // By a day, and for as long as a route that says nothing would accept it.
    let ttl = 0;
    const { ledger } = createLedgerDouble(async (_key, _owner, ttlMs) => Boolean((ttl = ttlMs)));
    const other = createHarness({ maxAge: 60, ledger });
    await other.route()({ token: await earnToken(other, other.route()) });
    expect(ttl).toBe(60_000 + 86_400_000);
  });

  it.each([
    ["challenge", "strict", earnToken],
    ["challenge", "lenient", earnToken],
    ["review", "strict", earnReview],
    ["review", "lenient", earnReview],
  ] as const)(
    "T6: by %s, is remembered for as long as any route of its action accepts it, the %s one first",
    async (_ground, first, earn) => {
      const harness = createHarness();
      const declare = {
        strict: () => harness.route({ maxAge: 10, reviewMaxAge: 10 }),
        lenient: () => harness.route({ maxAge: 3600, reviewMaxAge: 3600 }),
      };
      const [one, two] =
        first === "strict" ? [declare.strict(), declare.lenient()] : [declare.lenient(), declare.strict()];
      const [strict, lenient] = first === "strict" ? [one, two] : [two, one];
      const token = await earn(harness, strict);
      expect(summaryOf(await strict({ token }))).toBe(GOES_ON);
      for (const ms of [1_000, 10_000, 60_000, 600_000, 2_900_000]) {
        harness.clock.advance(ms);
        expect(summaryOf(await lenient({ token }))).toBe(USED);
      }
      harness.clock.advance(30_000);
      expect(summaryOf(await lenient({ token }))).toBe("403 action_token_expired");
    },
  );

  it("T6: is remembered for as long as a run that is never declared accepts it", async () => {
    const harness = createHarness();
    const route = harness.route({ maxAge: 60, bind: ({ body }) => body });
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    harness.clock.advance(300_000);
    const work = vi.fn<() => void>();
    const result = await harness.guard.run("withdraw-funds", { user: "alice", bound: WITHDRAWAL, token }, work);
    expect(result).toMatchObject({ kind: "refused", code: "action_token_used" });
    expect(work).not.toHaveBeenCalled();
  });

  it.each(["maxAge", "reviewMaxAge"] as const)(
    "T6: is not accepted for longer, by %s, on a route that is declared when claims have been made to end sooner",
    async (option) => {
      const harness = createHarness();
      const route = harness.route();
      await route({ token: await earnToken(harness, route) });
      expect(() => harness.route({ [option]: 1_000_000 })).toThrow(expect.objectContaining({ option }));
      expect(() => harness.route({ maxAge: 600 })).not.toThrow();
      expect(() => harness.route({ [option]: 1_000_000 }, "another")).not.toThrow();
    },
  );

  it("is claimed under a name that cannot be used in its stead", async () => {
    const keys: string[] = [];
    const { ledger } = createLedgerDouble(async (key) => Boolean(keys.push(key)));
    const harness = createHarness({ ledger });
    const route = harness.route();
    await route({ token: await earnReview(harness, route) });
    expect(keys).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)]);
    expect(summaryOf(await route({ token: keys[0] }))).toBe("403 action_token_invalid");
  });

  it("is not touched for a client that has gone", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token, closed: true }))).toBe("499 client_disconnected");
    expect(harness.events.some(({ type }) => type === "claim")).toBe(false);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });

  it("F21: is given back when its client has gone while it was claimed", async () => {
    const held = createMemoryLedger();
    let closed = false;
    const { ledger, asked } = createLedgerDouble(async (...claim) => {
      closed = true;
      return held.claim(...claim);
    }, held.release);
    const harness = createHarness({ ledger });
    const route = harness.route();
    const token = await earnToken(harness, route);
    const leaving = { ...guardRequest({ token }), closed: () => closed };
    expect(summaryOf(await harness.guard.protect("withdraw-funds")(leaving))).toBe("499 client_disconnected");
    expect(asked).toEqual(["claim", "release"]);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });

  it("F21: is given back behind a guard that only observed, and its own", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    const native = guardRequest({ token }).native;
    await harness.route({ observe: true })({ native });
    let looks = 0;
    // It goes away once its approval was claimed.
    const leaving = { ...guardRequest({ token, native }), closed: () => looks++ > 0 };
    expect(summaryOf(await harness.guard.protect("withdraw-funds")(leaving))).toBe("499 client_disconnected");
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });

  it("F21: stays used when a further guard of its action turns the request back: its work may be done", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    const { native } = guardRequest({ token });
    expect(summaryOf(await route({ token, native }))).toBe(GOES_ON);
    let looks = 0;
    const leaving = { ...guardRequest({ token, native }), closed: () => looks++ > 0 };
    expect(summaryOf(await harness.guard.protect("withdraw-funds")(leaving))).toBe("499 client_disconnected");
    expect(summaryOf(await route({ token }))).toBe(USED);
  });

  it("F21: of one action stays used when its request is turned back by another guard: its work may be done", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    const { native } = guardRequest({ token });
    expect(summaryOf(await route({ token, native }))).toBe(GOES_ON);
    expect(summaryOf(await harness.route({}, "another")({ native, closed: true }))).toBe("499 client_disconnected");
    expect(summaryOf(await route({ token }))).toBe(USED);
  });

  it("serves two guards on one route once, and no other request", async () => {
    const harness = createHarness();
    const [first, second] = [harness.guard.protect("withdraw-funds"), harness.guard.protect("withdraw-funds")];
    const token = await earnToken(harness, harness.route());
    const request = guardRequest({ token });
    expect([summaryOf(await first(request)), summaryOf(await second(request))]).toEqual([GOES_ON, GOES_ON]);
    expect(summaryOf(await first(guardRequest({ token })))).toBe(USED);
  });
});

describe("release", () => {
  it("gives the approval back, and takes the pass from this request", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    await approvedOf(await route({ token })).release();
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    expect(summaryOf(await route({ token }))).toBe(USED);
  });

  it("gives back nothing that another request holds", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    const first = approvedOf(await route({ token }));
    await first.release();
    await route({ token });
    await first.release();
    expect(summaryOf(await route({ token }))).toBe(USED);
  });

  it("of an action that was simply allowed resolves", async () => {
    await expect(approvedOf(await createHarness().route()()).release()).resolves.toBeUndefined();
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("redis://user:canary@host"))],
    ["never settles", () => new Promise<never>(() => {})],
  ])("rejects with ledger_unavailable when the ledger %s", async (_name, release) => {
    const { ledger } = createLedgerDouble(async () => true, release);
    const harness = createHarness({ ledger, deadlineMs: { ledger: 20 } });
    const route = harness.route();
    const approved = approvedOf(await route({ token: await earnToken(harness, route) }));
    const error: RequireActionError = await approved.release().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "ledger_unavailable", status: 503 });
    expect(error).not.toHaveProperty("cause");
    expect(error.message).not.toContain("canary");
  });
});

describe("F14: a ledger that is out of reach", () => {
  const faults: readonly (readonly [string, Ledger["claim"]])[] = [
    ["rejects", () => Promise.reject(new Error("ECONNREFUSED"))],
    [
      "throws",
      () => {
        throw new Error("not connected");
      },
    ],
    ["never settles", () => new Promise(() => {})],
    ["answers with a text", (async () => "OK") as never],
    ["answers with a number", (async () => 1) as never],
    ["answers with nothing", (async () => undefined) as never],
    ["answers with an object", (async () => ({ msBeforeNext: 1 })) as never],
    ["is full", createFullLedger().claim],
  ];

  it.each(faults)("that %s is a 503, whatever onUnavailable says", async (_name, claim) => {
    const { ledger } = createLedgerDouble(claim);
    const harness = createHarness({ ledger, deadlineMs: { ledger: 20 }, onUnavailable: "allow" });
    const route = harness.route();
    const verdict = await route({ token: await earnToken(harness, route) });
    expect([summaryOf(verdict), replyOf(verdict).headers["retry-after"]]).toEqual([UNAVAILABLE, "5"]);
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: "failure", source: "ledger", code: "ledger_unavailable" }),
    );
  });

  it.each([10, 30, 100])("is given up after %i ms", async (deadline) => {
    const { ledger } = createLedgerDouble(() => new Promise(() => {}));
    const harness = createHarness({ ledger, deadlineMs: { ledger: deadline } });
    const route = harness.route();
    const token = await earnToken(harness, route);
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const answered = vi.fn();
    const asked = route({ token }).then((verdict) => (answered(), verdict));
    await vi.advanceTimersByTimeAsync(deadline - 1);
    expect(answered).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(summaryOf(await asked)).toBe(UNAVAILABLE);
  });

  it.each<readonly [string, Ledger["claim"], string]>([
    ["what a full ledger says", createFullLedger().claim, "the memory ledger holds 1 live claims and is full"],
    [
      "the kind of another error",
      () => Promise.reject(new RangeError("redis://user:canary@host")),
      "double: threw RangeError",
    ],
    [
      "no code of another meaning",
      () => Promise.reject(new RequireActionError("action_blocked")),
      "double: threw RequireActionError",
    ],
  ])("is told as ledger_unavailable, with %s", async (_name, claim, reason) => {
    const { ledger } = createLedgerDouble(claim);
    const harness = createHarness({ ledger });
    const route = harness.route();
    await route({ token: await earnToken(harness, route) });
    expect(harness.events.find(({ type }) => type === "failure")).toMatchObject({
      code: "ledger_unavailable",
      reason: `ledger_unavailable: ${reason}`,
    });
  });

  it("does not stop what needs no approval", async () => {
    const { ledger, asked } = createLedgerDouble(() => Promise.reject(new Error("down")));
    expect(summaryOf(await createHarness({ ledger }).route()())).toBe(GOES_ON);
    expect(asked).toEqual([]);
  });
});

describe("F15: a ledger that did it, and whose reply was lost", () => {
  it("is asked once more by the same owner, who finds the claim its own", async () => {
    const memory = createMemoryLedger();
    let lost = false;
    const { ledger, asked } = createLedgerDouble(async (key, owner, ttlMs) => {
      const won = await memory.claim(key, owner, ttlMs);
      if (lost) return won;
      lost = true;
      throw new Error("socket hang up");
    }, memory.release);
    const harness = createHarness({ ledger });
    const route = harness.route();
    const token = await earnToken(harness, route);
    expect([summaryOf(await route({ token })), asked]).toEqual([GOES_ON, ["claim", "claim"]]);
    expect(summaryOf(await route({ token }))).toBe(USED);
  });

  it.each(["errors", "silence"])("and stays lost in %s, gets the approval back", async (kind) => {
    const memory = createMemoryLedger();
    let up = false;
    const { ledger } = createLedgerDouble(async (key, owner, ttlMs) => {
      const won = await memory.claim(key, owner, ttlMs);
      if (up) return won;
      if (kind === "silence") return new Promise<never>(() => {});
      throw new Error("socket hang up");
    }, memory.release);
    const harness = createHarness({ ledger, deadlineMs: { ledger: 20 } });
    const route = harness.route();
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token }))).toBe(UNAVAILABLE);
    await settle();
    up = true;
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
  });
});

describe("a claim that is won after the deadline", () => {
  /** Claims in memory, and answers only when told to. */
  function createLateLedger(release?: Ledger["release"]) {
    const memory = createMemoryLedger();
    const waiting: (() => void)[] = [];
    const { ledger, asked } = createLedgerDouble(async (key, owner, ttlMs) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return memory.claim(key, owner, ttlMs);
    }, release ?? memory.release);
    return { ledger, asked, memory, answer: () => waiting.splice(0).forEach((resolve) => resolve()) };
  }

  async function loseOne(harness: Harness, answer: () => void) {
    const route = harness.route();
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token }))).toBe(UNAVAILABLE);
    answer();
    await settle();
    return { route, token };
  }

  it("is given back", async () => {
    const { ledger, memory, answer } = createLateLedger();
    const harness = createHarness({ ledger, deadlineMs: { ledger: 10 } });
    await loseOne(harness, answer);
    expect(memory.size).toBe(0);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("down"))],
    [
      "throws at once",
      () => {
        throw new Error("down");
      },
    ],
    ["answers nothing that can be awaited", (() => undefined) as never],
  ])("T47: F31: and cannot be given back by a ledger that %s, harms nobody", async (_name, release) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const { ledger, answer } = createLateLedger(release);
    await loseOne(createHarness({ ledger, deadlineMs: { ledger: 10 } }), answer);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it.each([
    ["is not taken from the first one, whose handler may have run", false, USED],
    ["is given back when the first one has been", true, GOES_ON],
  ])("by a second guard on the same request %s", async (_name, isReleased, summary) => {
    const memory = createMemoryLedger();
    let isSlow = false;
    const waiting: (() => void)[] = [];
    const { ledger } = createLedgerDouble(async (key, owner, ttlMs) => {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      return memory.claim(key, owner, ttlMs);
    }, memory.release);
    const harness = createHarness({ ledger, deadlineMs: { ledger: 10 } });
    const [first, second] = [harness.guard.protect("withdraw-funds"), harness.guard.protect("withdraw-funds")];
    const token = await earnToken(harness, harness.route());
    const request = guardRequest({ token });
    const approved = approvedOf(await first(request));
    if (isReleased) await approved.release();
    isSlow = true;
    expect(summaryOf(await second(request))).toBe(UNAVAILABLE);
    waiting.forEach((resolve) => resolve());
    await settle();
    isSlow = false;
    expect(summaryOf(await first(guardRequest({ token })))).toBe(summary);
  });
});

function createFullLedger(): Ledger {
  const full = createMemoryLedger({ maxClaims: 1 });
  void full.claim("other", "other", 60_000);
  return full;
}

describe("F26: a full ledger", () => {
  it("refuses a new approval and lets no used one pass", async () => {
    const harness = createHarness({ ledger: createMemoryLedger({ maxClaims: 2 }) });
    const route = harness.route();
    const ask = { user: "alice", body: WITHDRAWAL };
    const tokens = [
      await earnToken(harness, route, ask),
      await earnToken(harness, route, ask),
      await earnToken(harness, route, ask),
    ];
    const summaries: string[] = [];
    for (const token of [...tokens, ...tokens]) summaries.push(summaryOf(await route({ ...ask, token })));
    expect(summaries).toEqual([GOES_ON, GOES_ON, UNAVAILABLE, USED, USED, UNAVAILABLE]);
  });
});
