import { setTimeout as pass } from "node:timers/promises";
import { ConfigurationError } from "@require-action/core";
import { createWatchScript, type MasterWatch, type WatchAnswer } from "./master-watch.ts";
import { askAgain } from "./reach.ts";
import type { RedisLedgerSettings } from "./redis-options.ts";

/**
 * Reads who holds the claim, how far this master has written, and of the replicas that are connected, how many there are and
 * how many have acknowledged as much as ARGV[7]. Refuses as the claim itself does.
 */
const HELD = createWatchScript(`
if ARGV[5] ~= "" and tonumber(ARGV[5]) <= since then return {-1, marker} end
local text = type(info) == "string" and info or ""
local connected, acknowledged = 0, 0
for offset in string.gmatch(text, "state=online,offset=(%d+)") do
  connected = connected + 1
  if ARGV[7] ~= "" and tonumber(offset) >= tonumber(ARGV[7]) then acknowledged = acknowledged + 1 end
end
local written = tonumber(string.match(text, "master_repl_offset:(%d+)") or "0")
return {redis.call("GET", KEYS[2]) == ARGV[6] and 1 or 0, written, connected, acknowledged, marker}`);

const COUNT_CONNECTED = `
local info = redis.pcall("INFO", "replication")
local connected = 0
if type(info) == "string" then for _ in string.gmatch(info, "state=online,offset=") do connected = connected + 1 end end
return connected`;

/** A claim whose replicas did not all answer that they have it. */
class UnconfirmedClaim extends Error {}

/** A claim, as the ledger sends it to Redis. */
interface HeldClaim {
  readonly key: readonly string[];
  /** The time of the approval in milliseconds since the epoch, or nothing. */
  readonly given: string;
  readonly owner: string;
}

/** Makes sure that replicas have a claim before it counts. */
export interface ReplicaConfirmation {
  /** @throws ConfigurationError where a master has fewer replicas than are demanded */
  countReplicas(watch: MasterWatch): Promise<void>;
  /**
   * Resolves to 1 once the claim is on as many replicas as are demanded, and to -1 where it was approved before another master
   * was noticed.
   * @throws UnconfirmedClaim when they are fewer after `ms` milliseconds. The claim stays with its owner, who may try again.
   */
  confirm(watch: MasterWatch, claim: HeldClaim, ms: number): Promise<number>;
}

/** Creates the confirmation that the options demand, or none. @throws ConfigurationError for a client that sends no `WAIT` */
export function createReplicaConfirmation({
  waitForReplicas,
  waitOn,
}: RedisLedgerSettings): ReplicaConfirmation | undefined {
  if (waitForReplicas === undefined) return undefined;
  if (waitOn === undefined) {
    const problem = "needs a client that sends WAIT: `wait` of node-redis, `pipeline` of ioredis";
    throw new ConfigurationError("waitForReplicas", problem, "createRedisLedger");
  }
  return {
    async countReplicas(watch) {
      const connected = Math.min(...(await watch.askMasters(COUNT_CONNECTED)).map(Number));
      if (connected >= waitForReplicas) return;
      const problem = `demands ${waitForReplicas}, and INFO of a master of this Redis lists ${connected} that are connected`;
      throw new ConfigurationError("waitForReplicas", problem, "createRedisLedger");
    },
    async confirm(watch, { key, given, owner }, ms) {
      const endsAt = performance.now() + ms;
      const look = (written: string): Promise<WatchAnswer> =>
        askAgain(Math.max(endsAt - performance.now(), 0), () => watch.run(HELD, key, [given, owner, written]));
      const { values: first, master } = await look("");
      const [held, written, connected] = first;
      if (held === -1) return -1;
      // Replicas that are not there need not be waited for, which would hold up whatever else uses the connection.
      if (held !== 1 || connected! < waitForReplicas) throw new UnconfirmedClaim();
      for (let pause = 1; ; pause *= 2) {
        await waitOn(watch.place(key).key, waitForReplicas, Math.max(Math.ceil(endsAt - performance.now()), 1));
        const { values, master: answering } = await look(String(written));
        const [stillHeld, , , acknowledged] = values;
        if (stillHeld === -1) return -1;
        // What another master has written is no measure of this one.
        if (stillHeld !== 1 || answering !== master) throw new UnconfirmedClaim();
        if (acknowledged! >= waitForReplicas) return 1;
        if (performance.now() + pause >= endsAt) throw new UnconfirmedClaim();
        await pass(pause);
      }
    },
  };
}
