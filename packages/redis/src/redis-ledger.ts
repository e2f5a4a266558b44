import { randomUUID } from "node:crypto";
import { RequireActionError } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { openMasterWatch } from "./check-redis.ts";
import { createWatchScript, type MasterWatch } from "./master-watch.ts";
import { askAgain, reach, START_TIMEOUT_MS } from "./reach.ts";
import type { IoRedisClient } from "./io-redis.ts";
import type { RedisClient } from "./redis-client.ts";
import { readLedgerOptions, type RedisLedgerOptions } from "./redis-options.ts";
import { createReplicaConfirmation } from "./replica-confirmation.ts";
import { createScript, runScript } from "./script.ts";

/** Refuses what was approved before another master was noticed; otherwise answers whether the owner holds the claim. */
const CLAIM = createWatchScript(`
if ARGV[5] ~= "" and tonumber(ARGV[5]) <= since then return {-1, marker} end
local holder = redis.call("GET", KEYS[2])
if not holder then redis.call("SET", KEYS[2], ARGV[6], "PX", ARGV[7]) end
return {(not holder or holder == ARGV[6]) and 1 or 0, marker}`);

const RELEASE = createScript(
  `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`,
);

/** The part of its time limit for which a command waits for replicas. */
const CONFIRMATION_SHARE = 1 / 2;

/** How long the key of a script that is tried out may last. */
const TRY_OUT_MS = "10000";

/**
 * Creates a ledger on Redis 7 or newer, shared by every process that has the same Redis and prefix. Each step is one
 * command. While its connection is being made anew it is asked again, for `commandTimeoutMs`, so that a lost reply is not a
 * lost approval; what Redis keeps waiting is given up on by the guard, which then gives back whatever was claimed.
 *
 * Another master than before may lack claims: approvals that were given before it was noticed are rejected with
 * `action_token_expired`, for as long as they would be accepted otherwise.
 * @throws ConfigurationError for a wrong option, and for a Redis that may forget claims where no option accepts that
 * @throws RequireActionError `ledger_unavailable` when this Redis cannot be reached
 * @see https://redis.io/docs/latest/commands/set/
 * @example
 * const client = await createClient({ url: "redis://redis.internal:6379" }).connect();
 * const ledger = await createRedisLedger(client);
 */
export async function createRedisLedger(
  client: RedisClient | IoRedisClient,
  options?: RedisLedgerOptions,
): Promise<Ledger> {
  const settings = readLedgerOptions(client, options);
  const { redis, commandTimeoutMs } = settings;
  const confirmation = createReplicaConfirmation(settings);
  const ask = <Answer>(command: () => Promise<Answer>): Promise<Answer> => askAgain(commandTimeoutMs, command);
  const release = (watch: MasterWatch, key: string, owner: string): Promise<unknown> =>
    ask(() => runScript(redis(), RELEASE, { keys: [watch.keyOf([key])], arguments: [owner] }));
  const { watch, failedChecks } = await openMasterWatch(settings, {
    code: "ledger_unavailable",
    room: "ledger",
    commands: ["TIME", "GET", "SET", "DEL"],
    emptyIsLoss: true,
    async tryOut(opened) {
      const key = randomUUID();
      await ask(() => opened.run(CLAIM, [key], ["", key, TRY_OUT_MS]));
      await confirmation?.countReplicas(opened);
      await confirmation?.confirm(opened, { key: [key], given: "", owner: key }, START_TIMEOUT_MS);
      await release(opened, key, key);
    },
  });
  return {
    name: "redis",
    failedChecks,
    async claim(key, owner, ttlMs, approvedAt) {
      const given = approvedAt === undefined ? "" : String(approvedAt);
      const parameters = [given, owner, String(Math.ceil(ttlMs))];
      const outcome = await reach("ledger_unavailable", async () => {
        const { values } = await ask(() => watch.run(CLAIM, [key], parameters));
        if (values[0] !== 1 || confirmation === undefined) return values[0];
        return confirmation.confirm(watch, { key: [key], given, owner }, commandTimeoutMs * CONFIRMATION_SHARE);
      });
      if (outcome === -1) {
        throw new RequireActionError("action_token_expired", {
          detail: "redis: the approval was given before another master was noticed, which may not know of its use",
        });
      }
      // Lost or won, it is used now.
      if (approvedAt !== undefined) watch.used(approvedAt);
      return outcome === 1;
    },
    release: (key, owner) =>
      reach("ledger_unavailable", async () => {
        await release(watch, key, owner);
      }),
  };
}
