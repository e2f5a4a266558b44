import { randomBytes } from "node:crypto";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { createGraphileWorkerQueue, type GraphileWorkerQueueOptions } from "../src/graphile-worker.ts";
import { DATABASE_URL, dropSchema, testSchema } from "./pg-boss.ts";

/** Two connections to graphile-worker in one schema: each test has a task of its own there. */
export async function openGraphileWorkers() {
  const schema = testSchema();
  const logger = new Logger(() => () => {});
  const openOne = async () => {
    const pgPool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 });
    pgPool.on("error", () => {});
    pgPool.on("connect", (client) => void client.on("error", () => {}));
    const settings = { pgPool, schema, logger };
    const utils = await makeWorkerUtils(settings);
    await utils.migrate();
    const queueOf = (options: Partial<GraphileWorkerQueueOptions>) =>
      createGraphileWorkerQueue(utils, {
        run: (given) => run({ ...settings, noHandleSignals: true, ...given }),
        pollingIntervalMs: 50,
        ...options,
      });
    return { pgPool, utils, queueOf };
  };
  const workers = [await openOne(), await openOne()] as const;
  return {
    schema,
    pool: workers[0].pgPool,
    async open(options: Partial<GraphileWorkerQueueOptions> = {}) {
      const name = `queue-${randomBytes(4).toString("hex")}`;
      const [queue, other] = workers.map(({ queueOf }) => queueOf({ name, ...options }));
      return { name, queue: queue!, other: other!, lookMs: 50 };
    },
    async close() {
      for (const { utils, pgPool } of workers) {
        await utils.release();
        await pgPool.end();
      }
      await dropSchema(schema);
    },
  };
}
