import { ConfigurationError } from "@require-action/core";
import { createStartCheck, type StartCheck } from "@require-action/core/options";
import { createMasterWatch, type MasterWatch, type MasterWatchOptions } from "./master-watch.ts";
import { isRefusal, reach } from "./reach.ts";
import type { RedisCheck, RedisSettings } from "./redis-options.ts";
import { readServerSettings, type ServerSettings } from "./server-settings.ts";

/** A watch over the master, and the start-up checks that this Redis failed and that only warned. */
interface OpenMasterWatch {
  readonly watch: MasterWatch;
  readonly failedChecks: readonly RedisCheck[];
}

interface Purpose extends Pick<MasterWatchOptions, "room" | "emptyIsLoss"> {
  /** The error's code when Redis cannot be reached. */
  readonly code: Parameters<typeof reach>[0];
  /** The commands that the scripts make. */
  readonly commands: readonly (keyof typeof TRIALS)[];
  /** Runs every script once, on a key of nobody's: rights and commands that are missing show at the start. */
  tryOut(watch: MasterWatch): Promise<unknown>;
}

/**
 * Opens the watch over the master, and compares master, settings and rights with what the options accept before anything rests
 * on them.
 * @throws ConfigurationError for a Redis that fails a check which is not set to warn, or that does not run the scripts
 * @throws RequireActionError of this code when Redis cannot be reached
 */
export async function openMasterWatch(
  settings: RedisSettings,
  { code, commands, tryOut, ...purpose }: Purpose,
): Promise<OpenMasterWatch> {
  const watch = createMasterWatch({ ...settings, ...purpose });
  const check = createStartCheck(settings.checks);
  await reach(code, () =>
    explainingRefusals(watch, commands, async () => {
      checkMaster(check, await watch.look());
      checkSettings(check, await readServerSettings(settings, watch));
      await tryOut(watch);
    }),
  );
  return { watch, failedChecks: check.conclude() };
}

/**
 * Compares how this Redis is set up with what a promise to remember needs. Each check has a name, and refuses unless the options
 * set it to warn.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 * @see https://redis.io/docs/latest/develop/reference/eviction/
 */
function checkSettings(check: StartCheck<RedisCheck>, found: ServerSettings): void {
  checkEviction(check, found);
  checkPersistence(check, found);
  checkKnown(check, found);
}

/** Another master than before can be noticed only where one can be distinguished from another. */
function checkMaster(check: StartCheck<RedisCheck>, isReadable: boolean): void {
  if (isReadable) return;
  check.fail("replication", {
    code: "RA_REDIS_UNCHECKED",
    problem:
      "INFO replication of this Redis cannot be read, so another master, which may lack used approvals and attempt counters, is not noticed",
    remedy: "allow INFO",
  });
}

function checkEviction(check: StartCheck<RedisCheck>, { "maxmemory-policy": policy }: ServerSettings): void {
  if (policy === undefined || policy === "noeviction") return;
  check.fail("eviction", {
    code: "RA_REDIS_EVICTION",
    problem: `maxmemory-policy of this Redis is ${policy}, which may drop used approvals and attempt counters`,
    remedy: "set it to noeviction",
  });
}

function checkPersistence(check: StartCheck<RedisCheck>, found: ServerSettings): void {
  const { appendonly, appendfsync, "no-appendfsync-on-rewrite": pauses } = found;
  if (appendonly !== undefined && appendonly !== "yes") {
    return check.fail("persistence", {
      code: "RA_REDIS_VOLATILE",
      problem: `appendonly of this Redis is ${appendonly}, so a restart forgets used approvals and attempt counters, whatever it saves as snapshots`,
      remedy: "set appendonly to yes and appendfsync to always",
    });
  }
  if (appendfsync !== "everysec" && appendfsync !== "no" && pauses !== "yes") return;
  const isPaused = pauses === "yes" && appendfsync !== "no";
  const isEachSecond = !isPaused && appendfsync === "everysec";
  const cause = isPaused
    ? "no-appendfsync-on-rewrite of this Redis is yes"
    : `appendfsync of this Redis is ${appendfsync}`;
  const loss = isEachSecond ? "the last second or two" : "about the last 30 seconds";
  const weakness = {
    code: "RA_REDIS_FSYNC",
    problem: `${cause}, so a crash of its machine forgets the used approvals and attempt counters of ${loss}`,
    remedy: isPaused ? "set it to no" : "set appendfsync to always",
  } as const;
  check.fail("fsyncAlways", weakness);
  if (!isEachSecond) check.fail("fsyncEverysec", weakness);
}

/** What keeps quiet about itself may forget, unless whoever runs it vouches for it. */
function checkKnown(check: StartCheck<RedisCheck>, found: ServerSettings): void {
  const wanted = { "maxmemory-policy": "noeviction", appendonly: "yes", appendfsync: "always" } as const;
  const relevant = Object.entries(wanted).filter(([name]) => name !== "appendfsync" || found.appendonly !== "no");
  const unknown = relevant.filter(([name]) => found[name as keyof typeof wanted] === undefined);
  if (unknown.length === 0) return;
  check.fail("settings", {
    code: "RA_REDIS_UNCHECKED",
    problem: `${unknown.map(([name]) => name).join(", ")} of this Redis cannot be read, so it may forget used approvals and attempt counters`,
    remedy: `allow CONFIG GET, or have whoever runs it vouch for ${unknown.map((setting) => setting.join(" ")).join(", ")}`,
  });
}

/** What shows whether a script may run a command, on a key of nobody's. */
const TRIALS = {
  TIME: `redis.call("TIME")`,
  GET: `redis.call("GET", KEYS[1] .. ":trial")`,
  SET: `redis.call("SET", KEYS[1] .. ":trial", "1", "PX", "1")`,
  DEL: `redis.call("DEL", KEYS[1] .. ":trial")`,
  PTTL: `redis.call("PTTL", KEYS[1] .. ":trial")`,
  PEXPIRE: `redis.call("PEXPIRE", KEYS[1] .. ":trial", "1")`,
} as const;

/** Says of a refusal what is missing, and where the list of rights is. Anything else is for the caller. */
async function explainingRefusals(
  watch: MasterWatch,
  commands: readonly (keyof typeof TRIALS)[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { message } = error;
    if (!/^NOPERM |^ERR The user executing/.test(message)) {
      const problem =
        "this server does not run the scripts of this package; use Redis 7 or newer, or what runs its scripts";
      throw new ConfigurationError("client", problem);
    }
    const missing = message.includes("of the keys")
      ? "use the keys of this prefix"
      : `run ${(await missingCommands(watch, commands, message)).join(", ")}`;
    throw new ConfigurationError(
      "client",
      `the user of this Redis may not ${missing}; give it the rights that the README of @require-action/redis lists`,
    );
  }
}

/** Redis names a command that it was sent, and none that a script makes. */
async function missingCommands(
  watch: MasterWatch,
  commands: readonly (keyof typeof TRIALS)[],
  message: string,
): Promise<readonly string[]> {
  const [, sent] = /'([\w|-]{1,40})' command/.exec(message) ?? [];
  if (sent !== undefined) return [sent.toUpperCase()];
  const allowed = await Promise.all(
    commands.map((name) =>
      watch.askMasters(TRIALS[name]).then(
        () => true,
        (error: unknown) => !isRefusal(error),
      ),
    ),
  );
  return commands.filter((_, index) => !allowed[index]);
}
