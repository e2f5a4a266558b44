import { randomBytes } from "node:crypto";
import type { EngineOptions } from "@require-action/engine";
import { CliError } from "../lib/terminal.ts";
import type { ServeSettings } from "./serve-settings.ts";
import type { StoreLocation } from "../store/store-location.ts";

const SECRET_BYTES = 32;

/** The Server API secrets to accept, and whether they were made for this run. @throws CliError */
export function apiSecretsFor({ apiSecrets, dev }: ServeSettings): {
  readonly apiSecrets: readonly string[];
  readonly isMade: boolean;
} {
  if (apiSecrets.length > 0) return { apiSecrets, isMade: false };
  if (dev) return { apiSecrets: [randomBytes(SECRET_BYTES).toString("base64url")], isMade: true };
  throw new CliError("No API secret is set. Set REQUIRE_ACTION_API_SECRET, or pass --api-secret or --dev.");
}

/** How receipts are kept; `undefined` where none are. No message quotes a key. @throws CliError */
export function receiptsFor({ receipts, dev }: ServeSettings, { kind }: StoreLocation): EngineOptions["receipts"] {
  if (receipts === undefined) return undefined;
  if (kind === "memory" && !dev) throw new CliError("--receipts needs a store that lasts: name one with --store.");
  const { executions } = receipts;
  let keys: unknown;
  try {
    ({ keys } = JSON.parse(receipts.keys) as { readonly keys?: unknown });
  } catch {
    // Said below, as for any other text that is no key set.
  }
  if (!Array.isArray(keys)) {
    throw new CliError(
      'REQUIRE_ACTION_RECEIPT_KEYS must be a JSON Web Key Set, {"keys": [...]}, of Ed25519 keys, the first of them private.',
    );
  }
  return { keys: keys as NonNullable<EngineOptions["receipts"]>["keys"], executions };
}

/**
 * The engine's own secrets. They are not the API's: users hold tokens made with them, and could guess at a short one.
 * @throws CliError
 */
export function engineSecretsFor(
  { engineSecrets }: ServeSettings,
  { kind }: StoreLocation,
): readonly (string | Uint8Array)[] {
  if (engineSecrets.length > 0) return engineSecrets;
  // What they protect goes with the process, as they do.
  if (kind === "memory") return [randomBytes(SECRET_BYTES)];
  throw new CliError("A store that outlives the process needs REQUIRE_ACTION_ENGINE_SECRET, 32 bytes or more.");
}
