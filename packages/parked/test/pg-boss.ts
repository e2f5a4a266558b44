import { randomBytes } from "node:crypto";
import pg from "pg";
import PgBoss from "pg-boss";
import { createPgBossQueue, type PgBossQueueOptions } from "../src/pg-boss.ts";

export const DATABASE_URL: string = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

/** Of the processes that are killed: their deliveries come again soon. */
export const QUEUE: PgBossQueueOptions = { expireInSeconds: 2, pollingIntervalMs: 50 };

/** A schema of its own for a test. */
export function testSchema(): string {
  return `parked_${randomBytes(6).toString("hex")}`;
}

/** The schema of pg-boss beside the one of a bank. */
export function bossSchema(schema: string): string {
  return `${schema}_boss`;
}

/** Starts pg-boss in a schema, with maintenance every second. */
export async function startBoss(schema: string, connectionString = DATABASE_URL): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString,
    schema,
    max: 4,
    schedule: false,
    maintenanceIntervalSeconds: 1,
    monitorStateIntervalSeconds: 1,
  });
  boss.on("error", () => {});
  return boss.start();
}

/** Two connections to pg-boss in one schema: each test has a queue of its own there. */
export async function openBosses() {
  const schema = testSchema();
  const bosses = [await startBoss(schema), await startBoss(schema)] as const;
  return {
    schema,
    async open(options: PgBossQueueOptions = {}) {
      const name = `queue-${randomBytes(4).toString("hex")}`;
      const [queue, other] = await Promise.all(
        bosses.map((boss) => createPgBossQueue(boss, { name, pollingIntervalMs: 50, ...options })),
      );
      return { queue: queue!, other: other!, lookMs: 50 };
    },
    async close() {
      for (const boss of bosses) await boss.stop({ graceful: false, wait: true });
      await dropSchema(schema);
    },
  };
}

export async function dropSchema(schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: DATABASE_URL });
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await client.end();
}
