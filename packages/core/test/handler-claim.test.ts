import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ActionOptions,
  type ApprovedAction,
  ConfigurationError,
  createMemoryLedger,
  RequireActionError,
} from "../src/index.ts";
import type { Ledger, SynchronousLedger } from "../src/ledger.ts";
import {
  approvedOf,
  type Ask,
  createHarness,
  earnReview,
  earnToken,
  guardRequest,
  type Harness,
  type Native,
  replyOf,
  summaryOf,
} from "./harness.ts";

const USED = expect.objectContaining({ code: "action_token_used", status: 409, statusCode: 409, expose: true });

let harness: Harness;
let ledger: Ledger;

function guarded(options: ActionOptions<Native> = {}, action?: string): ReturnType<Harness["route"]> {
  return harness.route({ claim: "handler", ...options }, action);
}

/** The approved action of a handler that is reached with this token. */
async function reach(route: ReturnType<Harness["route"]>, token?: string, ask: Ask = {}): Promise<ApprovedAction> {
  return approvedOf(await route({ ...ask, ...(token !== undefined && { token }) }));
}

/** A ledger within a transaction: its own claim is not found again. */
function within(claimed: Set<string>): SynchronousLedger {
  return {
    name: "transaction",
    synchronous: true,
    claim: (key) => !claimed.has(key) && Boolean(claimed.add(key)),
    release: (key) => void claimed.delete(key),
  };
}

const warnings: string[] = [];
beforeEach(() => {
  harness = createHarness();
  ledger = createMemoryLedger({ clock: harness.clock });
  warnings.length = 0;
  vi.spyOn(process, "emitWarning").mockImplementation((_message, options) => {
    warnings.push((options as { code: string }).code);
  });
});
afterEach(() => vi.restoreAllMocks());

describe("F18: an approval that its handler claims", () => {
  it("is asked of no ledger by the guard, and reaches any number of handlers", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    const [first, second] = [await reach(route, token), await reach(route, token)];
    expect(harness.events.filter(({ type }) => type === "claim")).toEqual([]);
    await first.claim(ledger);
    await expect(second.claim(ledger)).rejects.toEqual(USED);
    const told = harness.events.filter(({ type }) => type === "claim") as { durationMs: number }[];
    expect(told).toMatchObject([{ won: true }, { won: false }]);
    // Less than the process has run for.
    for (const { durationMs } of told) expect(durationMs >= 0 && durationMs < performance.now()).toBe(true);
  });

  it("T5: has one winner among 200 handlers at once", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    const claims = Array.from({ length: 200 }, async () => (await reach(route, token)).claim(ledger));
    const settled = await Promise.allSettled(claims);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is claimed at once where the transaction has no room for waiting", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    const [first, second] = [await reach(route, token), await reach(route, token)];
    const transaction = within(new Set());
    expect(first.claim(transaction)).toBeUndefined();
    expect(() => second.claim(transaction)).toThrow(USED);
  });

  it("may be a reviewer's", async () => {
    const route = guarded();
    const key = await earnReview(harness, route);
    await (await reach(route, key)).claim(ledger);
    await expect((await reach(route, key)).claim(ledger)).rejects.toEqual(USED);
  });

  it("can be claimed again on its request once the transaction was rolled back, and not once it was committed", async () => {
    const approved = await reach(guarded(), await earnToken(harness, guarded()));
    const claimed = new Set<string>();
    approved.claim(within(claimed));
    claimed.clear();
    expect(() => approved.claim(within(claimed))).not.toThrow();
    expect(() => approved.claim(within(claimed))).toThrow(USED);
  });

  it("T6: cannot be claimed once it has expired, however long its handler takes", async () => {
    const route = guarded({ maxAge: 60 });
    const token = await earnToken(harness, route);
    const [first, second] = [await reach(route, token), await reach(route, token)];
    harness.clock.advance(59_999);
    await first.claim(ledger);
    harness.clock.advance(1);
    await expect(second.claim(ledger)).rejects.toMatchObject({ code: "action_token_expired", status: 403 });
  });

  it("T6: is not won by who waited for another's transaction until that one's claim had ended", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    const approved = await reach(route, token);
    const waitFor =
      (ms: number): Ledger["claim"] =>
      async () => {
        harness.clock.advance(ms);
        return true;
      };
    harness.clock.advance(599_000);
    await expect(approved.claim({ name: "quick", claim: waitFor(5_000) })).resolves.toBeUndefined();
    harness.clock.setBack(5_000);
    await expect(approved.claim({ name: "locked", claim: waitFor(43_202_000) })).rejects.toMatchObject({
      code: "action_token_expired",
    });
  });

  it("T6: stays claimed for longer than any clock accepts it", async () => {
    // Longer than any other route of the guard accepts it by default.
    const route = guarded({ maxAge: 900 });
    const token = await earnToken(harness, route);
    let ttl = 0;
    harness.clock.advance(10_000);
    await (await reach(route, token)).claim({ name: "noting", claim: async (_key, _owner, ms) => Boolean((ttl = ms)) });
    expect(ttl).toBe(900_000 + 86_400_000);
  });

  it("is neither shown nor told by what a lost claim throws", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    await (await reach(route, token)).claim(ledger);
    const lost = await (await reach(route, token)).claim(ledger).catch((error: unknown) => error as any);
    expect(await lost.getResponse().json()).toMatchObject({ code: "action_token_used", status: 409 });
    expect(JSON.stringify([lost, lost.reply, harness.events])).not.toContain(token);
  });

  it("F21: is not asked for at all where the client has gone", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token, closed: true }))).toBe("499 client_disconnected");
  });

  it("is no longer there once it was given back, and no ledger was asked", async () => {
    const approved = await reach(guarded(), await earnToken(harness, guarded()));
    await approved.release();
    await expect(approved.claim(ledger)).rejects.toMatchObject({
      message: "action_not_passed: withdraw-funds was released on this request",
    });
    expect(harness.events.filter(({ type }) => type === "release" || type === "failure")).toEqual([]);
  });
});

describe("a ledger that fails while a handler claims", () => {
  it.each([
    ["rejects", async () => Promise.reject(new RangeError("to db.internal")), RangeError],
    ["answers nonsense", async () => "OK" as never, TypeError],
  ] as const)("and %s leaves the handler its error, and an event without it", async (_how, claim, kind) => {
    const approved = await reach(guarded(), await earnToken(harness, guarded()));
    await expect(approved.claim({ name: "broken", claim })).rejects.toBeInstanceOf(kind);
    const failure = harness.events.find(({ type }) => type === "failure");
    expect(failure).toMatchObject({ source: "ledger", code: "ledger_unavailable" });
    expect(JSON.stringify(failure)).not.toContain("db.internal");
  });

  it("and says that it is synchronous, and answers with a promise, has claimed nothing", async () => {
    const approved = await reach(guarded(), await earnToken(harness, guarded()));
    const lying = { name: "lying", synchronous: true, claim: async () => true } as never;
    expect(() => approved.claim(lying)).toThrow(new TypeError("the ledger answered something else than a boolean"));
  });

  it("is not taken for one when it is none", async () => {
    const approved = await reach(guarded(), await earnToken(harness, guarded()));
    for (const nothing of [undefined, null, {}, { claim: true }]) {
      expect(() => approved.claim(nothing as never)).toThrow(ConfigurationError);
    }
  });
});

describe("claim where there is nothing to claim", () => {
  const never: Ledger = { name: "never", claim: () => Promise.reject(new Error("asked")), release: async () => {} };

  it.each([
    ["allowed", {}],
    ["not required", { when: () => false }],
    ["observed", { observe: true, claim: undefined as never }],
  ] as const)("does nothing on a request that is %s, at once or as a promise", async (_name, options) => {
    const approved = await reach(guarded(options, "other"), undefined);
    await expect(approved.claim(never)).resolves.toBeUndefined();
    expect(approved.claim({ ...within(new Set()), claim: () => false })).toBeUndefined();
  });

  it("is refused on a route whose guard claims, with an approval and without", async () => {
    const route = harness.route();
    for (const token of [undefined, await earnToken(harness, route)]) {
      const approved = await reach(route, token);
      await expect(approved.claim(ledger)).rejects.toMatchObject({ code: "configuration_invalid", option: "claim" });
      expect(() => approved.claim(within(new Set()))).toThrow(ConfigurationError);
    }
  });
});

describe("a handler that has not claimed", () => {
  const unclaimed = (): unknown[] => harness.events.filter(({ type }) => type === "unclaimed");

  /** How the end of a response is taken, after what the handler did. */
  async function end(
    status: number | undefined,
    handle: (approved: ApprovedAction) => unknown = () => {},
    action = "unclaimed",
  ): Promise<void> {
    const route = guarded({}, action);
    const ends: NonNullable<Ask["ends"]> = [];
    await handle(await reach(route, await earnToken(harness, route), { ends }));
    for (const tell of ends) tell(status);
  }

  it.each([200, 204, 303])("and answers %d is reported by an event, and the process is warned", async (status) => {
    await end(status, undefined, `answers-${status}`);
    expect(unclaimed()).toMatchObject([{ action: `answers-${status}`, status, userId: "alice" }]);
    expect(warnings).toEqual(["RA_APPROVAL_UNCLAIMED"]);
  });

  it("warns the process once, and tells each time", async () => {
    for (let time = 0; time < 3; time++) await end(200, undefined, "thrice");
    expect(unclaimed()).toHaveLength(3);
    expect(warnings).toHaveLength(1);
  });

  it.each([400, 409, 500, undefined])("and answers %s is not reported", async (status) => {
    await end(status);
    expect(unclaimed()).toEqual([]);
  });

  it("is one whose claim was lost, whatever it answers", async () => {
    const lost: Ledger = { ...ledger, claim: async () => false };
    await end(200, (approved) => approved.claim(lost).catch(() => {}));
    expect(unclaimed()).toHaveLength(1);
  });

  it.each([
    ["has claimed", (approved: ApprovedAction) => approved.claim(ledger)],
    ["has given the approval back", (approved: ApprovedAction) => approved.release()],
  ])("is none that %s", async (_name, handle) => {
    await end(200, handle);
    expect(unclaimed()).toEqual([]);
  });

  it("is none without an approval", async () => {
    const ends: NonNullable<Ask["ends"]> = [];
    await guarded()({ ends });
    for (const tell of ends) tell(200);
    expect(unclaimed()).toEqual([]);
  });

  it("is none behind two guards of one action, of which it asked one", async () => {
    const [outer, inner] = [guarded(), guarded()];
    const ends: NonNullable<Ask["ends"]> = [];
    const token = await earnToken(harness, outer);
    const native = guardRequest().native;
    await reach(outer, token, { native, ends });
    await (await reach(inner, token, { native, ends })).claim(ledger);
    for (const tell of ends) tell(200);
    expect(unclaimed()).toEqual([]);
  });

  it("may claim after its response, and is reported all the same", async () => {
    const route = guarded();
    const ends: NonNullable<Ask["ends"]> = [];
    const approved = await reach(route, await earnToken(harness, route), { ends });
    for (const tell of ends) tell(202);
    await approved.claim(ledger);
    expect(unclaimed()).toHaveLength(1);
  });
});

describe("the option claim", () => {
  it.each([
    ["anything but guard and handler", { claim: "nobody" as never }],
    ["observe beside it", { claim: "handler", observe: true } as const],
  ])("refuses %s", (_name, options) => {
    expect(() => harness.route(options)).toThrow(expect.objectContaining({ option: "claim" }));
  });

  it("refuses routes of one action that claim otherwise: what is used on one must be known on the other", () => {
    harness.route({ claim: "handler" });
    expect(() => harness.route()).toThrow(/claim: is handler on another route of withdraw-funds/);
    expect(() => harness.route({}, "another")).not.toThrow();
    expect(() => harness.route({ observe: true })).not.toThrow();
  });

  it("may be the guard's for all its actions", async () => {
    harness = createHarness({ claim: "handler" });
    const route = harness.route();
    const token = await earnToken(harness, route);
    await reach(route, token);
    await reach(route, token);
    expect(() => harness.route({ claim: "guard" })).toThrow(RequireActionError);
  });

  it("changes nothing about what is refused before", async () => {
    const route = guarded();
    const token = await earnToken(harness, route);
    expect(replyOf(await route({ token, user: "mallory" })).code).toBe("action_token_invalid");
    expect(replyOf(await route({ token, target: "/elsewhere" })).code).toBe("action_parameters_changed");
  });
});
