import { createHash } from "node:crypto";
import { isPlainObject, type Plain } from "./plain-copy.ts";

/** Names a policy by its content: SHA-256 over its JSON with sorted keys, base64url. */
export function policyVersion(source: Plain): string {
  return createHash("sha256").update(JSON.stringify(source, sortedKeys)).digest("base64url");
}

function sortedKeys(_key: string, value: Plain): unknown {
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
