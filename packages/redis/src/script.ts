import { hash } from "node:crypto";
import type { RedisClient } from "./redis-client.ts";

/** A script with the digest under which Redis keeps it. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

/** What a script is given. */
export type ScriptParameters = Parameters<RedisClient["eval"]>[1];

/** Makes a script of its text. */
export function createScript(text: string): Script {
  return { text, digest: hash("sha1", text, "hex") };
}

/**
 * Runs a script by its digest, and by its text where Redis does not know it yet, as after a restart, or where the user may not
 * use digests. Neither refusal has done anything.
 * @see https://redis.io/docs/latest/commands/evalsha/
 */
export async function runScript(redis: RedisClient, script: Script, parameters: ScriptParameters): Promise<unknown> {
  if (redis.evalSha === undefined) return redis.eval(script.text, parameters);
  try {
    return await redis.evalSha(script.digest, parameters);
  } catch (error) {
    if (error instanceof Error && /^(?:NOSCRIPT|NOPERM) /.test(error.message)) {
      return redis.eval(script.text, parameters);
    }
    throw error;
  }
}
