import type { RawAnswer } from "@require-action/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProviderError, type TrackRequest } from "../src/provider.ts";
import { approvedOf, createHarness, earnToken, type Harness, replyOf, summaryOf } from "./harness.ts";

const UNAVAILABLE = "503 decision_unavailable";
const outage = (retryAfterSeconds?: number) => new ProviderError("provider_unavailable", "503", { retryAfterSeconds });
const down: RawAnswer = () => Promise.reject(outage());
const honest: RawAnswer = (request) => ({
  state: "ALLOW",
  isEnrolled: true,
  idempotencyKey: (request as TrackRequest).attributes.idempotencyKey,
});

const tracked = ({ provider }: Harness): number => provider.calls.filter(({ verb }) => verb === "track").length;
const keysOf = ({ provider }: Harness) =>
  provider.calls.map(({ request }) => (request as TrackRequest).attributes.idempotencyKey);
const statesOf = ({ events }: Harness) => events.flatMap((event) => (event.type === "breaker" ? [event.state] : []));

/** Asks until the breaker opens, at most 100 times. Answers how often it asked. */
async function askUntilOpen(harness: Harness): Promise<number> {
  const route = harness.route();
  for (let asked = 1; asked <= 100; asked++) {
    expect(summaryOf(await route())).toBe(UNAVAILABLE);
    if (statesOf(harness).at(-1) === "open") return asked;
  }
  throw new Error("the breaker never opened");
}

describe("track", () => {
  it("F33: is tried once more after a stray failure, with the same key", async () => {
    const harness = createHarness();
    let failures = 1;
    harness.provider.override("track", (...call) => (failures-- > 0 ? down(...call) : honest(...call)));
    expect(summaryOf(await harness.route()())).toBe("proceed");
    expect(keysOf(harness)).toHaveLength(2);
    expect(new Set(keysOf(harness)).size).toBe(1);
    expect(harness.events).toContainEqual(expect.objectContaining({ type: "call", tries: 2, failure: undefined }));
  });

  it("F33: whose first reply is lost is one action for each of 100 keys", async () => {
    const harness = createHarness();
    const route = harness.route();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const counts = new Map<string, number>();
    for (let round = 0; round < 100; round++) {
      // What the budget of retries is made of.
      for (let call = 0; call < 10; call++) await route();
      let lost = false;
      harness.provider.override("track", (...call) => {
        const { idempotencyKey } = (call[0] as TrackRequest).attributes;
        counts.set(idempotencyKey, (counts.get(idempotencyKey) ?? 0) + 1);
        if (lost) return honest(...call);
        lost = true;
        return down(...call);
      });
      const answer = route();
      await vi.advanceTimersByTimeAsync(100);
      expect(summaryOf(await answer)).toBe("proceed");
      harness.provider.restore();
    }
    vi.useRealTimers();
    expect([...counts.values()]).toEqual(Array.from({ length: 100 }, () => 2));
  });

  it("F5: is not tried a third time", async () => {
    const harness = createHarness();
    harness.provider.override("track", down);
    expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
    expect(tracked(harness)).toBe(2);
  });

  it.each<readonly [string, RawAnswer]>([
    ["F7: nonsense", () => "<html>"],
    ["F6: a failure that says when to come back", () => Promise.reject(outage(1))],
    ["a request at fault", () => Promise.reject(new ProviderError("provider_refused", "no"))],
    ["a provider that is busy", () => Promise.reject(new ProviderError("provider_busy", "429"))],
  ])("F5: is not tried again after %s", async (_name, answer) => {
    const harness = createHarness();
    harness.provider.override("track", answer);
    await harness.route()();
    expect(tracked(harness)).toBe(1);
  });

  it("F5: is not tried again past its deadline, which spans both tries", async () => {
    const harness = createHarness({ deadlineMs: { decision: 150 } });
    harness.provider.override("track", () => new Promise(() => {}));
    const startedAt = performance.now();
    expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(tracked(harness)).toBe(1);
  });
});

describe("F5: validateChallenge and getAction", () => {
  it("are asked once", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    harness.provider.override("validateChallenge", down);
    harness.provider.override("getAction", down);
    harness.events.length = 0;
    for (const proof of [token, keysOf(harness)[0]]) expect(summaryOf(await route({ token: proof }))).toBe(UNAVAILABLE);
    expect(harness.events.flatMap((event) => (event.type === "call" ? [[event.verb, event.tries]] : []))).toEqual([
      ["validateChallenge", 1],
      ["getAction", 1],
    ]);
  });

  it("may be sent again by a provider whose connection broke, once", async () => {
    const harness = createHarness();
    const route = harness.route();
    const token = await earnToken(harness, route);
    const leave: unknown[] = [];
    harness.provider.override("validateChallenge", (_request, { mayRepeat }) => {
      leave.push(mayRepeat?.(), mayRepeat?.());
      return Promise.reject(outage());
    });
    await route({ token });
    expect(leave).toEqual([true, false]);
  });
});

describe("F5: a storm of 503", () => {
  it.each([
    ["from the start", 0],
    ["after a healthy day", 500],
  ])("%s opens the breaker, with at most a tenth more calls than requests", async (_name, healthy) => {
    const harness = createHarness({ resilience: { breaker: { halfOpenAfterMs: 100_000 } } });
    for (let call = 0; call < healthy; call++) await harness.route()();
    const before = tracked(harness);
    harness.provider.override("track", down);
    const asked = await askUntilOpen(harness);
    expect(asked).toBeLessThanOrEqual(30);
    expect(tracked(harness) - before).toBeLessThanOrEqual(1.1 * asked);
    for (let request = 0; request < 1000; request++) expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
    expect(tracked(harness) - before, "none is made any more").toBeLessThanOrEqual(1.1 * asked);
    expect(harness.events.filter(({ type }) => type === "proceed")).toHaveLength(healthy);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "takes a Retry-After of %d for none, as of a header that was absent",
    async (seconds) => {
      const harness = createHarness({ resilience: { breaker: { halfOpenAfterMs: 100_000 } } });
      const error = () => new ProviderError("provider_unavailable", "503", { retryAfterSeconds: seconds });
      harness.provider.override("track", () => Promise.reject(error()));
      await askUntilOpen(harness);
      const before = tracked(harness);
      for (let again = 0; again < 20; again++) expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
      expect(tracked(harness)).toBe(before);
      expect(error().retryAfterSeconds).toBeUndefined();
    },
  );

  it("tells the client to come back when the provider is tried again", async () => {
    const harness = createHarness({ resilience: { breaker: { halfOpenAfterMs: 60_000 } } });
    harness.provider.override("track", down);
    await askUntilOpen(harness);
    const after = Number(replyOf(await harness.route()()).headers["retry-after"]);
    expect(after).toBeGreaterThan(29);
    expect(after).toBeLessThanOrEqual(60);
    expect(harness.events.at(-1)).toMatchObject({ reason: expect.stringContaining("failed too often") });
  });
});

describe("the breaker", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout", "Date"] }));
  afterEach(() => void vi.useRealTimers());

  /** Waits for an answer while the time of retries passes. */
  async function patiently<T>(answer: Promise<T>): Promise<T> {
    await vi.advanceTimersByTimeAsync(100);
    return answer;
  }

  async function opened(options?: Parameters<typeof createHarness>[0]): Promise<Harness> {
    const harness = createHarness(options);
    harness.provider.override("track", down);
    await patiently(Promise.all(Array.from({ length: 30 }, () => harness.route()())));
    expect(statesOf(harness)).toEqual(["open"]);
    return harness;
  }

  it("F9: lets one of 50 through to see, and all once that was answered", async () => {
    const harness = await opened();
    let answer = (): void => {};
    harness.provider.override(
      "track",
      (...call) => new Promise((resolve) => (answer = () => resolve(honest(...call)))),
    );
    const before = tracked(harness);
    await vi.advanceTimersByTimeAsync(5_000);
    const asked = Array.from({ length: 50 }, () => harness.route()());
    await vi.advanceTimersByTimeAsync(0);
    expect(tracked(harness) - before).toBe(1);
    answer();
    const summaries = (await Promise.all(asked)).map(summaryOf);
    expect(summaries.filter((summary) => summary === "proceed")).toHaveLength(1);
    expect(summaries.filter((summary) => summary === UNAVAILABLE)).toHaveLength(49);
    expect(statesOf(harness)).toEqual(["open", "half_open", "closed"]);
    harness.provider.override("track", honest);
    expect(summaryOf(await harness.route()())).toBe("proceed");
  });

  it("F6: leaves a provider alone that answers the one with 429", async () => {
    const harness = await opened();
    harness.provider.override("track", () =>
      Promise.reject(new ProviderError("provider_busy", "429", { retryAfterSeconds: 30 })),
    );
    const before = tracked(harness);
    await vi.advanceTimersByTimeAsync(5_000);
    for (let again = 0; again < 5; again++) expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
    expect(tracked(harness) - before).toBe(1);
  });

  it("F9: stays open for a random part of its time, never longer", async () => {
    const openFor: number[] = [];
    for (let round = 0; round < 20; round++) {
      const harness = await opened({ resilience: { breaker: { halfOpenAfterMs: 1_000 } } });
      harness.provider.override("track", honest);
      const startedAt = performance.now() - 100;
      while (summaryOf(await harness.route()()) !== "proceed") await vi.advanceTimersByTimeAsync(10);
      openFor.push(performance.now() - startedAt);
    }
    expect(Math.max(...openFor)).toBeLessThanOrEqual(1_110);
    expect(Math.min(...openFor)).toBeGreaterThanOrEqual(400);
    expect(new Set(openFor).size).toBeGreaterThan(3);
  });

  it("F9: opens again when the one that it let through fails, without a retry", async () => {
    const harness = await opened();
    await vi.advanceTimersByTimeAsync(5_000);
    const before = tracked(harness);
    expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
    expect(tracked(harness) - before).toBe(1);
    expect(statesOf(harness)).toEqual(["open", "half_open", "open"]);
  });

  it("F9: gives up on the one that it let through when it hangs, and looks again later", async () => {
    const harness = await opened();
    harness.provider.override("track", () => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(5_000);
    const probe = harness.route()();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(summaryOf(await probe)).toBe(UNAVAILABLE);
    harness.provider.override("track", honest);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(summaryOf(await harness.route()())).toBe("proceed");
  });

  it("F6: stays open for as long as the provider asks", async () => {
    const harness = createHarness();
    harness.provider.override("track", () => Promise.reject(outage(30)));
    await askUntilOpen(harness);
    harness.provider.override("track", honest);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(summaryOf(await harness.route()())).toBe("proceed");
  });

  it("F13: opens and closes by a clock that nobody sets back", async () => {
    const harness = await opened();
    harness.provider.override("track", honest);
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(summaryOf(await harness.route()())).toBe("proceed");
  });

  it.each<readonly [string, RawAnswer, string]>([
    [
      "T24: requests at fault",
      () => Promise.reject(new ProviderError("provider_refused", "no")),
      "400 request_unresolvable",
    ],
    ["a provider that is busy", () => Promise.reject(new ProviderError("provider_busy", "429")), UNAVAILABLE],
    ["an address of another's", () => Promise.reject(new ProviderError("provider_misconfigured", "404")), UNAVAILABLE],
  ])("counts no %s", async (_name, answer, summary) => {
    const harness = createHarness();
    harness.provider.override("track", answer);
    for (let request = 0; request < 200; request++) {
      expect(summaryOf(await harness.route()({ user: `user-${request}` }))).toBe(summary);
    }
    expect(tracked(harness)).toBe(200);
    expect(statesOf(harness)).toEqual([]);
  });

  it("is one for all guards of a provider, and tells who brought it about", async () => {
    const harness = await opened();
    const other = createHarness({ provider: harness.provider });
    harness.provider.override("track", honest);
    expect(summaryOf(await other.route()())).toBe(UNAVAILABLE);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(summaryOf(await other.route()())).toBe("proceed");
    expect([statesOf(harness), statesOf(other)]).toEqual([["open"], ["half_open", "closed"]]);
  });

  it("of one provider is not another's", async () => {
    await opened();
    expect(summaryOf(await createHarness().route()())).toBe("proceed");
  });

  it.each([["none" as const], [{ breaker: "none" as const }]])("is not there with %o", async (resilience) => {
    const harness = createHarness({ resilience });
    harness.provider.override("track", () => Promise.reject(outage(1)));
    for (let request = 0; request < 100; request++) await harness.route()();
    expect(tracked(harness)).toBe(100);
  });
});

describe("F6: a provider that is busy", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("is not asked again for that user before the time that it names", async () => {
    const harness = createHarness();
    harness.provider.override("track", (request) =>
      (request as TrackRequest).userId === "alice"
        ? Promise.reject(new ProviderError("provider_busy", "429", { retryAfterSeconds: 30 }))
        : honest(request, { signal: new AbortController().signal }),
    );
    for (let second = 0; second < 30; second++) {
      const { status, headers } = replyOf(await harness.route()());
      expect([status, headers["retry-after"]]).toEqual([503, String(30 - second)]);
      expect(summaryOf(await harness.route()({ user: "bob" }))).toBe("proceed");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(keysOf(harness)).toHaveLength(1 + 30);
    harness.provider.override("track", honest);
    expect(summaryOf(await harness.route()())).toBe("proceed");
  });

  it('T50: opens nothing with onUnavailable "allow": being asked too often is a client\'s doing', async () => {
    const harness = createHarness({ onUnavailable: "allow" });
    harness.provider.override("track", () => Promise.reject(new ProviderError("provider_busy", "429")));
    expect(summaryOf(await harness.route()())).toBe(UNAVAILABLE);
  });
});

describe("F22: a provider that stalls", () => {
  const limits = { resilience: { maxConcurrent: 5, maxQueued: 3, userShare: 1 }, deadlineMs: { decision: 600 } };

  it("has a bounded number of calls under way and waiting; the others are refused at once", async () => {
    const harness = createHarness(limits);
    harness.provider.override("track", () => new Promise(() => {}));
    let refused = 0;
    const asked = Array.from({ length: 100 }, async () => {
      const verdict = await harness.route()();
      refused += 1;
      return replyOf(verdict).headers["retry-after"];
    });
    await new Promise(setImmediate);
    expect(refused).toBe(92);
    expect(tracked(harness)).toBe(5);
    const after = await Promise.all(asked);
    // The five that were called time out, as an outage, or as busy where this process is itself late.
    expect(after.filter((seconds) => seconds === "1").length).toBeGreaterThanOrEqual(95);
    expect(after.filter((seconds) => seconds !== "1" && seconds !== "5")).toEqual([]);
    harness.provider.restore();
    expect(summaryOf(await harness.route()()), "its places are free again").toBe("proceed");
  });

  it("has who waits go on as places come free, first come, first served", async () => {
    const harness = createHarness({ resilience: { maxConcurrent: 1, maxQueued: 2 } });
    const answers: (() => void)[] = [];
    harness.provider.override(
      "track",
      (...call) => new Promise((resolve) => answers.push(() => resolve(honest(...call)))),
    );
    const order: string[] = [];
    const asked = ["one", "two", "three"].map(async (user) => {
      approvedOf(await harness.route()({ user }));
      order.push(user);
    });
    for (let turn = 1; turn <= 3; turn++) {
      await expect.poll(() => answers.length).toBe(turn);
      answers.at(-1)!();
    }
    await Promise.all(asked);
    expect(order).toEqual(["one", "two", "three"]);
    expect(harness.provider.calls.map(({ request }) => request.userId)).toEqual(order);
  });

  // On a machine that is busy otherwise, those that were asked are late by this process's doing, and let nobody in either.
  it('T50: lets nobody in with onUnavailable "allow" for want of a place', { retry: 5 }, async () => {
    const harness = createHarness({ ...limits, onUnavailable: "allow" });
    harness.provider.override("track", () => new Promise(() => {}));
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => harness.route()()));
    // The five that were asked and not answered, and none of those that were not.
    expect(verdicts.map(summaryOf).filter((summary) => summary === "proceed")).toHaveLength(5);
  });
});

describe("F10: one slow call", () => {
  it("aborts no other, and has a signal of its own", async () => {
    const harness = createHarness({ deadlineMs: { decision: 60 } });
    const signals = new Set<AbortSignal>();
    harness.provider.override("track", (request, options) => {
      signals.add(options.signal);
      return request.userId === "slow" ? new Promise(() => {}) : honest(request, options);
    });
    const asked = ["slow", ...Array.from({ length: 49 }, (_, index) => `fast-${index}`)];
    const summaries = await Promise.all(asked.map(async (user) => summaryOf(await harness.route()({ user }))));
    expect(summaries.filter((summary) => summary === "proceed")).toHaveLength(49);
    expect([...signals].filter(({ aborted }) => aborted)).toHaveLength(1);
    expect(signals.size).toBe(50);
  });
});

describe("T62: one user among many", () => {
  const others = Array.from({ length: 60 }, (_, index) => `other-${index}`);

  it("takes a quarter of the places and of the queue, and no other is refused", async () => {
    const harness = createHarness();
    const route = harness.route();
    const held: (() => void)[] = [];
    harness.provider.override("track", (...call) =>
      call[0].userId === "greedy"
        ? new Promise((resolve) => held.push(() => resolve(honest(...call))))
        : honest(...call),
    );
    const greedy = Array.from({ length: 450 }, async () => summaryOf(await route({ user: "greedy" })));
    await new Promise(setImmediate);
    expect(held).toHaveLength(50);
    const answers = await Promise.all(others.map(async (user) => summaryOf(await route({ user }))));
    expect(answers.filter((answer) => answer !== "proceed")).toEqual([]);
    for (let turn = 0; turn < 100; turn++) {
      await expect.poll(() => held.length).toBeGreaterThan(0);
      held.shift()!();
    }
    const outcomes = await Promise.all(greedy);
    expect(outcomes.filter((outcome) => outcome === "proceed")).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === UNAVAILABLE)).toHaveLength(350);
  });

  it("leaves the others their share of the queue", async () => {
    const harness = createHarness({ resilience: { maxConcurrent: 4, maxQueued: 8, userShare: 0.5 } });
    const route = harness.route();
    const held: (() => void)[] = [];
    harness.provider.override(
      "track",
      (...call) => new Promise((resolve) => held.push(() => resolve(honest(...call)))),
    );
    const answers: string[] = [];
    const ask = async (user: string): Promise<unknown> =>
      answers.push(`${user} ${JSON.stringify(summaryOf(await route({ user })))}`);
    const asked = [...Array<string>(12).fill("greedy"), "b", "c", "d", "e", "f", "g"].map(ask);
    await expect.poll(() => answers).toEqual(Array(6).fill(`greedy ${JSON.stringify(UNAVAILABLE)}`));
    for (let turn = 1; turn <= 12; turn++) {
      await expect.poll(() => held.length).toBeGreaterThanOrEqual(turn);
      held[turn - 1]!();
    }
    await Promise.all(asked);
    expect(answers.filter((answer) => answer.endsWith('"proceed"'))).toHaveLength(12);
  });

  it("has no more than its share under way, whoever leaves", async () => {
    const harness = createHarness({ resilience: { maxConcurrent: 4, maxQueued: 20, userShare: 0.5 } });
    const route = harness.route();
    const held: { readonly user: string; readonly answer: () => void }[] = [];
    harness.provider.override("track", (...call) => {
      const { userId: user } = call[0] as TrackRequest;
      return new Promise((resolve) => held.push({ user, answer: () => resolve(honest(...call)) }));
    });
    const asked = ["a", "a", "a", "a", "b", "b"].map((user) => route({ user }));
    await expect.poll(() => held.map(({ user }) => user)).toEqual(["a", "a", "b", "b"]);
    held[0]!.answer();
    await expect.poll(() => held.length).toBe(5);
    held[2]!.answer();
    asked.push(route({ user: "c" }));
    await expect.poll(() => held.map(({ user }) => user)).toEqual(["a", "a", "b", "b", "a", "c"]);
    for (const index of [1, 3, 4, 5]) held[index]!.answer();
    await expect.poll(() => held.length).toBe(7);
    held[6]!.answer();
    await Promise.all(asked);
  });

  it("has the others take their turns, rather than wait behind its queue", async () => {
    const harness = createHarness({ resilience: { maxConcurrent: 2, maxQueued: 20, userShare: 0.5 } });
    const route = harness.route();
    const held: (() => void)[] = [];
    const order: string[] = [];
    harness.provider.override("track", (...call) => {
      order.push((call[0] as TrackRequest).userId);
      return new Promise((resolve) => held.push(() => resolve(honest(...call))));
    });
    const asked = ["a", "a", "a", "a", "b", "b", "c", "d"].map((user) => route({ user }));
    for (let turn = 1; turn <= asked.length; turn++) {
      await expect.poll(() => held.length).toBe(Math.min(turn + 1, asked.length));
      held[turn - 1]!();
    }
    await Promise.all(asked);
    expect(order.slice(0, 2)).toEqual(["a", "b"]);
    expect(order.indexOf("d"), "before the last of a").toBeLessThan(order.lastIndexOf("a"));
    expect(order.indexOf("c")).toBeLessThan(order.lastIndexOf("a") - 1);
  });

  it.each([0, 1.5, Number.NaN])("refuses a share of %d", (userShare) => {
    expect(() => createHarness({ resilience: { userShare } })).toThrow("resilience.userShare");
  });
});
