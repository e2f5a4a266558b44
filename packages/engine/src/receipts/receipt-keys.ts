import { createPrivateKey, createPublicKey, hash, type KeyObject } from "node:crypto";
import { ConfigurationError } from "@require-action/core";
import { canonicalJson, option } from "@require-action/core/options";
import { isId } from "@require-action/core/provider";
import type { JWK } from "jose";

const ALGORITHM = "EdDSA";

/** What signs receipts, and by what they are verified. */
export interface ReceiptKeys {
  /** Signs an entry: a JWS whose payload is left out (RFC 7515, appendix F). */
  sign(entry: string): Promise<string>;
  /** The public keys, as a JSON Web Key Set: the current one first. */
  readonly publicKeys: readonly JWK[];
}

/** The schema of `receipts.keys`. */
export const receiptKeysSchema: ReturnType<typeof option.listOf> = option.listOf(
  option.setting(
    (value) => publicJwkOf(value) !== undefined,
    "must be an Ed25519 key as a JWK, as of generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })",
  ),
  { least: 1, of: "keys" },
);

/**
 * Reads keys that {@link receiptKeysSchema} accepts. The first signs. The others are for verifying, for as long as receipts of theirs
 * are: they may be public.
 * @throws ConfigurationError where the first is public
 */
export function createReceiptKeys(keys: readonly JWK[]): ReceiptKeys {
  const [current] = keys;
  const publicKeys = keys.map((key) => publicJwkOf(key)!);
  const kid = publicKeys[0]?.kid;
  if (current?.d === undefined || kid === undefined) {
    throw new ConfigurationError("receipts.keys[0]", "must be a private key, as it signs; public ones may follow it");
  }
  if (new Set(publicKeys.map((key) => key.kid)).size !== keys.length) {
    throw new ConfigurationError("receipts.keys", "must each have a kid of their own");
  }
  const privateKey = createPrivateKey({ key: current, format: "jwk" });
  const header = { alg: ALGORITHM, kid };
  return {
    publicKeys,
    async sign(entry) {
      // Loaded with the first receipt: an engine without them never needs it.
      const { CompactSign } = await import("jose");
      const jws = await new CompactSign(Buffer.from(entry)).setProtectedHeader(header).sign(privateKey);
      return jws.replace(/\.[^.]*\./, "..");
    },
  };
}

/** The public half of an Ed25519 key, under its own `kid` or its thumbprint (RFC 7638); `undefined` for anything else. */
function publicJwkOf(value: unknown): JWK | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kty, crv, d, kid } = value as JWK;
  if (kty !== "OKP" || crv !== "Ed25519" || (kid !== undefined && !isId(kid))) return undefined;
  try {
    const x = coordinateOf(
      d === undefined
        ? publicKeyOf(value as JWK)
        : createPublicKey(createPrivateKey({ key: value, format: "jwk" } as never)),
    );
    if (x === undefined || x !== (value as JWK).x) return undefined;
    const key = { crv, kty, x };
    return { ...key, kid: kid ?? hash("sha256", canonicalJson(key), "base64url"), alg: ALGORITHM, use: "sig" };
  } catch {
    return undefined;
  }
}

function publicKeyOf(key: JWK): KeyObject {
  return createPublicKey({ key, format: "jwk" });
}

function coordinateOf(key: KeyObject): string | undefined {
  return key.export({ format: "jwk" }).x;
}
