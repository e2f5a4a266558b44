import { inFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import { systemClock } from "@require-action/core";
import { createRedisLedger, type RedisOptions } from "@require-action/redis";
import { createScriptedProvider } from "@require-action/testing";
import { createClient } from "redis";
import { afterEach, describe, expect, it, vi } from "vitest";
import { noRedisServer, type OwnRedis, startRedis } from "../../packages/redis/test/redis-servers.ts";
import { type Bank, frameworks, openBank } from "./withdrawals.ts";

const PATIENT = { deadlineMs: { decision: 20_000, ledger: 20_000 } };

const servers: readonly (readonly [name: string, settings: readonly string[], options: RedisOptions])[] = [
  ["stock settings", ["--save", "3600 1 300 100 60 10000"], { checks: { persistence: "warn" } }],
  ["nothing kept", ["--save", ""], { checks: { persistence: "warn" } }],
  ["everything kept", ["--appendonly", "yes", "--appendfsync", "always"], {}],
];

describe.skipIf(noRedisServer).each(frameworks)("$name with a Redis that is killed", ({ harness }) => {
  let redis: OwnRedis;
  let bank: Bank;
  const closing: (() => void)[] = [];

  allowWarnings("RA_REDIS_VOLATILE");
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await redis.close();
  });

  it.each(inFull ? servers : servers.slice(-1))(
    "T53: with %s: what ran does not run again, and a review that was undecided is good",
    async (_name, settings, options) => {
      redis = await startRedis(...settings);
      const client = createClient({
        url: redis.url,
        disableOfflineQueue: true,
        socket: { reconnectStrategy: () => 5 },
      });
      client.on("error", () => {});
      await client.connect();
      closing.push(() => client.destroy());
      const ledger = await createRedisLedger(client, { ...options, commandTimeoutMs: 2_000 });
      const scripted = createScriptedProvider({ clock: systemClock });
      bank = await openBank(harness, { scripted, guard: { ledger, ...PATIENT } });
      closing.push(() => bank.close());

      const [used, unused] = [await bank.approve("1"), await bank.approve("2")];
      scripted.answerNext("REVIEW_REQUIRED");
      const { json: review } = await bank.withdraw("3");
      expect((await bank.withdraw("1", used)).status).toBe(200);

      await redis.kill();
      expect((await bank.withdraw("2", unused)).status).toBe(503);
      await redis.start();
      await vi.waitFor(() => ledger.claim("back", "nobody", 1), { timeout: 10_000 });
      const answers = [await bank.withdraw("1", used), await bank.withdraw("2", unused)];
      expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
        [403, "action_token_expired"],
        [403, "action_token_expired"],
      ]);

      scripted.review(review.idempotencyKey, "approve");
      expect((await bank.withdraw("3", review.idempotencyKey)).status).toBe(200);
      expect((await bank.withdraw("3", review.idempotencyKey)).status).toBe(409);
      expect((await bank.withdraw("4", await bank.approve("4"))).status).toBe(200);
      expect(bank.runs).toEqual(["1", "3", "4"]);
    },
    30_000,
  );
});
