import { ConfigurationError } from "@require-action/core";
import type { RedisClient } from "./redis-client.ts";

/** How a Redis that may forget claims is met. */
export interface RedisChecks {
  /** Warns rather than refuses where `maxmemory-policy` may drop a claim that is still needed. */
  readonly allowEviction?: boolean;
}

/**
 * Looks at how this Redis is set up. Throws a `ConfigurationError` where it may evict a live claim, since an approval could
 * then be used twice; warns where a restart forgets claims, and where it cannot look.
 * @see https://redis.io/docs/latest/develop/reference/eviction/
 */
export async function checkRedis(client: RedisClient, { allowEviction = false }: RedisChecks): Promise<void> {
  const settings = await readSettings(client);
  if (!settings) {
    warn(
      "RA_REDIS_UNCHECKED",
      "The settings of this Redis cannot be read. See to it that maxmemory-policy is noeviction and that it persists.",
    );
    return;
  }
  const { policy, persists } = settings;
  if (policy !== "noeviction") {
    const problem = `maxmemory-policy of this Redis is ${policy}, which may drop used approvals and attempt counters; set it to noeviction`;
    if (!allowEviction) throw new ConfigurationError("client", problem);
    warn("RA_REDIS_EVICTION", problem);
  }
  if (!persists) {
    warn(
      "RA_REDIS_VOLATILE",
      "This Redis persists nothing: a restart forgets which approvals were used and which guesses were made. Turn on appendonly, or use an SQL ledger for money.",
    );
  }
}

async function readSettings(client: RedisClient): Promise<{ policy: string; persists: boolean } | undefined> {
  if (!client.configGet) return undefined;
  let settings: Record<string, string>[];
  try {
    settings = await Promise.all(["maxmemory-policy", "appendonly", "save"].map((name) => client.configGet!(name)));
  } catch (error) {
    // Managed services refuse CONFIG. Anything else, such as a lost connection, is for the caller.
    if (error instanceof Error && /^(?:ERR unknown command|NOPERM)/.test(error.message)) return undefined;
    throw error;
  }
  const { "maxmemory-policy": policy = "unknown", appendonly, save } = Object.assign({}, ...settings);
  return { policy, persists: appendonly === "yes" || (save ?? "") !== "" };
}

function warn(code: string, message: string): void {
  process.emitWarning(message, { type: "RequireActionWarning", code });
}
