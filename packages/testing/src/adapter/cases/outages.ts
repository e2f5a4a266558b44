import assert from "node:assert/strict";
import type { TrackRequest } from "@require-action/core";
import { createFaultyServer, type Fault, type FaultyServer } from "../../provider/faulty-server.ts";
import { faults } from "../../provider/faults.ts";
import { createHttpProvider } from "../../provider/http-provider.ts";
import { createScriptedProvider, neverAnswers, type RawAnswer } from "../../provider/scripted-provider.ts";
import type { AdapterCase } from "../adapter-case.ts";
import type { AdapterHarness } from "../adapter-harness.ts";
import { createGate, inWorld, until, withdraw, type World, type WorldOptions } from "../world.ts";

const JSON_BODY = '{"state":"ALLOW","isEnrolled":true}';

/** How many requests come at once to a provider that stalls; the fault table asks for 10,000. */
const AT_ONCE = Number(process.env["FAULT_CONCURRENCY"] ?? 500);

/** Ways in which a provider's server fails: an outage each. */
const outageFaults: readonly (readonly [name: string, fault: Fault])[] = [
  ["is slow", faults.slow(5_000, faults.raw(JSON_BODY))],
  ["never answers", faults.silent()],
  ["stalls within its body", faults.stalledBody()],
  ["breaks off within its body", faults.truncated(JSON_BODY)],
  ["resets connections", faults.reset()],
  ["hangs up", faults.hangUp()],
  ["talks another protocol", faults.garbage()],
  ["sends elsewhere", faults.redirect(307, "http://127.0.0.1:9/")],
  ["answers 500", faults.raw("", { status: 500 })],
  ["answers 503 and when to come back", faults.raw("", { status: 503, headers: { "retry-after": "7" } })],
  ["answers HTML", faults.raw("<html>ALLOW</html>")],
  ["answers an unknown state", faults.json({ state: "ALLOWED", isEnrolled: true })],
];

const honest: Fault = (response, request) => {
  const { attributes } = JSON.parse(request.body) as TrackRequest;
  faults.json({ state: "ALLOW", isEnrolled: true, idempotencyKey: attributes.idempotencyKey })(response, request);
};

/** Serves an application whose provider is a real server that misbehaves as told. */
async function inOutage(
  harness: AdapterHarness,
  guard: NonNullable<WorldOptions["guard"]>,
  use: (world: World, server: FaultyServer) => Promise<void>,
): Promise<void> {
  const server = await createFaultyServer();
  try {
    await inWorld(harness, { guard: { provider: createHttpProvider(server.origin), ...guard } }, (world) =>
      use(world, server),
    );
  } finally {
    await server.close();
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
  ...outageFaults.map(([name, fault]): AdapterCase => ({
    group: "n",
    title: `F11: a provider that ${name} runs a handler only as onUnavailable says`,
    run: async (harness) => {
      const deadlineMs = { decision: 150 };
      await inOutage(harness, { deadlineMs }, async (world, server) => {
        server.use(fault);
        const { status, json, headers } = await withdraw(world);
        assert.deepEqual([status, json.code], [503, "decision_unavailable"]);
        assert.ok(Number(headers["retry-after"]) >= 1);
        assert.equal(world.runs.length, 0);
        assert.ok(world.events.some((event) => event.type === "failure" && event.source === "provider"));
      });
      await inOutage(harness, { deadlineMs, onUnavailable: "allow" }, async (world, server) => {
        server.use(fault);
        assert.equal((await withdraw(world)).status, 200);
        assert.equal(world.runs[0]?.approved?.ground, "failed_open");
        assert.ok(world.events.some((event) => event.type === "proceed" && event.failedOpen));
      });
      const fallback = Object.assign(createScriptedProvider(), { name: "standby" });
      await inOutage(harness, { deadlineMs, onUnavailable: { provider: fallback } }, async (world, server) => {
        server.use(fault);
        assert.equal((await withdraw(world)).status, 200);
        const { provider, fallback: decided, failedOpen } = world.runs[0]?.approved ?? {};
        assert.deepEqual([provider, decided, failedOpen], ["standby", true, false]);
        fallback.answer("BLOCK");
        assert.equal((await withdraw(world)).status, 403);
        assert.equal(world.runs.length, 1);
        assert.ok(world.events.some((event) => event.type === "decision" && event.fallback));
      });
    },
  })),
  {
    group: "n",
    title: "F5: a storm of 503 is asked for a tenth more than clients ask, until the breaker opens; then not at all",
    run: (harness) =>
      inOutage(harness, {}, async (world, server) => {
        server.use(faults.raw("", { status: 503 }));
        const startedAt = performance.now();
        const asked = await askUntilOpen(world);
        assert.ok(performance.now() - startedAt < 5_000);
        const upstream = server.requests.length;
        assert.ok(upstream <= 1.1 * asked, `${upstream} calls for ${asked} requests`);
        for (let request = 0; request < 50; request++) assert.equal((await withdraw(world)).status, 503);
        assert.equal(server.requests.length, upstream);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "n",
    title: "F6: a provider that asks to wait is not asked again, and clients are told to wait",
    run: (harness) =>
      inOutage(harness, {}, async (world, server) => {
        server.use(faults.raw("", { status: 429, headers: { "retry-after": "30" } }));
        for (let request = 0; request < 20; request++) {
          const { status, headers } = await withdraw(world);
          assert.equal(status, 503);
          assert.ok(Number(headers["retry-after"]) > 20 && Number(headers["retry-after"]) <= 30);
        }
        assert.equal(server.requests.length, 1);
        assert.equal(world.runs.length, 0);
      }),
  },
  {
    group: "n",
    title: "F9: after an outage one of 50 requests looks whether the provider is back, and then all go on",
    run: (harness) =>
      inOutage(harness, { resilience: { breaker: { halfOpenAfterMs: 200 } } }, async (world, server) => {
        server.use(faults.raw("", { status: 503 }));
        await askUntilOpen(world);
        const gate = createGate();
        server.use((response, request) => void gate.opened.then(() => honest(response, request)));
        await new Promise((resolve) => setTimeout(resolve, 210));
        const before = server.requests.length;
        const refused = refusalsOf(world);
        const asked = Array.from({ length: 50 }, () => withdraw(world));
        await until(() => refusalsOf(world) - refused === 49);
        assert.equal(server.requests.length - before, 1);
        gate.open();
        const statuses = (await Promise.all(asked)).map(({ status }) => status);
        assert.equal(statuses.filter((status) => status === 200).length, 1);
        assert.deepEqual(statesOf(world), ["open", "half_open", "closed"]);
        assert.equal((await withdraw(world)).status, 200);
      }),
  },
  {
    group: "n",
    title: "F10: one slow request ends none of 49 others",
    run: (harness) =>
      inOutage(harness, { deadlineMs: { decision: 1_000 } }, async (world, server) => {
        server.use(honest);
        server.useNext(faults.silent());
        const slow = withdraw(world);
        await until(() => server.requests.length === 1);
        const fast = await Promise.all(Array.from({ length: 49 }, () => withdraw(world)));
        assert.deepEqual(new Set(fast.map(({ status }) => status)), new Set([200]));
        assert.equal((await slow).status, 503);
      }),
  },
  {
    group: "n",
    title:
      "F22: of many requests at once, a stalled provider gets as many as are allowed; the others are answered at once",
    run: (harness) => {
      const provider = createScriptedProvider();
      provider.override("track", neverAnswers satisfies RawAnswer);
      const guard = { provider, resilience: { maxConcurrent: 100, maxQueued: 0 }, deadlineMs: { decision: 60_000 } };
      return inWorld(harness, { guard }, async (world) => {
        const before = process.memoryUsage().rss;
        let shed = 0;
        const leave = new AbortController();
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
