import { describe, expect, it } from "vitest";
import { createMemoryLedger } from "../src/index.ts";
import type { Ledger } from "../src/ledger.ts";
import {
  approvedOf,
  type Ask,
  createHarness,
  earnToken,
  guardRequest,
  replyOf,
  summaryOf,
  WITHDRAWAL,
} from "./harness.ts";

type Ends = NonNullable<Ask["ends"]>;

const GOES_ON = "proceed";
const UNAVAILABLE = "503 decision_unavailable";

/** Has the responses end that are awaited. */
function answer(ends: Ends): void {
  for (const tell of ends.splice(0)) tell(200);
}

describe("F31: a guard that is stopped", () => {
  it("refuses what is new, says when to come again, and uses nothing up", async () => {
    const harness = createHarness();
    const route = harness.route();
    const ends: Ends = [];
    const token = await earnToken(harness, route, { ends });
    answer(ends);
    await harness.guard.stop();
    const reply = replyOf(await route({ token }));
    expect([reply.status, reply.code, reply.headers["retry-after"]]).toEqual([503, "decision_unavailable", "5"]);
    expect(harness.events.some(({ type }) => type === "claim")).toBe(false);
    expect(harness.events.at(-1)).toMatchObject({ type: "refusal", reason: "the guard is stopping" });
  });

  it("waits for the responses of what is under way", async () => {
    const harness = createHarness();
    const ends: Ends = [];
    await harness.route()({ ends });
    let report: unknown;
    const stopped = harness.guard.stop().then((told) => (report = told));
    await new Promise(setImmediate);
    expect(report).toBeUndefined();
    answer(ends);
    await expect(stopped).resolves.toEqual({ left: 0, released: 0 });
  });

  it("lets a request that it has let in pass its further guards", async () => {
    const harness = createHarness();
    const native = guardRequest().native;
    const ends: Ends = [];
    await harness.route()({ native, ends });
    const stopped = harness.guard.stop();
    expect(summaryOf(await harness.route({}, "another")({ native, ends }))).toBe(GOES_ON);
    expect(ends).toHaveLength(1);
    answer(ends);
    await stopped;
  });

  it("does not wait for a handler for ever, and tells that it is left", async () => {
    const harness = createHarness();
    await harness.route()({ ends: [] });
    await expect(harness.guard.stop({ withinMs: 20 })).resolves.toEqual({ left: 1, released: 0 });
  });

  it("gives back the claim of a request that came too late for its handler", async () => {
    const held = createMemoryLedger();
    let answerClaim = (): void => {};
    const ledger: Ledger = {
      ...held,
      claim: async (...asked) => {
        const won = await held.claim(...asked);
        await new Promise<void>((resolve) => (answerClaim = resolve));
        return won;
      },
    };
    const harness = createHarness({ ledger, deadlineMs: { ledger: 10_000 } });
    const route = harness.route();
    const ends: Ends = [];
    const token = await earnToken(harness, route, { ends });
    answer(ends);
    const late = route({ token, ends });
    while (held.size === 0) await new Promise(setImmediate);
    const stopped = harness.guard.stop({ withinMs: 500 });
    // When a tenth of the time is left, nothing goes on to its handler any more.
    await new Promise((resolve) => setTimeout(resolve, 460));
    answerClaim();
    expect(summaryOf(await late)).toBe(UNAVAILABLE);
    await expect(stopped).resolves.toEqual({ left: 1, released: 1 });
    expect(held.size).toBe(0);
  });

  it.each([
    ["observes", (held: Promise<void>) => ({ observe: true, attributes: () => held.then(() => ({})) }), GOES_ON],
    ["is turned back", (held: Promise<void>) => ({ when: () => held.then(() => false) }), UNAVAILABLE],
  ] as const)(
    "keeps an approval used whose work may be done, where a further guard %s",
    async (_does, options, summary) => {
      const ledger = createMemoryLedger();
      const harness = createHarness({ ledger });
      const route = harness.route();
      const token = await earnToken(harness, route);
      const { native } = guardRequest({ token });
      const ends: Ends = [];
      expect(summaryOf(await route({ native, token, ends }))).toBe(GOES_ON);
      let release = (): void => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      const late = harness.route(options(held), "another")({ native, ends });
      const stopped = harness.guard.stop({ withinMs: 100 });
      await new Promise((resolve) => setTimeout(resolve, 95));
      release();
      expect(summaryOf(await late)).toBe(summary);
      await stopped;
      expect(ledger.size).toBe(1);
    },
  );

  it("tells of no claim that a handler gave back by itself", async () => {
    const harness = createHarness();
    const route = harness.route();
    const ends: Ends = [];
    const token = await earnToken(harness, route, { ends });
    const verdict = await route({ token, ends });
    await approvedOf(verdict).release();
    answer(ends);
    await expect(harness.guard.stop()).resolves.toEqual({ left: 0, released: 0 });
  });

  it("answers the same when it is stopped again", async () => {
    const harness = createHarness();
    await harness.route()({ ends: [] });
    const reports = [harness.guard.stop({ withinMs: 10 }), harness.guard.stop()];
    expect(await Promise.all(reports)).toEqual([
      { left: 1, released: 0 },
      { left: 1, released: 0 },
    ]);
  });

  it("stops nothing that is observed only", async () => {
    const harness = createHarness();
    const observed = harness.route({ observe: true });
    await harness.guard.stop();
    expect(summaryOf(await observed())).toBe(GOES_ON);
  });

  it("waits for what runs off HTTP, and refuses what is new there", async () => {
    const { guard } = createHarness();
    const call = { user: "alice", bound: WITHDRAWAL };
    let finish = (): void => {};
    const running = guard.run("withdraw-funds", call, () => new Promise<void>((resolve) => (finish = resolve)));
    await new Promise(setImmediate);
    let isStopped = false;
    const stopped = guard.stop().then(() => (isStopped = true));
    await expect(guard.run("withdraw-funds", call, () => {})).resolves.toMatchObject({
      kind: "refused",
      code: "decision_unavailable",
      retryAfterSeconds: 5,
    });
    expect(isStopped).toBe(false);
    finish();
    await Promise.all([running, stopped]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "1" as never])("refuses to wait for %s", (withinMs) => {
    expect(() => createHarness().guard.stop({ withinMs })).toThrow(expect.objectContaining({ option: "withinMs" }));
  });
});
