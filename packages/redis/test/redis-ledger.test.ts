import { setTimeout as pass } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { allowWarnings } from "@require-action-test/support/warnings";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import { createClient } from "redis";
import { describe } from "vitest";
import { createRedisLedger } from "../src/index.ts";
import { noRedis, redisUrl as url, sharedRedis } from "./redis-servers.ts";

allowWarnings("RA_REDIS_VOLATILE");

describe.skipIf(noRedis)("on Redis", () => {
  describeLedgerConformance({
    name: "redis",
    async open() {
      const prefix = `test:${randomUUID()}`;
      const clients = await Promise.all([createClient({ url }).connect(), createClient({ url }).connect()]);
      const [ledger, other] = await Promise.all(
        clients.map((client) => createRedisLedger(client, { prefix, commandTimeoutMs: 10_000, ...sharedRedis })),
      );
      return {
        ledger: ledger!,
        other: other!,
        // Redis keeps its own time.
        pass: (ms) => pass(ms),
        close: async () => void (await Promise.all(clients.map((client) => client.close()))),
      };
    },
  });
});
