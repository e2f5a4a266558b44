import { inFull, itInFull } from "@require-action-test/support/full";
import { setTimeout as pass } from "node:timers/promises";
import { authsignal } from "@require-action/authsignal";
import type { ActionProvider } from "@require-action/core/provider";
import { createFaultProxy, type FaultProxy } from "@require-action-test/support/faults/fault-proxy";
import { createFaultyServer, type FaultyServer } from "@require-action-test/support/faults/faulty-server";
import type { LinkFault } from "@require-action-test/support/faults/link-fault";
import { faults } from "@require-action-test/support/faults/server-faults";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SECRET, standIn } from "../../packages/authsignal/test/stand-in.ts";
import { withMargin } from "@require-action-test/support/timing";
import { type Bank, frameworks, openBank, p99, several, statuses, type Timed } from "./withdrawals.ts";

/** The guard's own deadline for a decision, when nothing else is said. */
const DEADLINE_MS = 1_000;
/** How long a provider is slow: 60 for the full figure. */
const SECONDS = Number(process.env["FAULT_SECONDS"] ?? 1);
const PER_SECOND = 100;

/** Answers that no provider should give, each with status 200. */
const nonsense: readonly string[] = [
  "",
  " ",
  "\n",
  "<html><body>ALLOW</body></html>",
  "ALLOW",
  '"ALLOW"',
  "null",
  "true",
  "false",
  "0",
  "1",
  "-1e400",
  "[]",
  "[[]]",
  "{}",
  "{",
  "}",
  '{"state":"ALLO',
  '{"state":"ALLOW"',
  '{"state":"ALLOW"}',
  '{"state":"ALLOW",}',
  '{"state":"allow","idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":"Allow","idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":" ALLOW","idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":"ALLOWED","idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":["ALLOW"],"idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":{"toString":"ALLOW"},"idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":null,"idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":1,"idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":true,"idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":"","idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":"CHALLENGE_SUCCEEDED_","idempotencyKey":"KEY","isEnrolled":true}',
  '{"state":"ALLOW","idempotencyKey":"another","isEnrolled":true}',
  '{"state":"ALLOW","idempotencyKey":"","isEnrolled":true}',
  '{"state":"ALLOW","idempotencyKey":null,"isEnrolled":true}',
  '{"state":"ALLOW","idempotencyKey":["KEY"],"isEnrolled":true}',
  '{"state":"ALLOW","isEnrolled":true}',
  '{"state":"ALLOW","idempotencyKey":"KEY","isEnrolled":"true"}',
  '{"state":"ALLOW","idempotencyKey":"KEY","isEnrolled":1}',
  '[{"state":"ALLOW","idempotencyKey":"KEY","isEnrolled":true}]',
  '{"__proto__":{"state":"ALLOW","idempotencyKey":"KEY","isEnrolled":true}}',
  '{"error":"internal","state":"ALLOW"}',
  '{"isValid":true,"state":"CHALLENGE_SUCCEEDED"}',
  '\ufeff{"state":"ALLO"}',
];

/** What this process holds in buffers and on its heap, the greatest that is seen while `work` goes on. */
async function peakBytes(work: () => Promise<unknown>): Promise<number> {
  const inUse = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = inUse();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, inUse())), 5);
  await work();
  clearInterval(watch);
  return peak - before;
}

describe.each(frameworks)("$name, decided by Authsignal", ({ harness }) => {
  let server: FaultyServer;
  let proxy: FaultProxy;
  let bank: Bank;
  let scripted: ScriptedProvider;
  let provider: ActionProvider;

  beforeEach(async () => {
    scripted = createScriptedProvider();
    server = await createFaultyServer();
    server.use(standIn(scripted));
    proxy = await createFaultProxy({ port: Number(new URL(server.origin).port) });
    provider = authsignal({ apiSecretKey: SECRET, apiUrl: `http://${proxy.host}/v1` });
    bank = await openBank(harness, { scripted, guard: { provider } });
  });
  afterEach(async () => {
    bank.close();
    await proxy.close();
    await server.close();
  });

  /** Leaves the guard without a breaker and a budget of retries, to see what the provider's client does by itself. */
  async function withoutResilience(): Promise<void> {
    bank.close();
    bank = await openBank(harness, { scripted, guard: { provider, resilience: "none" } });
  }

  /** Sends 100 withdrawals a second. */
  async function storm(): Promise<Timed[]> {
    const answers: Promise<Timed>[] = [];
    const startedAt = performance.now();
    for (let sent = 0; sent < SECONDS * PER_SECOND; sent++) {
      await pass(Math.max(startedAt + (sent * 1_000) / PER_SECOND - performance.now(), 0));
      answers.push(bank.withdraw(`${sent}`));
    }
    return Promise.all(answers);
  }

  /** The network is whole again, and withdrawals are made once the guard has found that out. */
  async function recover(): Promise<void> {
    await proxy.use({ kind: "none" });
    await expect.poll(async () => (await bank.withdraw("1")).status, { timeout: 15_000, interval: 50 }).toBe(200);
  }

  const linkFaults: readonly (readonly [string, LinkFault])[] = [
    ["F1: a provider that answers 5 s late", { kind: "delay", ms: 5_000 }],
    ["F2: a provider that accepts and never answers", { kind: "stall" }],
    ["F3: a provider that trickles its answer, headers and body", { kind: "trickle", bytes: 4, everyMs: 100 }],
  ];
  it.each(inFull ? linkFaults : linkFaults.slice(-1))(
    `%s, ${PER_SECOND} requests a second: denied within the deadline, and nothing runs`,
    async (_how, fault) => {
      await bank.withdraw("0");
      await proxy.use(fault);
      const [answers, margin] = await withMargin(storm);
      expect([statuses(answers), bank.runs]).toEqual([{ 503: SECONDS * PER_SECOND }, ["0"]]);
      expect(p99(answers)).toBeLessThan(DEADLINE_MS + margin);
      await recover();
    },
    120_000,
  );

  it("F3: a body that stalls after its headers: denied within the deadline", async () => {
    server.use(faults.stalledBody());
    const [answers, margin] = await withMargin(() =>
      Promise.all(Array.from({ length: 20 }, (_, index) => bank.withdraw(`${index}`))),
    );
    expect([statuses(answers), bank.runs]).toEqual([{ 503: 20 }, []]);
    expect(p99(answers)).toBeLessThan(DEADLINE_MS + margin);
  });

  it("F4: 20 bodies without end are cut off, and hold next to no memory", async () => {
    await bank.withdraw("0");
    server.use(faults.endlessBody());
    let answers: Timed[] = [];
    const peak = await peakBytes(async () => {
      answers = await several(20, (index) => bank.withdraw(`${index}`));
    });
    expect([statuses(answers), bank.runs]).toEqual([{ 503: 20 }, ["0"]]);
    // The server that pours, the proxy and the client are all in this process, with what lies in their sockets: 52 MB on Node 26.
    expect(peak).toBeLessThan(80_000_000);
  });

  it(`F7: T12: ${nonsense.length} answers that are none: nothing runs, and none is asked for again`, async () => {
    expect(nonsense.length).toBeGreaterThanOrEqual(40);
    await withoutResilience();
    server.use((response, { body }) => {
      const { idempotencyKey } = JSON.parse(body) as { idempotencyKey: string };
      const text = nonsense[server.requests.length - 1]!.replace("KEY", idempotencyKey);
      response.writeHead(200, { "content-type": "application/json" }).end(text);
    });
    const answers = await several(nonsense.length, (index) => bank.withdraw(`${index}`));
    expect([statuses(answers), bank.runs]).toEqual([{ 503: nonsense.length }, []]);
    expect(server.requests.length).toBe(nonsense.length);
  });

  itInFull.each([
    ["reset", { kind: "reset" }],
    ["refused", { kind: "refuse" }],
  ] as const)("F8: connections that are %s: denied at once, and decided when that is over", async (_how, fault) => {
    await bank.withdraw("0");
    await proxy.use(fault);
    const [answers, margin] = await withMargin(() => several(20, (index) => bank.withdraw(`${index}`)));
    expect([statuses(answers), bank.runs]).toEqual([{ 503: 20 }, ["0"]]);
    expect(p99(answers)).toBeLessThan(margin);
    await recover();
  });

  itInFull(
    "F8: 1,000 requests over connections that the provider closes about when they are used: all are decided, each once",
    async () => {
      await withoutResilience();
      const decided = new Set<string>();
      server.use((response, { body }) => {
        const { idempotencyKey } = JSON.parse(body) as { idempotencyKey: string };
        decided.add(idempotencyKey);
        const { socket } = response;
        response.on("finish", () => setTimeout(() => socket?.resetAndDestroy(), decided.size % 3));
        faults.json({ state: "ALLOW", isEnrolled: true, idempotencyKey })(response, {} as never);
      });
      // One after the other: of several connections, the one that a request is sent over again may be closing as well.
      const answers = await several(1_000, () => bank.withdraw("10.00"));
      expect([statuses(answers), bank.runs.length, decided.size]).toEqual([{ 200: 1_000 }, 1_000, 1_000]);
    },
    60_000,
  );

  it("F33: of 100 decisions whose reply was lost, each is asked for again under its key, and is one action", async () => {
    await withoutResilience();
    const answers = await several(100, async (index) => {
      await proxy.use({ kind: "drop-reply", times: 1 });
      return bank.withdraw(`${index}`);
    });
    expect([statuses(answers), proxy.dropped, bank.runs.length]).toEqual([{ 200: 100 }, 100, 100]);
    const keys = server.requests.map(({ body }) => (JSON.parse(body) as { idempotencyKey: string }).idempotencyKey);
    expect([keys.length, new Set(keys).size]).toEqual([200, 100]);
  });
});
