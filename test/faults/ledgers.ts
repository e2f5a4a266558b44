import { randomUUID } from "node:crypto";
import type { Ledger } from "@require-action/core/ledger";
import { createRedisLedger } from "@require-action/redis";
import { createPostgresLedger } from "@require-action/sql";
import { createFaultProxy, type FaultProxy } from "@require-action-test/support/faults/fault-proxy";
import { createClient } from "redis";
import { noRedis, redisUrl, sharedRedis } from "../../packages/redis/test/redis-servers.ts";
import { createSchema, noPostgres } from "../../packages/sql/test/databases.ts";

/** A ledger, and the proxy that stands in front of its server. */
export interface ProxiedLedger {
  readonly ledger: Ledger;
  readonly proxy: FaultProxy;
  close(): Promise<void>;
}

/** The ledgers that several processes share, and why each is skipped. */
export const ledgers: readonly {
  readonly name: string;
  readonly absent: string | undefined;
  open(): Promise<ProxiedLedger>;
}[] = [
  {
    name: "Redis",
    absent: noRedis,
    async open() {
      const url = new URL(redisUrl);
      const proxy = await createFaultProxy({ host: url.hostname, port: Number(url.port || 6379) });
      url.host = proxy.host;
      const client = createClient({ url: url.href, disableOfflineQueue: true });
      client.on("error", () => {});
      await client.connect();
      // A connection is made anew within milliseconds, but not on a busy machine; the guard's own deadline is the shorter one.
      return {
        ledger: await createRedisLedger(client, {
          prefix: `test:${randomUUID()}`,
          ...sharedRedis,
          commandTimeoutMs: 2_000,
        }),
        proxy,
        async close() {
          client.destroy();
          await proxy.close();
        },
      };
    },
  },
  {
    name: "PostgreSQL",
    absent: noPostgres,
    async open() {
      const { schema, url: direct, open, close } = createSchema();
      const url = new URL(direct);
      const proxy = await createFaultProxy({ host: url.hostname, port: Number(url.port || 5432) });
      url.host = proxy.host;
      const pool = open({ connectionString: url.href });
      return {
        ledger: await createPostgresLedger(pool, { schema, migrate: true }),
        proxy,
        async close() {
          await proxy.use({ kind: "none" });
          await close();
          await proxy.close();
        },
      };
    },
  },
];
