import { setTimeout as pass } from "node:timers/promises";
import { describeLedgerConformance } from "@require-action/conformance/ledger";
import { createClient } from "redis";
import { afterAll, beforeAll, describe } from "vitest";
import { createRedisLedger } from "../src/index.ts";
import { clientsOfOne } from "./clients.ts";
import { aclCommands, setUser } from "./least-rights.ts";
import { noRedisServer, type OwnRedis, startRedis } from "./redis-servers.ts";

describe.skipIf(noRedisServer)("T53: with the least rights that the README lists", () => {
  let redis: OwnRedis;
  let url: string;
  beforeAll(async () => {
    redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    url = await setUser(redis, aclCommands());
  });
  afterAll(() => redis?.close());

  describe.each(clientsOfOne)("$name", ({ name, open }) => {
    describeLedgerConformance({
      name,
      async open() {
        // The keys are those of the prefix by default, so each case has an empty Redis.
        const admin = await createClient({ url: redis.url }).connect();
        const opened = await Promise.all([open(url), open(url)]);
        const [ledger, other] = await Promise.all(
          opened.map(({ client }) => createRedisLedger(client, { commandTimeoutMs: 10_000 })),
        );
        for (const key of await admin.keys("*")) if (!key.endsWith(":master")) await admin.del(key);
        admin.destroy();
        return {
          ledger: ledger!,
          other: other!,
          // Redis keeps its own time.
          pass: (ms) => pass(ms),
          close: async () => void (await Promise.all(opened.map(({ close }) => close()))),
        };
      },
    });
  });
});
