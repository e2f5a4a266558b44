import { lengthPrefixed } from "@require-action/core/options";
import { hash } from "node:crypto";
import { askAgain, giveUp, START_TIMEOUT_MS } from "./reach.ts";
import type { RedisSettings } from "./redis-options.ts";
import { createScript, runScript, type Script, type ScriptParameters } from "./script.ts";

/** A cluster spreads its keys over this many slots, each with a marker of its own; everything else has one marker. */
const CLUSTER_BUCKETS = 64;

/** The marker's first word where `INFO` cannot be read. */
const UNREADABLE = "unreadable";

/**
 * Compares the master that runs the script with the one that wrote the marker. Any other one, whatever its uptime, may lack
 * what the former had accepted, and so may one without the marker, or where this process has seen another: `since` is then
 * the time at which that was noticed. A master is known by its replication id, which ends with the process and with its role.
 *
 * KEYS[1]: the marker, `<master> <since>`. ARGV: the master that this process has seen last; its clock; a time before which it
 * has seen things used; whether a Redis without a marker may have been emptied.
 */
const WATCH = `
local info = redis.pcall("INFO", "replication")
local master = "${UNREADABLE}"
if type(info) == "string" then
  if not string.find(info, "role:master", 1, true) then return redis.error_reply("READONLY not a master") end
  master = string.match(info, "master_replid:(%w+)") or master
end
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local clock = tonumber(ARGV[2])
if clock > now + 3600000 then return redis.error_reply("CLOCK over an hour behind its client") end
local marker = redis.call("GET", KEYS[1]) or ""
local known, since = string.match(marker, "^(%w+) (%d+)$")
since = tonumber(since or "0")
if known ~= master or (ARGV[1] ~= "" and ARGV[1] ~= master) then
  if known or ARGV[1] ~= "" then
    if known ~= master then since = math.max(since, now, clock) end
    since = math.max(since, tonumber(ARGV[3]))
  elseif ARGV[4] == "1" then
    since = math.max(now, clock) - 1
  end
  marker = master .. " " .. string.format("%.0f", since)
  redis.call("SET", KEYS[1], marker)
end
`;

/**
 * Makes a script that runs on the keys from `KEYS[2]` on, with its own arguments from `ARGV[5]` on. It finds `now` and `since` in
 * milliseconds since the epoch, and returns numbers followed by `marker`.
 */
export function createWatchScript(text: string): Script {
  return createScript(WATCH + text);
}

const LOOK = `${WATCH}return {0, marker}`;

/** What a script of {@link createWatchScript} returned, and the master that ran it. */
export interface WatchAnswer {
  readonly values: readonly number[];
  readonly master: string;
}

/** A key, and the marker of the master that has it. */
export interface Place {
  /** Made of parts that are hashed, so that parts of any length and content fit and never meet. */
  readonly key: string;
  readonly marker: string;
}

/** Runs scripts that know since when this Redis remembers everything. */
export interface MasterWatch {
  /** Runs a script of {@link createWatchScript} on the key of the parts. */
  run(script: Script, key: readonly string[], parameters: readonly string[]): Promise<WatchAnswer>;
  /** Runs such a script on keys that have this marker. */
  runOn(script: Script, marker: string, keys: readonly string[], parameters: readonly string[]): Promise<WatchAnswer>;
  /** Where what has these parts is kept. */
  place(key: readonly string[]): Place;
  /** Notes that something from this time, in milliseconds since the epoch, was used. */
  used(at: number): void;
  /** Runs a script that needs nothing on every master: once, or for each marker of a cluster. */
  askMasters(text: string): Promise<readonly unknown[]>;
  /** Looks at the master now, and again whenever the client connects anew. Returns whether it can be told from others. */
  look(): Promise<boolean>;
}

export interface MasterWatchOptions extends RedisSettings {
  /** What the keys are for. Each has a marker of its own. */
  readonly room: "ledger" | "attempts";
  /** Whether a Redis without a marker may have been emptied. Otherwise it is new to a process that has not seen it before. */
  readonly emptyIsLoss: boolean;
}

export function createMasterWatch({
  client,
  redis,
  isCluster,
  prefix,
  room,
  emptyIsLoss,
  clock,
  commandTimeoutMs,
}: MasterWatchOptions): MasterWatch {
  const buckets = isCluster ? CLUSTER_BUCKETS : 1;
  /** The master that was seen last, by the key of its marker. */
  const seen = new Map<string, string>();
  let latestUse = 0;

  // What is in braces decides on the slot: a script's keys must have one in common.
  const tagOf = (bucket: number): string => `${prefix}:{${buckets === 1 ? room : `${room}-${bucket}`}}`;
  const markerOf = (bucket: number): string => `${tagOf(bucket)}:master`;
  const place = (parts: readonly string[]): Place => {
    const digest = hash("sha256", lengthPrefixed(parts), "base64url");
    const bucket = buckets === 1 ? 0 : Buffer.from(digest, "base64url")[0]! % buckets;
    return { key: `${tagOf(bucket)}:${digest}`, marker: markerOf(bucket) };
  };

  const evaluate = async (
    send: (about: ScriptParameters) => Promise<unknown>,
    keys: string[],
    parameters: readonly string[],
  ): Promise<WatchAnswer> => {
    const [marker = ""] = keys;
    const about = [seen.get(marker) ?? "", String(clock.now()), String(latestUse), emptyIsLoss ? "1" : "0"];
    const answer = await send({ keys, arguments: [...about, ...parameters] });
    if (!Array.isArray(answer)) throw new TypeError("redis answered something else");
    const [master = ""] = String(answer.at(-1)).split(" ");
    seen.set(marker, master);
    return { values: answer.slice(0, -1).map(Number), master };
  };

  const markers = Array.from({ length: buckets }, (_, bucket) => markerOf(bucket));
  const lookAround = async (): Promise<void> => {
    // By its text: a master that is new does not know it, and being asked twice would date the change later than it was noticed.
    const look = (about: ScriptParameters): Promise<unknown> => redis().eval(LOOK, about);
    await Promise.all(markers.map((marker) => askAgain(commandTimeoutMs, () => evaluate(look, [marker], []))));
  };

  const runOn: MasterWatch["runOn"] = (script, marker, keys, parameters) =>
    evaluate((about) => runScript(redis(), script, about), [marker, ...keys], parameters);

  return {
    place,
    runOn,
    run(script, parts, parameters) {
      const { key, marker } = place(parts);
      return runOn(script, marker, [key], parameters);
    },
    askMasters: (text) =>
      Promise.all(
        markers.map((marker) =>
          askAgain(commandTimeoutMs, () => redis().eval(text, { keys: [marker], arguments: [] })),
        ),
      ),
    used(at) {
      latestUse = Math.max(latestUse, at);
    },
    async look() {
      await giveUp(START_TIMEOUT_MS, lookAround);
      // The sooner another master is noticed, the fewer approvals are refused that were given after the change.
      client.on?.("ready", () => void lookAround().catch(() => {}));
      return ![...seen.values()].includes(UNREADABLE);
    },
  };
}
