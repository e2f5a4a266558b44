import { randomBytes } from "node:crypto";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { createGraphileWorkerQueue, type GraphileWorkerQueueOptions } from "../src/graphile-worker.ts";
import { DATABASE_URL, dropSchema, openPool, testSchema } from "./postgres.ts";

/** Two connections to graphile-worker in one schema: each test has a task of its own there. */
export async function openGraphileWorkers() {
  const schema = testSchema();
  const logger = new Logger(() => () => {});
  const openOne = async () => {
    const pgPool = openPool(DATABASE_URL, 8);
    const settings = { pgPool, schema, logger };
    const utils = await makeWorkerUtils(settings);
    await utils.migrate();
    const queueOf = (options: Partial<GraphileWorkerQueueOptions>) =>
      createGraphileWorkerQueue(utils, {
        run: (given) => run({ ...settings, noHandleSignals: true, ...given }),
        schema,
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
