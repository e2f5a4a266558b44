import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { createMemoryLedger } from "@require-action/core";
import { ProviderError } from "@require-action/core/provider";
import { createScriptedProvider } from "@require-action/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTelemetry } from "../src/index.ts";
import { type Bank, openBank } from "./bank.ts";

const spans = new InMemorySpanExporter();
let measured: InMemoryMetricExporter;
let reader: PeriodicExportingMetricReader;
let bank: Bank;

beforeEach(() => {
  spans.reset();
  measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 1_000_000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});
afterEach(async () => {
  bank.close();
  await reader.shutdown();
  for (const api of [context, trace, metrics]) api.disable();
});

const down = () => Promise.reject(new ProviderError("provider_unavailable", "canary-reason", { retryAfterSeconds: 1 }));

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

async function collected(): Promise<Map<string, readonly Point[]>> {
  await reader.forceFlush();
  const all =
    measured
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  return new Map(all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints as readonly Point[]]));
}

async function challenged(): Promise<string> {
  bank.provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = (await (await bank.withdraw()).json()) as { token: string };
  return bank.provider.completeChallenge(token);
}

describe("spans", () => {
  it("of provider and ledger are children of the request's, with its verdict as events", async () => {
    bank = await openBank({ on: openTelemetry() });
    const token = await challenged();
    expect((await bank.withdraw({ "action-token": token })).status).toBe(200);
    await expect.poll(() => spans.getFinishedSpans().filter(({ name }) => name.startsWith("POST")).length).toBe(2);
    const [asked, repeated] = spans.getFinishedSpans().filter(({ name }) => name.startsWith("POST"));
    const childrenOf = (parent = asked) =>
      spans
        .getFinishedSpans()
        .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent?.spanContext().spanId)
        .map(({ name }) => name);
    expect(childrenOf(asked)).toEqual(["require_action track"]);
    expect(childrenOf(repeated)).toEqual(["require_action validateChallenge", "require_action claim"]);
    expect(asked?.events.map(({ name }) => name)).toEqual(["require_action.decision", "require_action.refusal"]);
    expect(repeated?.events).toMatchObject([
      { name: "require_action.proceed", attributes: { "require_action.ground": "challenge" } },
    ]);
  });

  it("tell what failed, and last as long as it took", async () => {
    bank = await openBank({ on: openTelemetry(), deadlineMs: { decision: 60 } });
    bank.provider.override("track", () => new Promise(() => {}));
    expect((await bank.withdraw()).status).toBe(503);
    const [call] = spans.getFinishedSpans();
    expect(call).toMatchObject({
      name: "require_action track",
      attributes: { "error.type": "provider_unavailable", "require_action.tries": 1 },
      status: { code: 2 },
    });
    const [seconds, nanoseconds] = call!.duration;
    expect(seconds * 1_000 + nanoseconds / 1e6).toBeGreaterThan(50);
  });
});

describe("metrics", () => {
  it("count decisions, refusals and verdicts, and time provider and ledger in seconds", async () => {
    bank = await openBank({ on: openTelemetry() });
    await bank.withdraw({ "action-token": await challenged() });
    const metric = await collected();
    const about = { "require_action.action": "withdraw-funds", "require_action.fallback": false };
    expect(metric.get("require_action.decisions")).toMatchObject([
      { value: 1, attributes: { ...about, "require_action.state": "CHALLENGE_REQUIRED" } },
    ]);
    expect(metric.get("require_action.refusals")).toMatchObject([
      { value: 1, attributes: { ...about, "require_action.code": "challenge_required" } },
    ]);
    expect(metric.get("require_action.proceeds")).toMatchObject([
      { value: 1, attributes: { ...about, "require_action.ground": "challenge" } },
    ]);
    const calls = metric.get("require_action.provider.duration") ?? [];
    expect(calls.map(({ attributes }) => attributes["require_action.verb"])).toEqual(["track", "validateChallenge"]);
    const [claim] = metric.get("require_action.ledger.duration") ?? [];
    expect(claim).toMatchObject({ attributes: { "require_action.ledger": "memory", "require_action.won": true } });
    expect((claim!.value as { sum: number }).sum).toBeLessThan(0.5);
  });

  it("tell what was refused from what would have been, where a guard observes", async () => {
    bank = await openBank({ on: openTelemetry() }, { observe: true });
    bank.provider.answer("BLOCK");
    expect((await bank.withdraw()).status).toBe(200);
    bank.close();
    bank = await openBank({ on: openTelemetry() });
    bank.provider.answer("BLOCK");
    expect((await bank.withdraw()).status).toBe(403);
    const refusals = (await collected()).get("require_action.refusals") ?? [];
    expect(refusals.map(({ value, attributes }) => [value, attributes["require_action.observed"]])).toEqual([
      [1, true],
      [1, false],
    ]);
    const told = spans.getFinishedSpans().flatMap(({ events }) => events);
    expect(
      told
        .filter(({ name }) => name === "require_action.refusal")
        .map(({ attributes }) => attributes?.["require_action.observed"]),
    ).toEqual([true, false]);
  });

  it("F11: count what failed open", async () => {
    bank = await openBank({ on: openTelemetry(), onUnavailable: "allow" });
    bank.provider.override("track", down);
    expect((await bank.withdraw()).status).toBe(200);
    const metric = await collected();
    expect(metric.get("require_action.failed_open")).toMatchObject([{ value: 1 }]);
    expect(metric.get("require_action.failures")).toMatchObject([
      { value: 1, attributes: { "error.type": "provider_unavailable", "require_action.source": "provider" } },
    ]);
  });

  it("F11: count what a fallback decided", async () => {
    const fallback = Object.assign(createScriptedProvider(), { name: "standby" });
    bank = await openBank({ on: openTelemetry(), onUnavailable: { provider: fallback } });
    bank.provider.override("track", down);
    await bank.withdraw();
    expect((await collected()).get("require_action.fallbacks")).toMatchObject([
      { value: 1, attributes: { "require_action.provider": "standby" } },
    ]);
  });

  it("F5: count the changes of a breaker", async () => {
    bank = await openBank({ on: openTelemetry(), resilience: { breaker: { minimumCalls: 3 } } });
    bank.provider.override("track", down);
    for (let request = 0; request < 5; request++) await bank.withdraw();
    expect((await collected()).get("require_action.breaker.changes")).toMatchObject([
      { value: 1, attributes: { "require_action.provider": "scripted", "require_action.state": "open" } },
    ]);
  });
});

describe("T53: metrics", () => {
  it("count the warnings of a guard, as of a ledger that may forget", async () => {
    const ledger = { ...createMemoryLedger(), failedChecks: ["persistence"] };
    bank = await openBank({ on: openTelemetry(), ledger });
    expect((await collected()).get("require_action.warnings")).toMatchObject([
      { value: 1, attributes: { "require_action.code": "RA_LEDGER_WEAKENED" } },
    ]);
  });
});

describe("T33: neither spans nor metrics", () => {
  it("hold a user's id, what is bound, a token, a key or a reason", async () => {
    bank = await openBank({ on: openTelemetry() });
    const token = await challenged();
    await bank.withdraw({ "action-token": token });
    await bank.withdraw({ "action-token": "canary-token" });
    bank.provider.override("track", down);
    await bank.withdraw();
    await collected();
    const told = JSON.stringify([
      spans.getFinishedSpans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      measured.getMetrics(),
    ]);
    expect(told).toContain("withdraw-funds");
    expect(told).not.toMatch(/canary|ra1_|result-\d/);
    expect(told).not.toContain(token);
  });
});

it("without an SDK, does nothing", async () => {
  for (const api of [context, trace, metrics]) api.disable();
  bank = await openBank({ on: openTelemetry() });
  expect((await bank.withdraw()).status).toBe(200);
  expect(spans.getFinishedSpans()).toEqual([]);
});
