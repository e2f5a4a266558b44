import { describe, expect, it } from "vitest";
import { createMemoryLedger } from "../src/index.ts";
import type { Ledger } from "../src/ledger.ts";
import { type Ask, createHarness, earnReview, earnToken, guardRequest, type Harness, summaryOf } from "./harness.ts";

const GOES_ON = "proceed";
const USED = "409 action_token_used";

type Ends = NonNullable<Ask["ends"]>;

/** Has the responses end that are awaited, and lets happen what follows. */
async function answer(ends: Ends, status: number | undefined): Promise<void> {
  for (const tell of ends.splice(0)) tell(status);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** Presents an approval; its handler answers with this status. */
async function present(
  route: ReturnType<Harness["route"]>,
  token: string,
  status: number | undefined,
): Promise<string> {
  const ends: Ends = [];
  const summary = summaryOf(await route({ token, ends }));
  await answer(ends, status);
  return summary;
}

const releases = ({ events }: Harness): unknown[] =>
  events.flatMap((event) => (event.type === "release" || event.type === "unreleased" ? [event] : []));

describe("C23: an approval that a status gives back", () => {
  it.each([["challenge", earnToken] as const, ["review", earnReview] as const])(
    "by %s, is given back three times over all processes that share the ledger",
    async (_ground, earn) => {
      const ledger = createMemoryLedger();
      const first = createHarness({ ledger });
      // Another process: its own guard, the same provider and ledger.
      const second = createHarness({ ledger, provider: first.provider, clock: first.clock });
      const routes = [first, second].map((harness) => harness.route({ releaseOn: [409, 422] }));
      const token = await earn(first, routes[0]!);
      for (const turn of [0, 1, 2, 3]) expect(await present(routes[turn % 2]!, token, 422)).toBe(GOES_ON);
      for (const route of routes) expect(await present(route, token, 422)).toBe(USED);
      const told = [...releases(first), ...releases(second)];
      expect(told).toMatchObject([
        { type: "release", status: 422, times: 1, action: "withdraw-funds", userId: "alice" },
        { type: "release", status: 422, times: 3 },
        { type: "release", status: 422, times: 2 },
        { type: "unreleased", status: 422, ledger: "memory" },
      ]);
    },
  );

  it.each([200, 204, 302, 401, 403, 404, 408, 429, 500, 503, undefined])("is not given back for %s", async (status) => {
    const harness = createHarness();
    const route = harness.route({ releaseOn: [400, 409, 415, 422] });
    const token = await earnToken(harness, route);
    expect(await present(route, token, status)).toBe(GOES_ON);
    expect(await present(route, token, 200)).toBe(USED);
    expect(releases(harness)).toEqual([]);
  });

  it("counts once behind two guards of its action on one route", async () => {
    const harness = createHarness();
    const route = harness.route({ releaseOn: [422] });
    const token = await earnToken(harness, route);
    const { native } = guardRequest();
    const ends: Ends = [];
    for (const guard of [route, harness.route({ releaseOn: [422] })]) {
      expect(summaryOf(await guard({ native, token, ends }))).toBe(GOES_ON);
    }
    await answer(ends, 422);
    expect(releases(harness)).toMatchObject([{ times: 1 }]);
  });

  it("is not given back a second time where its handler has released it", async () => {
    const harness = createHarness();
    const route = harness.route({ releaseOn: [422] });
    const token = await earnToken(harness, route);
    const ends: Ends = [];
    const verdict = await route({ token, ends });
    if (verdict.kind === "proceed") await verdict.approved.release();
    await answer(ends, 422);
    expect(releases(harness)).toHaveLength(1);
    expect(releases(harness)[0]).not.toHaveProperty("status");
  });

  it("lets a repeat wait that comes before it is given back, and one that comes meanwhile", async () => {
    const memory = createMemoryLedger();
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const ledger: Ledger = {
      ...memory,
      release: async (key, owner) => {
        await gate;
        return memory.release(key, owner);
      },
    };
    const harness = createHarness({ ledger, deadlineMs: { ledger: 60_000 } });
    const route = harness.route({ releaseOn: [422] });
    const token = await earnToken(harness, route);
    const ends: Ends = [];
    await route({ token, ends });
    await answer(ends, 422);
    const repeat = route({ token });
    open();
    expect(summaryOf(await repeat)).toBe(GOES_ON);
  });

  it("stays used where the ledger fails, which is reported", async () => {
    const memory = createMemoryLedger();
    let isDown = false;
    const down = (): Promise<never> => Promise.reject(new TypeError("connect ECONNREFUSED 10.0.0.7"));
    const ledger: Ledger = { ...memory, claim: (...given) => (isDown ? down() : memory.claim(...given)) };
    const harness = createHarness({ ledger });
    const route = harness.route({ releaseOn: [422] });
    const token = await earnToken(harness, route);
    const ends: Ends = [];
    await route({ token, ends });
    isDown = true;
    await answer(ends, 422);
    isDown = false;
    expect(summaryOf(await route({ token }))).toBe(USED);
    const failures = harness.events.filter(({ type }) => type === "failure");
    expect(failures).toMatchObject([{ source: "ledger", code: "ledger_unavailable" }]);
    expect(JSON.stringify(failures)).not.toContain("10.0.0.7");
  });

  it("F31: is waited for by a guard that stops", async () => {
    const memory = createMemoryLedger();
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const ledger: Ledger = { ...memory, release: (key, owner) => gate.then(() => memory.release(key, owner)) };
    const harness = createHarness({ ledger, deadlineMs: { ledger: 60_000 } });
    const route = harness.route({ releaseOn: [422] });
    const ends: Ends = [];
    const token = await earnToken(harness, route, { ends });
    await answer(ends, 403);
    await route({ token, ends });
    let isStopped = false;
    const stopped = harness.guard.stop().then((report) => {
      isStopped = true;
      return report;
    });
    await answer(ends, 422);
    expect(isStopped).toBe(false);
    open();
    await expect(stopped).resolves.toEqual({ left: 0, released: 0 });
  });
});
