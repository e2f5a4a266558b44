import { randomUUID } from "node:crypto";
import { RequireActionError } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { openMasterWatch } from "./check-redis.ts";
import { createClaimBatches } from "./claim-batches.ts";
import { createWatchScript, type MasterWatch } from "./master-watch.ts";
import { askAgain, reach, START_TIMEOUT_MS } from "./reach.ts";
import type { IoRedisClient } from "./io-redis.ts";
import type { RedisClient } from "./redis-client.ts";
import { readLedgerOptions, type RedisLedgerOptions } from "./redis-options.ts";
import { createReplicaConfirmation } from "./replica-confirmation.ts";
import { createScript, runScript } from "./script.ts";

/**
 * Takes several claims, each on a key from `KEYS[2]` on and with three arguments. Refuses what was approved before another master
 * was noticed; otherwise answers whether the owner holds the claim.
 */
const CLAIM = createWatchScript(`
local outcomes = {}
for index = 2, #KEYS do
  local at = 3 * index - 1
  local given, owner = ARGV[at], ARGV[at + 1]
  local outcome = -1
  if given == "" or tonumber(given) > since then
    local holder = redis.call("GET", KEYS[index])
    if not holder then redis.call("SET", KEYS[index], owner, "PX", ARGV[at + 2]) end
    outcome = (not holder or holder == owner) and 1 or 0
  end
  outcomes[index - 1] = outcome
end
outcomes[#KEYS] = marker
return outcomes`);

const RELEASE = createScript(
  `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`,
);

/** The part of its time limit for which a command waits for replicas. */
const CONFIRMATION_SHARE = 1 / 2;

/** How long the key of a script that is tried out may last. */
const TRY_OUT_MS = "10000";

/**
 * Creates a ledger on Redis 7 or newer, shared by every process that has the same Redis and prefix. Each step is one
 * command, and claims that are made at the same time share one. While its connection is being made anew it is asked again, for `commandTimeoutMs`, so that a lost reply is not a
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
    ask(() => runScript(redis(), RELEASE, { keys: [watch.place([key]).key], arguments: [owner] }));
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
  const claims = createClaimBatches(async (...batch) => (await ask(() => watch.runOn(CLAIM, ...batch))).values);
  return {
    name: "redis",
    failedChecks,
    async claim(key, owner, ttlMs, approvedAt) {
      const lastsMs = Math.ceil(ttlMs);
      // Redis would refuse the whole script, and with it what others claim.
      if (!(lastsMs > 0 && Number.isSafeInteger(lastsMs))) throw new RangeError("a claim must last, and end");
      if (approvedAt !== undefined && !Number.isFinite(approvedAt))
        throw new RangeError("an approval must have a time");
      const given = approvedAt === undefined ? "" : String(approvedAt);
      const parameters = [given, owner, String(lastsMs)];
      const outcome = await reach("ledger_unavailable", async () => {
        const answer = await claims.add(watch.place([key]), parameters);
        if (answer !== 1 || confirmation === undefined) return answer;
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
        // What was claimed before is released, not what comes after.
        claims.flush();
        await release(watch, key, owner);
      }),
  };
}
