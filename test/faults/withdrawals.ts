import { inFull } from "@require-action-test/support/full";
import { once } from "node:events";
import type { Server } from "node:http";
import { createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import {
  type AdapterHarness,
  createHttpClient,
  type Received,
  type SentRequest,
  type ServedApp,
} from "@require-action/conformance/adapter";
import express from "express";
import Koa from "koa";
import { expressHarness } from "../../packages/express/test/harness.ts";
import { koaHarness } from "../../packages/koa/test/harness.ts";

/** The frameworks over which each fault is played that crosses HTTP: both with `TEST_FULL=1`. */
export const frameworks: readonly { readonly name: string; readonly harness: AdapterHarness }[] = [
  { name: "Express", harness: expressHarness(express) },
  ...(inFull ? [{ name: "Koa", harness: koaHarness(Koa) }] : []),
];

/** An answer, and how long it took. */
export type Timed = Received & { readonly ms: number };

/** A bank that listens, with one guarded route. */
export interface Bank {
  /** Decides in this process; where another provider does, it stands behind that one. */
  readonly scripted: ScriptedProvider;
  readonly events: readonly GuardEvent[];
  /** The amounts of the withdrawals that were made. */
  readonly runs: readonly string[];
  readonly server: Server;
  /** Asks for a withdrawal as alice. */
  withdraw(amount: string, token?: string, signal?: AbortSignal): Promise<Timed>;
  send(request: SentRequest): Promise<Received>;
  /** Has a withdrawal challenged and its challenge completed; answers with the token. */
  approve(amount: string): Promise<string>;
  close(): void;
}

export interface BankOptions {
  readonly guard?: Partial<ServedApp["guard"]>;
  readonly scripted?: ScriptedProvider;
  /** Has the whole request bound, rather than the amount. */
  readonly bindsAll?: boolean;
}

/** Serves a bank, over HTTP. */
export async function openBank(
  harness: AdapterHarness,
  { guard = {}, scripted = createScriptedProvider(), bindsAll = false }: BankOptions = {},
): Promise<Bank> {
  const events: GuardEvent[] = [];
  const runs: string[] = [];
  const bind = (native: object) => ({ amount: harness.bodyOf(native).amount as string });
  const server = await harness.serve({
    guard: {
      provider: scripted,
      ledger: createMemoryLedger(),
      sealSecrets: ["a seal secret for tests, 32 bytes long"],
      on: (event) => events.push(event),
      ...guard,
    },
    prefix: "/bank",
    parseBody: true,
    onGuard() {},
    routes: [
      {
        method: "post",
        path: "/withdrawals",
        guards: [{ action: "withdraw-funds", ...(bindsAll ? {} : { options: { bind } }) }],
        handle(native) {
          runs.push(String(harness.bodyOf(native).amount));
          return { done: true };
        },
      },
    ],
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createHttpClient(server);
  const send: Bank["send"] = (request) =>
    client({ ...request, headers: { "x-test-user": "alice", ...request.headers } });

  async function withdraw(amount: string, token?: string, signal?: AbortSignal): Promise<Timed> {
    const startedAt = performance.now();
    const received = await send({
      path: "/bank/withdrawals",
      headers: token === undefined ? {} : { "action-token": token },
      body: { amount },
      ...(signal && { signal }),
    });
    return { ...received, ms: performance.now() - startedAt };
  }

  return {
    scripted,
    events,
    runs,
    server,
    withdraw,
    send,
    async approve(amount) {
      scripted.answerNext("CHALLENGE_REQUIRED");
      const { json } = await withdraw(amount);
      return scripted.completeChallenge(json.token, { verificationMethod: "AUTHENTICATOR_APP" });
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The time within which 99 of 100 answers came. */
export function p99(answers: readonly Timed[]): number {
  const sorted = answers.map(({ ms }) => ms).toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

/** How often each status was answered, such as `{ 200: 1, 409: 49 }`. */
export function statuses(answers: readonly Received[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** `count` of something that is made one after another, since a scripted provider's answers queue. */
export async function several<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let index = 0; index < count; index++) made.push(await make(index));
  return made;
}
