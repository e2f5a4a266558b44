import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ActionFetch,
  type ActionResponse,
  type Challenge,
  createActionFetch,
  type PendingReview,
  waitForReview,
} from "../src/index.ts";
import { type Backend, startBackend } from "./backend.ts";
import { post } from "./harness.ts";

describe("an action under review", () => {
  let backend: Backend;
  let actionFetch: ActionFetch;

  beforeEach(async () => {
    backend = await startBackend();
    backend.provider.answerNext("REVIEW_REQUIRED");
    actionFetch = createActionFetch({ present: () => Promise.reject(new Error("presented")) });
  });
  afterEach(() => {
    vi.useRealTimers();
    return backend.close();
  });

  async function underReview(): Promise<PendingReview> {
    const { review } = await actionFetch(...post(backend, "/withdrawals"));
    if (!review) throw new Error("is not under review");
    return review;
  }

  it("is a response of 202, unread, that carries the review", async () => {
    const response = await actionFetch(...post(backend, "/withdrawals"));
    expect(response.status).toBe(202);
    expect(response.bodyUsed).toBe(false);
    const { review } = response;
    expect(await response.json()).toMatchObject({ idempotencyKey: review?.idempotencyKey, message: review?.message });
    expect(review).toMatchObject({ action: "withdraw-funds", retryAfterMs: 30_000 });
  });

  it("stays under review as long as nobody has decided", async () => {
    const review = await underReview();
    expect((await review.ask()).review).toMatchObject({ idempotencyKey: review.idempotencyKey });
    expect(backend.received("/withdrawals").at(-1)?.token).toBe(review.idempotencyKey);
    expect(backend.ran).toEqual([]);
  });

  it("runs with the same request once it is approved", async () => {
    const review = await underReview();
    backend.provider.review(review.idempotencyKey, "approve");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const waiting = waitForReview(review);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(backend.received("/withdrawals")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_002);
    expect((await waiting).status).toBe(201);
    expect(backend.ran).toEqual([{ amount: "100" }]);
  });

  it("resolves to the refusal when it is rejected", async () => {
    const review = await underReview();
    backend.provider.review(review.idempotencyKey, "reject");
    const response = await review.ask();
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "review_rejected" });
  });

  it("can be resumed by its key after the page was closed", async () => {
    const { idempotencyKey } = await underReview();
    backend.provider.review(idempotencyKey, "approve");
    const headers = { "content-type": "application/json", "action-token": idempotencyKey };
    expect((await actionFetch(...post(backend, "/withdrawals", { amount: "100" }, { headers }))).status).toBe(201);
  });

  it.each([
    ["CHALLENGE_REQUIRED", "challenge_incomplete"],
    ["CHALLENGE_SUCCEEDED", "action_token_invalid"],
  ] as const)("T55: that became a challenge in %s is not waited for any longer", async (state, code) => {
    const review = await underReview();
    backend.provider.override("getAction", () => ({ state }));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const waiting = waitForReview(review);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(await (await waiting).json()).toMatchObject({ code });
    expect(backend.received("/withdrawals")).toHaveLength(2);
    expect(backend.ran).toEqual([]);
  });

  it("may follow a challenge", async () => {
    const { provider } = backend;
    provider.answerNext({ state: "CHALLENGE_REQUIRED", token: "challenge" });
    const suspicious = createActionFetch({
      present: async (prompt) => {
        const { idempotencyKey } = prompt as Challenge;
        const answer = {
          isValid: false,
          state: "REVIEW_REQUIRED",
          userId: "alice",
          action: prompt.action,
          idempotencyKey,
        };
        provider.override("validateChallenge", () => answer);
        return "result";
      },
    });
    await underReview();
    const response = await suspicious(...post(backend, "/withdrawals"));
    expect(response.review?.idempotencyKey).toMatch(/^ra1_/);
    expect(backend.received("/withdrawals").at(-1)?.token).toBe("result");
  });

  it("that is asked for with a signal is aborted as fetch is", async () => {
    const review = await underReview();
    await expect(review.ask({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });

  it("is not aborted by the signal of the first request, which is over", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { review } = await actionFetch(...post(backend, "/withdrawals", {}, { signal }));
    controller.abort();
    expect((await review?.ask())?.status).toBe(202);
  });
});

describe("waitForReview", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  type Answer = ActionResponse | Error;

  /** A review that gives these answers, and notes when it was asked. */
  function scripted(answers: readonly Answer[], retryAfterMs?: number): { review: PendingReview; asked: number[] } {
    const asked: number[] = [];
    const start = Date.now();
    const review: PendingReview = {
      action: "pay",
      idempotencyKey: "key",
      message: "",
      retryAfterMs,
      ask: async () => {
        asked.push(Date.now() - start);
        const answer = answers[asked.length - 1] ?? new Response("ran");
        if (answer instanceof Error) throw answer;
        return answer;
      },
    };
    return { review, asked };
  }

  const open = (headers: Record<string, string> = {}): ActionResponse =>
    Object.assign(new Response("{}", { status: 202, headers }), { review: scripted([]).review });

  async function settle<T>(waiting: Promise<T>): Promise<T> {
    const settled = vi.fn();
    waiting.then(settled, settled);
    // Bodies are read in real time, which may take a while between two timers.
    while (settled.mock.calls.length === 0) await vi.advanceTimersToNextTimerAsync();
    return waiting;
  }

  it("asks less and less often, up to a minute or so", async () => {
    const { review, asked } = scripted(Array.from({ length: 12 }, () => open()));
    expect(await (await settle(waitForReview(review))).text()).toBe("ran");
    const gaps = asked.map((at, index) => at - (asked[index - 1] ?? 0));
    expect(gaps).toHaveLength(13);
    for (const [index, gap] of gaps.entries()) {
      const base = Math.min(2_000 * 1.5 ** index, 60_000);
      expect(gap).toBeGreaterThanOrEqual(Math.floor(base));
      expect(gap).toBeLessThanOrEqual(base * 1.1 + 1);
    }
  });

  it("never asks sooner than Retry-After says, in seconds or as a date", async () => {
    const headers = { date: "Mon, 23 Nov 2026 10:00:00 GMT", "retry-after": "Mon, 23 Nov 2026 10:02:00 GMT" };
    const { review, asked } = scripted([open({ "retry-after": "90" }), open(headers)], 45_000);
    await settle(waitForReview(review));
    expect(asked[0]).toBeGreaterThanOrEqual(45_000);
    expect(asked[1]! - asked[0]!).toBeGreaterThanOrEqual(90_000);
    expect(asked[2]! - asked[1]!).toBeGreaterThanOrEqual(120_000);
  });

  it("does not ask at once when Retry-After is longer than timers are", async () => {
    const { review, asked } = scripted([], Number("9".repeat(300)));
    const waiting = waitForReview(review);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([]);
    await settle(waiting);
  });

  const undecided = { code: "decision_unavailable" };
  const problem = { "content-type": "application/problem+json" };
  const goesOn: readonly [name: string, answer: () => Answer][] = [
    ["a guard that cannot decide", () => new Response(JSON.stringify(undecided), { status: 503, headers: problem })],
    [
      "a gateway without its server",
      () => new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }),
    ],
    ["a gateway that sheds load", () => new Response(null, { status: 429 })],
  ];
  for (const [name, answer] of goesOn) {
    it(`goes on after ${name}`, async () => {
      const { review, asked } = scripted([answer(), answer()]);
      expect(await (await settle(waitForReview(review))).text()).toBe("ran");
      expect(asked).toHaveLength(3);
    });
  }

  const results: readonly [name: string, answer: ActionResponse][] = [
    ["a refusal", new Response("{}", { status: 403, headers: problem })],
    [
      "an error of the route's own",
      new Response('{"bank":"closed"}', { status: 503, headers: { "content-type": "application/json" } }),
    ],
    ["an error that is no gateway's", new Response(null, { status: 500 })],
  ];
  for (const [name, answer] of results) {
    it(`resolves to ${name}`, async () => {
      expect(await settle(waitForReview(scripted([answer]).review))).toBe(answer);
    });
  }

  it("rejects with the signal's reason, while it sleeps and before", async () => {
    const controller = new AbortController();
    const { review, asked } = scripted([]);
    const waiting = waitForReview(review, { signal: controller.signal });
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    await expect(waitForReview(review, { signal: controller.signal })).rejects.toBe("enough");
    expect(asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with what is no loss of the reply", async () => {
    const { review } = scripted([new TypeError("a bug")]);
    const waiting = waitForReview(review);
    await Promise.all([expect(waiting).rejects.toThrow("a bug"), vi.runAllTimersAsync()]);
  });
});

it("waits through times without network", async () => {
  const backend = await startBackend();
  backend.provider.answerNext("REVIEW_REQUIRED");
  let online = true;
  const actionFetch = createActionFetch({
    present: async () => undefined,
    fetch: (...parameters) => (online ? fetch(...parameters) : Promise.reject(new TypeError("Failed to fetch"))),
  });
  const { review } = await actionFetch(...post(backend, "/withdrawals"));
  backend.provider.review(review?.idempotencyKey ?? "", "approve");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  online = false;
  const waiting = waitForReview(review!);
  await vi.advanceTimersByTimeAsync(40_000);
  online = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await waiting).status).toBe(201);
  vi.useRealTimers();
  await backend.close();
});
