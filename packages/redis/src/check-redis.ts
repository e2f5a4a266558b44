import { ConfigurationError } from "@require-action/core";
import { createMasterWatch, type MasterWatch, type MasterWatchOptions } from "./master-watch.ts";
import { CommandTimeout, giveUp, reach, START_TIMEOUT_MS } from "./reach.ts";
import type { RedisSettings } from "./redis-options.ts";

const NAMES = ["maxmemory-policy", "appendonly", "appendfsync"] as const;

/** Leaves synchronizing out while the file is rewritten. A Redis that does not know it never does. */
const REWRITE = "no-appendfsync-on-rewrite";

type ServerSettings = Readonly<Partial<Record<(typeof NAMES)[number] | typeof REWRITE, string>>>;

/** The choices of `appendfsync`, from the one that keeps most, with what a crash of the machine forgets. */
const FSYNC_LOSSES = {
  always: "nothing",
  everysec: "the last second or two",
  no: "about the last 30 seconds",
} as const;
const FSYNC = Object.keys(FSYNC_LOSSES) as (keyof typeof FSYNC_LOSSES)[];

/**
 * Opens the watch over the master, and compares master and settings with what the options accept before anything rests on them.
 * @throws ConfigurationError for a Redis that may forget what no option accepts
 * @throws RequireActionError of this code when Redis cannot be reached
 */
export async function openMasterWatch(
  settings: RedisSettings,
  code: Parameters<typeof reach>[0],
  purpose: Pick<MasterWatchOptions, "room" | "emptyIsLoss">,
): Promise<MasterWatch> {
  const watch = createMasterWatch({ ...settings, ...purpose });
  await reach(code, async () => {
    const isReadable = await watch.look();
    await checkRedis(settings);
    checkMaster(settings, isReadable);
  });
  return watch;
}

/**
 * Compares how this Redis is set up with what the options accept. What may forget used approvals or attempt counters is
 * refused, unless an option names it; then it is a process warning.
 * @throws ConfigurationError that names the setting, the option, and what each costs
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 * @see https://redis.io/docs/latest/develop/reference/eviction/
 */
async function checkRedis(settings: RedisSettings): Promise<void> {
  const found = await readServerSettings(settings);
  checkEviction(settings, found);
  checkPersistence(settings, found);
  if (settings.persistence === "managed" && NAMES.some((name) => found[name] === undefined)) {
    warn(
      "RA_REDIS_UNCHECKED",
      "The settings of this Redis cannot be read: maxmemory-policy must be noeviction, appendonly yes and appendfsync always.",
    );
  }
}

/** Compares whether one master can be distinguished from another with what the options accept. @throws ConfigurationError */
function checkMaster(settings: RedisSettings, readable: boolean): void {
  if (readable) return;
  acceptUnreadable(settings, "INFO replication", "allow INFO");
  warn("RA_REDIS_UNCHECKED", "INFO replication of this Redis cannot be read: another master is not noticed.");
}

/** Accepts a Redis that does not say what a check needs to know, where the options name it. */
function acceptUnreadable({ persistence }: RedisSettings, what: string, remedy: string): void {
  if (persistence === "managed") return;
  throw new ConfigurationError(
    "persistence",
    `${what} of this Redis cannot be read, so it may forget used approvals and attempt counters; ${remedy}, or set persistence to "managed" if its operator vouches for appendonly, appendfsync always and noeviction`,
  );
}

function checkEviction(settings: RedisSettings, { "maxmemory-policy": policy }: ServerSettings): void {
  if (policy === undefined) return acceptUnreadable(settings, "maxmemory-policy", "allow CONFIG GET");
  if (policy === "noeviction") return;
  const problem = `maxmemory-policy of this Redis is ${policy}, which may drop used approvals and attempt counters; set it to noeviction`;
  if (!settings.allowEviction) throw new ConfigurationError("client", problem);
  warn("RA_REDIS_EVICTION", problem);
}

function checkPersistence(settings: RedisSettings, server: ServerSettings): void {
  const { appendonly, appendfsync } = server;
  const { persistence, fsync } = settings;
  if (appendonly === undefined) return acceptUnreadable(settings, "appendonly", "allow CONFIG GET");
  if (appendonly !== "yes") {
    const problem = `appendonly of this Redis is ${appendonly}, so a restart forgets used approvals and attempt counters, whatever it saves as snapshots`;
    if (persistence !== "volatile") {
      throw new ConfigurationError(
        "persistence",
        `${problem}; set appendonly to yes and appendfsync to always, or set persistence to "volatile" to accept that`,
      );
    }
    warn("RA_REDIS_VOLATILE", problem);
    return;
  }
  if (persistence === "volatile") return;
  const declared = FSYNC.find((choice) => choice === appendfsync);
  if (declared === undefined) return acceptUnreadable(settings, "appendfsync", "allow CONFIG GET");
  const found = server[REWRITE] === "yes" ? "no" : declared;
  if (found === "always") return;
  const [cause, remedy] =
    found === declared
      ? [`appendfsync of this Redis is ${found}`, "set appendfsync to always"]
      : [`${REWRITE} of this Redis is yes`, "set it to no"];
  const problem = `${cause}, so a crash of its machine forgets the used approvals and attempt counters of ${FSYNC_LOSSES[found]}`;
  if (FSYNC.indexOf(found) > FSYNC.indexOf(fsync)) {
    throw new ConfigurationError("fsync", `${problem}; ${remedy}, or set fsync to "${found}" to accept that`);
  }
  warn("RA_REDIS_FSYNC", problem);
}

/** What can be read of the settings; a cluster's nodes may differ, so nothing is known of it. */
async function readServerSettings({ isCluster, redis }: RedisSettings): Promise<ServerSettings> {
  if (isCluster) return {};
  try {
    const answers = await giveUp(START_TIMEOUT_MS, () =>
      Promise.all([...NAMES, REWRITE].map((name) => redis().configGet!(name))),
    );
    return Object.assign({}, ...answers) as ServerSettings;
  } catch (error) {
    // Managed services refuse, rename or swallow CONFIG. Anything else, such as a lost connection, is for the caller.
    if (error instanceof CommandTimeout) return {};
    if (error instanceof Error && /^(?:ERR|NOPERM) /.test(error.message)) return {};
    throw error;
  }
}

function warn(code: string, message: string): void {
  process.emitWarning(message, { type: "RequireActionWarning", code });
}
