import { randomBytes } from "node:crypto";
import PgBoss from "pg-boss";
import { createPgBossQueue, type PgBossQueueOptions } from "../src/pg-boss.ts";
import { DATABASE_URL, dropSchema, testSchema } from "./postgres.ts";

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
