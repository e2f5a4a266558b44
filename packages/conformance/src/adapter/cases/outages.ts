import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { ProviderError, type TrackRequest } from "@require-action/core/provider";
import { createScriptedProvider, neverAnswers, type RawAnswer } from "@require-action/testing";
import type { AdapterCase } from "../adapter-harness.ts";
import type { Received } from "../http-client.ts";
import { createGate, inWorld, until, withdraw, type World } from "../world.ts";

/** However long the requests of a case take, it does not look whether the provider is back. */
const STAYS_OPEN = { guard: { resilience: { breaker: { halfOpenAfterMs: 60_000 } } } };

/** How many requests come at once to a provider that stalls; the fault table asks for 10,000. */
const AT_ONCE = Number(process.env["FAULT_CONCURRENCY"] ?? 500);

const honest: RawAnswer = (request) => {
  const { attributes } = request as TrackRequest;
  return { state: "ALLOW", isEnrolled: true, idempotencyKey: attributes.idempotencyKey };
};

/** Settles `answer` once the guard has given the call up. */
const whenGivenUp =
  (answer: RawAnswer): RawAnswer =>
  (request, options) =>
    new Promise((resolve) => {
      options.signal.addEventListener("abort", () => resolve(undefined));
    }).then(() => answer(request, options));

const rejects =
  (code: "provider_unavailable" | "provider_busy" | "provider_answer_invalid", retryAfterSeconds?: number): RawAnswer =>
  async () => {
    throw new ProviderError(code, "an outage", { retryAfterSeconds });
  };

/** Ways in which a provider fails: an outage each. */
const outageFaults: readonly (readonly [name: string, track: RawAnswer])[] = [
  ["answers too late", whenGivenUp(honest)],
  ["never answers", neverAnswers],
  ["rejects once it is aborted", whenGivenUp(rejects("provider_unavailable"))],
  ["is unreachable", rejects("provider_unavailable")],
  ["says when to come back", rejects("provider_unavailable", 7)],
  ["finds its server's answer invalid", rejects("provider_answer_invalid")],
  ["answers HTML", () => "<html>ALLOW</html>"],
  ["answers an unknown state", () => ({ state: "ALLOWED", isEnrolled: true })],
];

/**
 * Asks until the answer is not due to this process itself, which was late, as happens on a busy machine: that counts as busy,
 * and opens nothing.
 */
async function withdrawInTime(world: World): Promise<Received> {
  for (let tries = 1; ; tries++) {
    const { length } = world.events;
    const received = await withdraw(world);
    const since = world.events.slice(length);
    const wasBusy = since.some((event) => event.type === "failure" && event.code === "provider_busy");
    if (!wasBusy || tries === 20) return received;
  }
}

const statesOf = ({ events }: World): string[] =>
  events.flatMap((event) => (event.type === "breaker" ? [event.state] : []));

const refusalsOf = ({ events }: World): number => events.filter(({ type }) => type === "refusal").length;

/** Asks until the breaker opens. Answers how often. */
async function askUntilOpen(world: World): Promise<number> {
  for (let asked = 1; asked <= 60; asked++) {
    assert.equal((await withdraw(world)).status, 503);
    if (statesOf(world).at(-1) === "open") return asked;
  }
  throw new Error("the breaker never opened");
}

export const outages: readonly AdapterCase[] = [
  ...outageFaults.map(([name, track]): AdapterCase => ({
    group: "n",
    title: `F11: a provider that ${name} runs a handler only as onUnavailable says`,
    run: async (harness) => {
      const deadlineMs = { decision: 150 };
      await inWorld(harness, { guard: { deadlineMs } }, async (world) => {
        world.provider.override("track", track);
        const { status, json, headers } = await withdraw(world);
        assert.deepEqual([status, json.code], [503, "decision_unavailable"]);
        assert.ok(Number(headers["retry-after"]) >= 1);
        assert.equal(world.runs.length, 0);
        assert.ok(world.events.some((event) => event.type === "failure" && event.source === "provider"));
      });
      await inWorld(harness, { guard: { deadlineMs, onUnavailable: "allow" } }, async (world) => {
        world.provider.override("track", track);
        assert.equal((await withdrawInTime(world)).status, 200);
        assert.equal(world.runs[0]?.approved?.ground, "failed_open");
        assert.ok(world.events.some((event) => event.type === "proceed" && event.failedOpen));
      });
      const fallback = Object.assign(createScriptedProvider(), { name: "standby" });
      await inWorld(harness, { guard: { deadlineMs, onUnavailable: { provider: fallback } } }, async (world) => {
        world.provider.override("track", track);
        assert.equal((await withdrawInTime(world)).status, 200);
        const { provider, fallback: decided, failedOpen } = world.runs[0]?.approved ?? {};
        assert.deepEqual([provider, decided, failedOpen], ["standby", true, false]);
        fallback.answer("BLOCK");
        assert.equal((await withdrawInTime(world)).status, 403);
        assert.equal(world.runs.length, 1);
        assert.ok(world.events.some((event) => event.type === "decision" && event.fallback));
      });
    },
  })),
  {
    group: "n",
    title: "F5: a storm of 503 is asked for a tenth more than clients ask, until the breaker opens; then not at all",
    run: (harness) =>
      inWorld(harness, STAYS_OPEN, async (world) => {
        world.provider.override("track", rejects("provider_unavailable"));
        const startedAt = performance.now();
        const asked = await askUntilOpen(world);
        assert.ok(performance.now() - startedAt < 5_000);
        const upstream = world.provider.calls.length;
        assert.ok(upstream <= 1.1 * asked, `${upstream} calls for ${asked} requests`);
        for (let request = 0; request < 50; request++) assert.equal((await withdraw(world)).status, 503);
        assert.equal(world.provider.calls.length, upstream);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "n",
    title: "F6: a provider that asks to wait is not asked again, and clients are told to wait",
    run: (harness) =>
      inWorld(harness, {}, async (world) => {
        world.provider.override("track", rejects("provider_busy", 30));
        for (let request = 0; request < 20; request++) {
          const { status, headers } = await withdraw(world);
          assert.equal(status, 503);
          assert.ok(Number(headers["retry-after"]) > 20 && Number(headers["retry-after"]) <= 30);
        }
        assert.equal(world.provider.calls.length, 1);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "n",
    title: "F9: after an outage one of 50 requests looks whether the provider is back, and then all go on",
    run: (harness) =>
      inWorld(
        harness,
        { guard: { resilience: { breaker: { halfOpenAfterMs: 200 } }, deadlineMs: { decision: 60_000 } } },
        async (world) => {
          world.provider.override("track", rejects("provider_unavailable"));
          await askUntilOpen(world);
          const gate = createGate();
          world.provider.override("track", (...call) => gate.opened.then(() => honest(...call)));
          await new Promise((resolve) => setTimeout(resolve, 210));
          const before = world.provider.calls.length;
          const refused = refusalsOf(world);
          const asked = Array.from({ length: 50 }, () => withdraw(world));
          await until(() => refusalsOf(world) - refused === 49);
          assert.equal(world.provider.calls.length - before, 1);
          gate.open();
          const statuses = (await Promise.all(asked)).map(({ status }) => status);
          assert.equal(statuses.filter((status) => status === 200).length, 1);
          assert.deepEqual(statesOf(world), ["open", "half_open", "closed"]);
          assert.equal((await withdraw(world)).status, 200);
        },
      ),
  },
  {
    group: "n",
    title: "F10: one slow request ends none of 49 others",
    run: (harness) =>
      inWorld(harness, { guard: { deadlineMs: { decision: 60_000 } } }, async (world) => {
        const gate = createGate();
        const slowly: RawAnswer = (...call) => gate.opened.then(() => honest(...call));
        let calls = 0;
        world.provider.override("track", (...call) => (++calls === 1 ? slowly(...call) : honest(...call)));
        const slow = withdraw(world);
        await until(() => world.provider.calls.length === 1);
        const fast = Promise.all(Array.from({ length: 49 }, () => withdraw(world)));
        assert.deepEqual(new Set((await fast).map(({ status }) => status)), new Set([200]));
        gate.open();
        assert.equal((await slow).status, 200);
      }),
  },
  {
    group: "n",
    title:
      "F22: of many requests at once, a stalled provider gets as many as are allowed; the others are answered at once",
    run: (harness) => {
      const provider = createScriptedProvider();
      provider.override("track", neverAnswers);
      const guard = {
        provider,
        resilience: { maxConcurrent: 100, maxQueued: 0, userShare: 1 },
        deadlineMs: { decision: 60_000 },
      };
      return inWorld(harness, { guard }, async (world) => {
        const before = process.memoryUsage().rss;
        let shed = 0;
        const leave = new AbortController();
        setMaxListeners(AT_ONCE, leave.signal);
        const asked = Array.from({ length: AT_ONCE }, async () => {
          const { status } = await world.send({
            path: "/bank/withdrawals",
            body: { amount: "1.00", currency: "EUR", payee: "DE02" },
            signal: leave.signal,
          });
          assert.equal(status, 503);
          shed += 1;
        });
        const all = Promise.allSettled(asked);
        await until(() => shed >= AT_ONCE - 100);
        assert.equal(provider.calls.length, 100);
        assert.ok(process.memoryUsage().rss - before < 300 * 1024 * 1024);
        leave.abort();
        await all;
        assert.equal(world.runs.length, 0);
      });
    },
  },
];
