import { setTimeout as pass } from "node:timers/promises";
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { type ApprovedAction, createMemoryLedger, type Guard } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import type { Ledger } from "@require-action/core/ledger";
import {
  createManualClock,
  createScriptedProvider,
  type ManualClock,
  type ScriptedProvider,
} from "@require-action/testing";
import type { AdapterHarness, HandlerBody, RouteGuard, ServedApp, ServedRoute } from "./adapter-harness.ts";
import { createHttpClient, type Received, type SentRequest } from "./http-client.ts";

/** One run of a handler. */
interface Run {
  readonly path: string;
  readonly approved: ApprovedAction | undefined;
}

/** Everything that one case needs, and nothing that another case has touched. */
export interface World {
  readonly provider: ScriptedProvider;
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly events: GuardEvent[];
  /** Handlers that have run, oldest first. */
  readonly runs: Run[];
  readonly server: Server;
  readonly actionGuard: Guard<any>;
  /** Sends a request as `alice`, unless a header says otherwise. */
  send(request: SentRequest): Promise<Received>;
}

/** What a case changes about the world. */
export interface WorldOptions {
  readonly guard?: Partial<ServedApp["guard"]>;
  readonly routes?: readonly (Omit<ServedRoute, "handle"> & Partial<Pick<ServedRoute, "handle">>)[];
  readonly parseBody?: boolean;
  readonly prefix?: string;
  /** Paths under which a parent serves the whole application; as Connect and Express do, it takes them off the url. */
  readonly mounts?: readonly string[];
  /** Runs inside each handler, after its run has been noted. */
  readonly inHandler?: (
    native: object,
    guards: readonly RouteGuard[],
  ) => Promise<HandlerBody | void> | HandlerBody | void;
}

type RouteOptions = NonNullable<WorldOptions["routes"]>[number];

/** A route behind these guards; behind one that binds the whole request when none are given. */
export function guarded(path: string, ...guards: RouteOptions["guards"]): RouteOptions {
  return { method: "post", path, guards: guards.length === 0 ? [{ action: "withdraw-funds" }] : guards };
}

/** A route that nothing guards. */
export function unguarded(path: string): RouteOptions {
  return { method: "post", path, guards: [] };
}

const SEAL_SECRET = "conformance-suite-seal-secret-0123456789";
export const WITHDRAWAL = { amount: "100.00", currency: "EUR", payee: "DE02120300000000202051" } as const;

/** The route that most cases use: bound fields, below the prefix `/bank`. */
function withdrawalRoute(harness: AdapterHarness): readonly RouteOptions[] {
  const bind = (native: object): Record<string, unknown> => {
    const { amount, currency, payee } = harness.bodyOf(native);
    return { amount, currency, payee };
  };
  return [guarded("/withdrawals", { action: "withdraw-funds", options: { bind } })];
}

/** Serves an application, lets a case use it, and closes it whatever happens. */
export async function inWorld(
  harness: AdapterHarness,
  options: WorldOptions,
  use: (world: World) => Promise<void>,
): Promise<void> {
  const provider = createScriptedProvider();
  const clock = createManualClock();
  const ledger = createMemoryLedger({ clock });
  const events: GuardEvent[] = [];
  const runs: Run[] = [];
  const guard: ServedApp["guard"] = {
    provider,
    clock,
    ledger,
    sealSecrets: [SEAL_SECRET],
    on: (event) => events.push(event),
    ...options.guard,
  };
  const routes = (options.routes ?? withdrawalRoute(harness)).map((route): ServedRoute => ({
    handle: async (native, guards) => {
      runs.push({ path: route.path, approved: harness.approvedAction(native, route.guards.at(-1)?.action) });
      return (await options.inHandler?.(native, guards)) ?? { done: true };
    },
    ...route,
  }));
  const { prefix = "/bank", parseBody = true } = options;
  let actionGuard!: Guard<any>;
  const server = await harness.serve({ guard, prefix, routes, parseBody, onGuard: (given) => (actionGuard = given) });
  mountAt(server, options.mounts ?? []);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createHttpClient(server);
  const send: World["send"] = (request) =>
    client({ ...request, headers: { "x-test-user": "alice", ...request.headers } });
  try {
    await use({ provider, clock, ledger, events, runs, server, actionGuard, send });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function mountAt(server: Server, mounts: readonly string[]): void {
  if (mounts.length === 0) return;
  server.prependListener("request", (incoming: IncomingMessage & { originalUrl?: string }) => {
    const { url = "" } = incoming;
    const mount = mounts.find((path) => url.startsWith(`${path}/`));
    if (mount !== undefined) Object.assign(incoming, { originalUrl: url, url: url.slice(mount.length) });
  });
}

/** Asks for the withdrawal. */
export function withdraw(
  world: World,
  { token, user, ...change }: { token?: string; user?: string } & Record<string, unknown> = {},
): Promise<Received> {
  return world.send({
    path: "/bank/withdrawals",
    headers: {
      ...(user === undefined ? {} : { "x-test-user": user }),
      ...(token === undefined ? {} : { "action-token": token }),
    },
    body: { ...WITHDRAWAL, ...change },
  });
}

/** Has the withdrawal challenged and the challenge completed. Answers the result token. */
export async function approvedWithdrawal(
  world: World,
  change: { user?: string } & Record<string, unknown> = {},
): Promise<string> {
  world.provider.answerNext("CHALLENGE_REQUIRED");
  const { json } = await withdraw(world, change);
  return world.provider.completeChallenge(json.token);
}

/** A door that a test opens. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const { promise, resolve } = withResolvers();
  return { opened: promise, open: resolve };
}

// Promise.withResolvers came with Node 22.
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const MOST_PATIENCE_MS = 45_000;

/**
 * Resolves once `condition` holds; looks again each millisecond, which leaves the processor to what is waited for. Rejects after
 * 45 seconds, or a case that nobody waits for any more would keep this process at work.
 */
export async function until(condition: () => boolean): Promise<void> {
  const endsAt = performance.now() + MOST_PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error("what was waited for did not come about");
    await pass(1);
  }
}
