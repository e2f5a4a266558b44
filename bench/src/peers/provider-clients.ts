import { randomUUID } from "node:crypto";
import { Authsignal, UserActionState } from "@authsignal/node";
import { authsignal } from "@require-action/authsignal";
import { Agent } from "undici";
import {
  compareFlights,
  cpuRatio,
  flightColumns,
  flightRow,
  type FlightSubject,
  type MeasuredFlight,
  p99,
  speedRatio,
} from "../compare-flights.ts";
import { startChild } from "../child.ts";
import type { GroupReport } from "../report.ts";
import { ACTION, withdrawal } from "../subject-policy.ts";

/** How often `track` is called in each round, by the number in flight. */
export interface ClientPlan {
  readonly rounds: number;
  readonly calls: Readonly<Record<number, number>>;
}

/** Authsignal's own SDK, our provider, and undici alone, all asking one server on the loopback. */
export async function compareProviderClients({
  rounds,
  calls,
}: ClientPlan): Promise<Pick<GroupReport, "tables" | "aims" | "work">> {
  const server = await startChild<never, { port: number }>("peers/server-api-server", []);
  const target = { apiSecretKey: "a-secret-key-of-the-bench", apiUrl: `http://127.0.0.1:${server.ready.port}/v1` };
  const theirs = sdk(target);
  const ours = provider(target);
  const raw = undici(target);
  const parts = [];
  for (const [width, count] of Object.entries(calls)) {
    const plan = { rounds, calls: count, width: Number(width) };
    const [base, measured, limit] = (await compareFlights([theirs, ours, raw], plan)) as [
      MeasuredFlight,
      MeasuredFlight,
      MeasuredFlight,
    ];
    const inFlight = `${width} in flight`;
    parts.push({
      work: [base, measured, limit],
      tables: [
        {
          title: `track over HTTP, ${inFlight}`,
          columns: flightColumns,
          rows: [flightRow(base, base), flightRow(measured, base), flightRow(limit, base)],
        },
      ],
      aims: [
        {
          id: `client-speed-${width}`,
          what: `Calls per second of our provider client against @authsignal/node, ${inFlight}`,
          measured: speedRatio(measured, base),
          unit: "×",
          bound: { atLeast: 2.5 },
        },
        {
          id: `client-p99-${width}`,
          what: `Its p99 against that of @authsignal/node, ${inFlight}`,
          measured: p99(measured) / p99(base),
          unit: "×",
          bound: { atMost: 1 },
        },
        {
          id: `client-cpu-${width}`,
          what: `Its CPU a call against that of @authsignal/node, ${inFlight}`,
          measured: cpuRatio(measured, base),
          unit: "×",
          bound: { atMost: 0.333 },
        },
        {
          id: `client-undici-${width}`,
          what: `Calls per second of our provider client against undici alone with the same body, ${inFlight}`,
          measured: speedRatio(measured, limit),
          unit: "×",
          bound: { atLeast: 0.9 },
        },
      ],
    });
  }
  await server.end();
  return {
    tables: parts.flatMap(({ tables }) => tables),
    aims: parts.flatMap(({ aims }) => aims),
    work: parts.flatMap(({ work }) => work),
  };
}

interface Target {
  readonly apiSecretKey: string;
  readonly apiUrl: string;
}

function sdk(target: Target): FlightSubject {
  const client = new Authsignal(target);
  return {
    name: "@authsignal/node",
    call: async () => (await client.track(request())).state === UserActionState.ALLOW,
  };
}

function provider(target: Target): FlightSubject {
  const { track } = authsignal(target);
  return {
    name: "our provider client",
    async call() {
      return (await track(request(), new GuardedCall())).state === "ALLOW";
    },
  };
}

/** What a guard tells with each call, but for its clock: it makes a signal for whoever asks for one, and calls those who do not. */
class GuardedCall {
  readonly aborted = false;
  readonly #stops = new Set<() => void>();
  readonly onAbort = (stop: () => void): (() => void) => {
    this.#stops.add(stop);
    return () => this.#stops.delete(stop);
  };
  get signal(): AbortSignal {
    return new AbortController().signal;
  }
}

/** What a call costs whoever reads it: the same body, sent and answered, and nothing made sure of. */
function undici({ apiSecretKey, apiUrl }: Target): FlightSubject {
  const { origin, pathname } = new URL(apiUrl);
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  const headers = {
    authorization: `Basic ${Buffer.from(`${apiSecretKey}:`).toString("base64")}`,
    "content-type": "application/json",
  };
  return {
    name: "undici alone",
    async call() {
      const { userId, action, attributes } = request();
      const { body } = await agent.request({
        origin,
        path: `${pathname}/users/${userId}/actions/${action}`,
        method: "POST",
        headers,
        body: JSON.stringify(attributes),
      });
      return ((await body.json()) as { readonly state: string }).state === "ALLOW";
    },
  };
}

function request() {
  return {
    userId: "alice",
    action: ACTION,
    attributes: {
      idempotencyKey: randomUUID(),
      ipAddress: "203.0.113.7",
      userAgent: "bench/1",
      custom: withdrawal,
    },
  };
}
