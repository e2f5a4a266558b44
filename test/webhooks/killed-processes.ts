import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pass } from "node:timers/promises";
import { Authsignal } from "@authsignal/node";
import type { Store } from "@require-action/engine";
import type { AuditEvent } from "@require-action/engine/store";
import { createPostgresStore, createSqliteStore } from "@require-action/sql";
import { serve } from "@require-action-test/support/serve";
import { describe, it, onTestFinished } from "vitest";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "../../packages/sql/test/databases.ts";
import { runProcess } from "../../packages/sql/test/processes/run-process.ts";
import { webhookOptions } from "./parts.ts";

const AT_ONCE = 4;
/** Each process has to start first, on a machine that may be busy. */
const TIMEOUT_MS = 900_000;

type Event = ReturnType<Authsignal["webhook"]["constructEvent"]>;
type Environment = Readonly<Record<string, string>>;

/** A receiver of webhooks. */
export interface Received {
  readonly url: string;
  /** Ids by what they were of. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Receives webhooks until the test ends. It fails every fifth delivery, at times after it has kept it.
 * @param read answers what a delivery is of, with ids
 */
export async function receive(
  read: (event: Event) => readonly (readonly [subject: string, id: string])[],
): Promise<Received> {
  const { webhook } = new Authsignal({ apiSecretKey: webhookOptions.apiSecrets[0] ?? "" });
  const ids = new Map<string, Set<string>>();
  let count = 0;
  const listener: RequestListener = async (request, response) => {
    const event = webhook.constructEvent(await text(request), String(request.headers["x-signature-v2"]), 0);
    const isLost = ++count % 5 === 0;
    if (!isLost || count % 2 === 0) {
      for (const [subject, id] of read(event)) ids.set(subject, (ids.get(subject) ?? new Set()).add(id));
    }
    response.writeHead(isLost ? 500 : 204).end();
  };
  const { origin, close } = await serve(listener, "127.0.0.1");
  onTestFinished(close);
  return { url: origin, ids };
}

/** Runs a script in several processes at once, and kills each a moment after it has said that it is ready. */
export async function killProcesses(
  script: string,
  kills: number,
  environmentOf: (index: number) => Environment,
): Promise<void> {
  let begun = 0;
  const keepKilling = async (): Promise<void> => {
    while (begun < kills) {
      const process = await runProcess(script, environmentOf(begun++));
      await process.line();
      await pass(Math.random() * 300);
      process.child.kill("SIGKILL");
      await process.ended;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keepKilling));
}

/** The whole audit trail. */
export async function trailOf(store: Store): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = [];
  let after: string | undefined;
  do {
    const page = await store.listEvents({ limit: 200, ...(after === undefined ? {} : { after }) });
    events.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return events;
}

/** Registers a test for each database. Processes find theirs by the environment. */
export function describeOnDatabases(
  title: string,
  test: (store: Store, environment: Environment) => Promise<void>,
): void {
  describe(title, () => {
    it.skipIf(noSqlite)("on SQLite", { timeout: TIMEOUT_MS }, async () => {
      const { file, open, close } = await createFile();
      onTestFinished(close);
      const store = createSqliteStore(open(), { migrate: true, busyTimeoutMs: 20_000 });
      await test(store, { SQLITE_FILE: file });
    });

    it.skipIf(noPostgres)("on PostgreSQL", { timeout: TIMEOUT_MS }, async () => {
      const { schema, open, close } = createSchema();
      onTestFinished(close);
      const pool = open({ max: 4 });
      const store = await createPostgresStore(pool, { schema, queryTimeoutMs: PATIENCE_MS, migrate: true });
      await test(store, { SCHEMA: schema });
    });
  });
}
