import { scryptSync } from "node:crypto";
import { createKeyedHashes, deriveKey, type KeyedHashes } from "@require-action/engine/server";
import { type KeyParts } from "@require-action/engine/store";

/** What a derived key is for. One key, one use. */
type KeyPurpose = "code" | "scope" | "claim-token" | "id";

/** A key that signs and verifies tokens, with the name that tokens know it by. */
interface TokenKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Keys made of the API secrets, for what only this server reads again. The first secret makes, all of them recognise. */
export interface ServerKeys {
  /** A keyed hash, base64url. */
  hash(purpose: "code" | "scope", parts: KeyParts): string;
  /** True when `hash` is that of these parts, under any of the secrets; takes the same time either way. */
  isHashOf(hash: string, purpose: "code" | "scope", parts: KeyParts): boolean;
  /** The first one signs. */
  readonly tokenKeys: readonly TokenKey[];
}

/** Takes some 50 ms for each secret: users hold what these keys made, and should not get back to the secret by guessing. */
export function createServerKeys(apiSecrets: readonly string[]): ServerKeys {
  const roots = apiSecrets.map((secret) => {
    const root = scryptSync(secret, "require-action/server/v1", 32);
    return {
      code: derive(root, "code"),
      scope: derive(root, "scope"),
      token: { id: derive(root, "id", 8).toString("base64url"), key: derive(root, "claim-token") },
    };
  });
  const [current, ...retired] = roots as [(typeof roots)[number], ...typeof roots];
  const hashesOf = (purpose: "code" | "scope"): KeyedHashes =>
    createKeyedHashes([current[purpose], ...retired.map((root) => root[purpose])]);
  const hashes = { code: hashesOf("code"), scope: hashesOf("scope") };

  return {
    hash: (purpose, parts) => hashes[purpose].hash(parts),
    isHashOf: (hash, purpose, parts) => hashes[purpose].isHashOf(hash, parts),
    tokenKeys: roots.map(({ token }) => token),
  };
}

function derive(root: Uint8Array, purpose: KeyPurpose, bytes = 32): Buffer {
  return deriveKey(root, purpose, bytes);
}
