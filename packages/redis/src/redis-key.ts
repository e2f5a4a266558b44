import { createHash } from "node:crypto";
import { lengthPrefixed } from "@require-action/core";

/**
 * Makes one Redis key of several parts: hashed, so that parts of any length and content fit and never meet, and so that a
 * cluster spreads them.
 */
export function redisKey(prefix: string, parts: readonly string[]): string {
  return `${prefix}:${createHash("sha256").update(lengthPrefixed(parts)).digest("base64url")}`;
}
