import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createManualClock } from "@require-action/testing";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryLedger } from "../src/index.ts";

const MINUTE = 60_000;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

afterEach(() => vi.useRealTimers());

describe("the memory ledger", () => {
  it("gives a key to its first owner, again and again, and to nobody else", async () => {
    const ledger = createMemoryLedger();
    expect(await ledger.claim("key", "first", MINUTE)).toBe(true);
    expect(await ledger.claim("key", "second", MINUTE)).toBe(false);
    expect(await ledger.claim("key", "first", MINUTE)).toBe(true);
    expect(await ledger.claim("another key", "second", MINUTE)).toBe(true);
  });

  it("T5: has one winner among 1000 claims at once", async () => {
    const ledger = createMemoryLedger();
    const wins = await Promise.all(
      Array.from({ length: 1000 }, (_, owner) => ledger.claim("key", `owner ${owner}`, MINUTE)),
    );
    expect(wins.filter(Boolean)).toHaveLength(1);
  });

  it("keeps a claim until its time has passed, by the clock, to the millisecond", async () => {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock });
    await ledger.claim("key", "first", 1_500);
    clock.advance(1_499);
    expect(await ledger.claim("key", "second", MINUTE)).toBe(false);
    clock.advance(1);
    expect(await ledger.claim("key", "second", MINUTE)).toBe(true);
    expect(await ledger.claim("key", "first", MINUTE)).toBe(false);
  });

  it("does not extend a claim when its owner asks again", async () => {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock });
    await ledger.claim("key", "first", 1_000);
    clock.advance(500);
    await ledger.claim("key", "first", 1_000);
    clock.advance(500);
    expect(await ledger.claim("key", "second", 1_000)).toBe(true);
  });

  it("releases for the owner, and for nobody else", async () => {
    const ledger = createMemoryLedger();
    await ledger.claim("key", "first", MINUTE);
    await ledger.release("key", "second");
    expect(await ledger.claim("key", "second", MINUTE)).toBe(false);
    await ledger.release("key", "first");
    expect(await ledger.claim("key", "second", MINUTE)).toBe(true);
    await ledger.release("no such key", "first");
  });

  it("T40: keeps keys with the names of an object's members apart from them", async () => {
    const ledger = createMemoryLedger();
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(await ledger.claim(key, "first", MINUTE)).toBe(true);
      expect(await ledger.claim(key, "second", MINUTE)).toBe(false);
    }
    expect(({} as Record<string, unknown>)["first"]).toBeUndefined();
  });

  it.each([0, -1, Number.NaN])("refuses a claim that would last for %d ms", async (ttlMs) => {
    await expect(createMemoryLedger().claim("key", "first", ttlMs)).rejects.toThrow(RangeError);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10" as never])("refuses maxClaims %j", (maxClaims) => {
    expect(() => createMemoryLedger({ maxClaims })).toThrow(expect.objectContaining({ option: "maxClaims" }));
  });
});

describe("F26: the memory ledger, when full,", () => {
  it("refuses new claims, drops no live one, and knows its own", async () => {
    const ledger = createMemoryLedger({ maxClaims: 3 });
    for (const key of ["a", "b", "c"]) await ledger.claim(key, "first", MINUTE);
    await expect(ledger.claim("d", "first", MINUTE)).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(await ledger.claim("a", "first", MINUTE)).toBe(true);
    for (const key of ["a", "b", "c"]) expect(await ledger.claim(key, "second", MINUTE)).toBe(false);
    expect(ledger.size).toBe(3);
  });

  it("takes new claims in the place of expired ones", async () => {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock, maxClaims: 2 });
    await ledger.claim("short", "first", 1_000);
    await ledger.claim("long", "first", MINUTE);
    await expect(ledger.claim("new", "first", MINUTE)).rejects.toThrow();
    clock.advance(2_000);
    expect(await ledger.claim("new", "first", MINUTE)).toBe(true);
    await expect(ledger.claim("newer", "first", MINUTE)).rejects.toThrow();
    expect(await ledger.claim("long", "second", MINUTE)).toBe(false);
  });

  it("drops no claim in the second in which it ends before it does", async () => {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock, maxClaims: 1 });
    await ledger.claim("a", "first", 1_500);
    clock.advance(1_499);
    await expect(ledger.claim("b", "second", MINUTE)).rejects.toThrow();
    expect(await ledger.claim("a", "second", MINUTE)).toBe(false);
  });

  it("drops no claim because an earlier one on its key has ended", async () => {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock, maxClaims: 2 });
    await ledger.claim("a", "first", 1_500);
    await ledger.claim("b", "first", MINUTE);
    clock.advance(1_500);
    expect(await ledger.claim("a", "second", MINUTE)).toBe(true);
    clock.advance(1_000);
    await expect(ledger.claim("c", "first", MINUTE)).rejects.toThrow();
    expect(await ledger.claim("a", "third", MINUTE)).toBe(false);
  });

  it("refuses without looking through what it holds", async () => {
    async function timeToRefuse(maxClaims: number): Promise<number> {
      const ledger = createMemoryLedger({ clock: createManualClock(), maxClaims });
      for (let index = 0; index < maxClaims; index++) await ledger.claim(`${index}`, "first", MINUTE + index * 1_000);
      const rounds: number[] = [];
      for (let round = 0; round < 7; round++) {
        const startedAt = performance.now();
        for (let index = 0; index < 500; index++) await ledger.claim("new", "first", MINUTE).catch(() => {});
        rounds.push(performance.now() - startedAt);
      }
      // The quickest round: what else the machine had to do slows the others.
      return Math.min(...rounds);
    }
    await timeToRefuse(1);
    const [few, many] = [await timeToRefuse(1), await timeToRefuse(50_000)];
    expect(many).toBeLessThan(few * 5 + 20);
  });

  it("forgets all that ended in one second", async () => {
    const clock = createManualClock();
    const ledger = createMemoryLedger({ clock, maxClaims: 3 });
    for (const key of ["a", "b", "c"]) await ledger.claim(key, "first", MINUTE);
    clock.advance(MINUTE + 2_000);
    for (const key of ["d", "e", "f"]) expect(await ledger.claim(key, "first", MINUTE)).toBe(true);
    expect(ledger.size).toBe(3);
  });

  it("takes a new claim in the place of a released one", async () => {
    const ledger = createMemoryLedger({ maxClaims: 1 });
    await ledger.claim("a", "first", MINUTE);
    await ledger.release("a", "first");
    expect(await ledger.claim("b", "first", MINUTE)).toBe(true);
  });

  it("keeps no trace of claims that were given back", async () => {
    const ledger = createMemoryLedger({ maxClaims: 2 });
    const before = heapInUse();
    for (let index = 0; index < 200_000; index++) {
      const key = `${"k".repeat(64)}${index}`;
      await ledger.claim(key, "owner", 86_400_000);
      await ledger.release(key, "owner");
    }
    expect(ledger.size).toBe(0);
    // 200,000 such keys take more than 20 MB.
    expect(heapInUse() - before).toBeLessThan(2_000_000);
  });
});

describe("expired claims", () => {
  it("F31: keep no process alive that has nothing else to wait for", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await createMemoryLedger().claim("key", "first", MINUTE);
    expect(timers()).toBe(before);
  });

  it("go away by themselves, and the timer with the last one", async () => {
    vi.useFakeTimers();
    const ledger = createMemoryLedger();
    await ledger.claim("short", "first", 2_000);
    await ledger.claim("long", "first", 10_000);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5_000);
    expect(ledger.size).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect([ledger.size, vi.getTimerCount()]).toEqual([0, 0]);
    await ledger.claim("again", "first", 2_000);
    vi.advanceTimersByTime(5_000);
    expect(ledger.size).toBe(0);
  });
});

describe("many expired claims", () => {
  it("go away within a minute, beside those that are live", async () => {
    vi.useFakeTimers();
    const ledger = createMemoryLedger();
    for (let index = 0; index < 10_000; index++) {
      await ledger.claim(`${index}`, "first", index % 10 === 0 ? 10 * MINUTE : 1_000);
    }
    vi.advanceTimersByTime(MINUTE + 2_000);
    expect(ledger.size).toBe(1_000);
    expect(await ledger.claim("0", "second", MINUTE)).toBe(false);
    vi.advanceTimersByTime(10 * MINUTE);
    expect([ledger.size, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("any sequence of claims, releases and passing time", () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        verb: fc.constant("claim"),
        key: fc.nat(3),
        owner: fc.nat(2),
        ms: fc.integer({ min: 1, max: 4_000 }),
      }),
    },
    fc.record({ verb: fc.constant("release"), key: fc.nat(3), owner: fc.nat(2), ms: fc.constant(0) }),
    fc.record({ verb: fc.constant("pass"), key: fc.constant(0), owner: fc.constant(0), ms: fc.nat(3_000) }),
  );

  it("leaves each key with at most the one owner that a list of claims would show", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = createManualClock();
        const ledger = createMemoryLedger({ clock });
        const model = new Map<number, { owner: number; expiresAt: number }>();
        for (const { verb, key, owner, ms } of steps) {
          const held = model.get(key);
          const isLive = held !== undefined && held.expiresAt > clock.now();
          if (verb === "pass") clock.advance(ms);
          else if (verb === "release") {
            await ledger.release(`${key}`, `${owner}`);
            if (isLive && held.owner === owner) model.delete(key);
          } else {
            if (!isLive) model.set(key, { owner, expiresAt: clock.now() + ms });
            expect(await ledger.claim(`${key}`, `${owner}`, ms)).toBe(!isLive || held.owner === owner);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
