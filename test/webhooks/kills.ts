import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pass } from "node:timers/promises";
import { Authsignal } from "@authsignal/node";
import type { Store } from "@require-action/engine";
import type { AuditEvent } from "@require-action/engine/store";
import { createWebhooks } from "@require-action/server";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { serve } from "@require-action-test/support/serve";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "../../packages/sql/test/databases.ts";
import { runProcess } from "../../packages/sql/test/processes/run-process.ts";
import { webhookOptions } from "./parts.ts";

const AT_ONCE = 4;
const HOUR_MS = 60 * 60_000;
/** Each process has to start first, on a machine that may be busy. */
const TIMEOUT_MS = 900_000;
const announcer = new URL("announcer.ts", import.meta.url).href;

/** A receiver of webhooks: ids by what they were of. It fails every fifth delivery, at times after it has kept it. */
async function receive(): Promise<{ readonly url: string; readonly ids: ReadonlyMap<string, ReadonlySet<string>> }> {
  const { webhook } = new Authsignal({ apiSecretKey: webhookOptions.apiSecrets[0] ?? "" });
  const ids = new Map<string, Set<string>>();
  let count = 0;
  const listener: RequestListener = async (request, response) => {
    const event = webhook.constructEvent(await text(request), String(request.headers["x-signature-v2"]), 0);
    const { userAuthenticatorId } = event.data as unknown as { userAuthenticatorId: string };
    const isLost = ++count % 5 === 0;
    if (!isLost || count % 2 === 0) {
      const subject = `${event.type} ${userAuthenticatorId}`;
      ids.set(subject, (ids.get(subject) ?? new Set()).add(event.id));
    }
    response.writeHead(isLost ? 500 : 204).end();
  };
  const { origin, close } = await serve(listener, "127.0.0.1");
  onTestFinished(close);
  return { url: origin, ids };
}

async function killAnnouncers(kills: number, environment: Readonly<Record<string, string>>): Promise<void> {
  let left = kills;
  const keepKilling = async (): Promise<void> => {
    while (left-- > 0) {
      const process = await runProcess(announcer, environment);
      await process.line();
      await pass(Math.random() * 300);
      process.child.kill("SIGKILL");
      await process.ended;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keepKilling));
}

/** What the trail says that happened: each of it was stored with its news. */
async function storedOf(store: Store): Promise<readonly string[]> {
  const stored: string[] = [];
  const removed = new Set<string>();
  let after: string | undefined;
  const enrolled: AuditEvent[] = [];
  do {
    const page = await store.listEvents({ limit: 200, ...(after === undefined ? {} : { after }) });
    for (const event of page.items) {
      if (event.type === "user.deleted") removed.add(event.userId ?? "");
      if (event.type === "authenticator.removed") stored.push(`authenticator.deleted ${event.userAuthenticatorId}`);
      if (event.type === "authenticator.enrolled") enrolled.push(event);
    }
    after = page.next;
  } while (after !== undefined);
  for (const { userId = "", userAuthenticatorId } of enrolled) {
    stored.push(`authenticator.created ${userAuthenticatorId}`);
    if (removed.has(userId)) stored.push(`authenticator.deleted ${userAuthenticatorId}`);
  }
  return stored.toSorted();
}

/** Delivers what is left, when the leases of those that were killed have ended, and compares. */
async function expectWhole(store: Store, { url, ids }: Awaited<ReturnType<typeof receive>>): Promise<void> {
  for (let round = 1; round < 8; round++) {
    const clock = { now: () => Date.now() + round * HOUR_MS };
    const webhooks = createWebhooks({ ...webhookOptions, url, store, clock });
    while ((await webhooks.deliverDue()) > 0);
  }
  const stored = await storedOf(store);
  expect(stored.length).toBeGreaterThan(20);
  // None lost, and none that was not stored.
  expect([...ids.keys()].toSorted()).toEqual(stored);
  // None doubled: whatever came twice came under one id.
  expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
  expect(new Set([...ids.values()].flatMap((one) => [...one])).size).toBe(stored.length);
}

/** Registers the tests of what kills leave behind. */
export function describeKills(kills: number): void {
  describe(`S16: ${kills} processes killed while they enrol and deliver: no stored event is lost, and none has two ids`, () => {
    it.skipIf(noSqlite)("on SQLite", { timeout: TIMEOUT_MS }, async () => {
      const { file, open, close } = await createFile();
      onTestFinished(close);
      const store = createSqliteStore(open(), { migrate: true, busyTimeoutMs: 20_000 });
      const receiver = await receive();
      await killAnnouncers(kills, { SQLITE_FILE: file, WEBHOOK_URL: receiver.url });
      await expectWhole(store, receiver);
    });

    it.skipIf(noPostgres)("on PostgreSQL", { timeout: TIMEOUT_MS }, async () => {
      const { schema, open, close } = createSchema();
      onTestFinished(close);
      const pool = open({ max: 4 });
      const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      const receiver = await receive();
      await killAnnouncers(kills, { SCHEMA: schema, WEBHOOK_URL: receiver.url });
      await expectWhole(store, receiver);
    });
  });
}
