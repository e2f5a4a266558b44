import { setTimeout as pass } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import { ledgerConformance } from "@require-action/testing/conformance";
import { createClient } from "redis";
import { describe } from "vitest";
import { createRedisLedger } from "../src/index.ts";
import { noRedis, redisUrl as url } from "./redis-servers.ts";

describe.skipIf(noRedis)("on Redis", () => {
  ledgerConformance({
    name: "redis",
    async open() {
      const prefix = `test:${randomUUID()}`;
      const clients = await Promise.all([createClient({ url }).connect(), createClient({ url }).connect()]);
      const [ledger, other] = await Promise.all(clients.map((client) => createRedisLedger(client, { prefix })));
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
