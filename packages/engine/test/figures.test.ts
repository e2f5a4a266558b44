import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { bucketOf, mergeFigures, quantileOf, totalOf } from "@require-action/engine/figures";
import { createManualClock } from "@require-action/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareFigures } from "./figures-model.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 15, 12, 30);
const RUNS = Number(process.env["MODEL_RUNS"] ?? 60);
const { signal } = new AbortController();

function setUp(): { readonly engine: Engine; readonly clock: ReturnType<typeof createManualClock> } {
  const clock = createManualClock(START);
  const engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "ALLOW" }, payee: { defaultOutcome: "REVIEW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "https://bank.example",
    store: createMemoryStore(),
    clock,
  });
  return { engine, clock };
}

const track = (engine: Engine, action: string, idempotencyKey: string): unknown =>
  engine.track({ userId: "alice", action, attributes: { idempotencyKey, custom: {} } }, { signal });

describe("figures by hours and days", () => {
  it(`are ${RUNS} times what a count of all rows by hand says, whatever the order and whoever ends on the way`, async () => {
    await expect(compareFigures(RUNS, async () => createMemoryStore())).resolves.toBeUndefined();
  }, 600_000);

  it("are counted again after 30 seconds, and no sooner", async () => {
    const { engine, clock } = setUp();
    await track(engine, "pay", "1");
    expect(await engine.figures.count()).toBe(true);
    await track(engine, "pay", "2");
    expect(await engine.figures.count()).toBe(false);
    clock.advance(30 * SECOND);
    expect(await engine.figures.count()).toBe(true);
    const hours = await engine.figures.query({ unit: "hour", from: START - DAY, before: START + DAY });
    expect(hours.find(({ actions }) => "pay" in actions)?.actions["pay"]?.outcomes).toEqual({ ALLOW: 2 });
  });

  it.each([4, 5, 6, 30, 64, 65, 66, 600])(
    "have what came until now, where a day began %i minutes ago",
    async (minutes) => {
      const { engine, clock } = setUp();
      await track(engine, "pay", "1");
      await engine.figures.count();
      clock.advance(DAY - (START % DAY) + minutes * 60 * SECOND);
      await track(engine, "pay", "2");
      expect(await engine.figures.count()).toBe(true);
      const days = await engine.figures.query({ unit: "day", from: START - DAY, before: START + 2 * DAY });
      const outcomes = days.flatMap(({ actions }) => ("pay" in actions ? [actions["pay"]?.outcomes] : []));
      expect(outcomes).toEqual([{ ALLOW: 1 }, { ALLOW: 1 }]);
    },
  );

  it("say how many reviews were open at the last count of an hour or a day, by their age", async () => {
    const { engine, clock } = setUp();
    await track(engine, "payee", "1");
    await engine.figures.count();
    clock.advance(2 * HOUR);
    await track(engine, "payee", "2");
    await engine.figures.count();
    const within = { from: START - DAY, before: START + DAY };
    const hours = await engine.figures.query({ unit: "hour", ...within });
    const open = hours.flatMap(({ openReviews }) => (openReviews === undefined ? [] : [openReviews["payee"]]));
    expect(open).toEqual([{ "under 1 hour": 1 }, { "under 1 hour": 1, "1 to 4 hours": 1 }]);
    const [day] = (await engine.figures.query({ unit: "day", ...within })).slice(-1);
    expect(day?.openReviews).toEqual({ payee: { "under 1 hour": 1, "1 to 4 hours": 1 } });
  });

  it("refuse ranges that nobody means", async () => {
    const { engine } = setUp();
    for (const filter of [
      { unit: "week", from: 0, before: 1 },
      { unit: "hour", from: Number.NaN, before: 1 },
      { unit: "hour", from: 0, before: 1_001 * HOUR },
      undefined,
    ]) {
      await expect(engine.figures.query(filter as never)).rejects.toMatchObject({ reason: "request_invalid" });
    }
  });
});

describe("buckets of durations", () => {
  it("say quantiles within a tenth of a count by hand, and those of hours add up", () => {
    const duration = fc.oneof(fc.nat(20), fc.nat(2_000), fc.nat(900_000));
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1 }), fc.constantFrom(0.5, 0.95), (all, share) => {
        const buckets: Record<string, number> = {};
        for (const one of all) buckets[bucketOf(one)] = (buckets[bucketOf(one)] ?? 0) + 1;
        const exact = all.toSorted((one, other) => one - other)[Math.ceil(share * all.length) - 1]!;
        const found = quantileOf(buckets, share)!;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.1);
        expect(totalOf(buckets)).toBe(all.length);
      }),
    );
    expect(quantileOf({}, 0.5)).toBeUndefined();
    expect(mergeFigures("day", START, []).actions).toEqual({});
  });
});
