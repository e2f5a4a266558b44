import { hash } from "node:crypto";
import { lengthPrefixed } from "@require-action/core/options";

/**
 * One key of several parts: of one length, so that an index takes it whatever it was made of, and without any text that a
 * database may refuse. Part of the schema: to change it takes a migration, or processes old and new would pass each other by.
 */
export function hashKey(...parts: readonly string[]): string {
  return hash("sha256", lengthPrefixed(parts), "base64url");
}
