import type { MasterWatch } from "./master-watch.ts";
import { CommandTimeout, giveUp, START_TIMEOUT_MS } from "./reach.ts";
import type { RedisSettings } from "./redis-options.ts";

const NAMES = ["maxmemory-policy", "appendonly", "appendfsync", "no-appendfsync-on-rewrite"] as const;

/** How a Redis is set up, as far as it says so. */
export type ServerSettings = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** What of it `INFO` says too, within the script that claims need it for anyway. */
const INFO_SETTINGS = `
local memory = redis.pcall("INFO", "memory")
if type(memory) ~= "string" then memory = "" end
local persistence = redis.pcall("INFO", "persistence")
if type(persistence) ~= "string" then persistence = "" end
return {memory, persistence}`;

/**
 * Reads how this Redis is set up: by `INFO`, on every master of a cluster, and by `CONFIG GET`, on a single server. `CONFIG` is
 * not sent where the options say that it cannot be read: whoever swallowed it would put each later reply one command out of step.
 */
export async function readServerSettings(settings: RedisSettings, watch: MasterWatch): Promise<ServerSettings> {
  const informed = await giveUp(START_TIMEOUT_MS, () => watch.askMasters(INFO_SETTINGS));
  const found = weakest(informed.map(parseInfo));
  if (settings.isCluster || settings.checks.settings === "warn") return found;
  return { ...found, ...(await readConfig(settings, watch)) };
}

/** Nothing where it is refused, renamed or not answered, as managed services and proxies have it. */
async function readConfig({ redis }: RedisSettings, watch: MasterWatch): Promise<ServerSettings> {
  try {
    const answers = await giveUp(START_TIMEOUT_MS, () => Promise.all(NAMES.map((name) => redis().configGet!(name))));
    return Object.assign({}, ...answers) as ServerSettings;
  } catch (error) {
    if (error instanceof CommandTimeout) return {};
    // Some proxies close the connection. A Redis that answers nothing any more is an outage rather than a setting.
    await giveUp(START_TIMEOUT_MS, () => watch.askMasters("return {}")).catch(() => {
      throw error;
    });
    return {};
  }
}

function parseInfo(reply: unknown): ServerSettings {
  const text = Array.isArray(reply) ? reply.map(String).join("\n") : "";
  const [, policy] = /^maxmemory_policy:([\w-]+)/m.exec(text) ?? [];
  const [, appends] = /^aof_enabled:([01])\b/m.exec(text) ?? [];
  return {
    ...(policy !== undefined && { "maxmemory-policy": policy }),
    ...(appends !== undefined && { appendonly: appends === "1" ? "yes" : "no" }),
  };
}

/** The settings of several masters as one: what any of them may forget may be forgotten, and what one keeps to itself is unknown. */
function weakest(masters: readonly ServerSettings[]): ServerSettings {
  const merged: Record<string, string> = {};
  for (const [name, strong] of [
    ["maxmemory-policy", "noeviction"],
    ["appendonly", "yes"],
  ] as const) {
    const values = masters.map((master) => master[name]);
    const value =
      values.find((one) => one !== undefined && one !== strong) ?? (values.includes(undefined) ? undefined : strong);
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}
