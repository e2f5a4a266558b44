import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { ConfigurationError } from "@require-action/core";
import type { CryptoKey } from "jose";
import { joinKey, type KeyParts } from "./store/key.ts";

const MIN_SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What a derived key is for. One key, one use. */
type KeyPurpose = "challenge-token" | "result-token" | "code" | "authenticator";

/** The engine's secrets, as keys. The first one makes, all of them recognise, so secrets rotate. */
export interface Keyring {
  /** Names the key that makes tokens. It tells nothing about the secret. */
  readonly currentId: string;
  /** The key of that name for signing and verifying one kind of token, imported once. */
  tokenKey(keyId: string, purpose: "challenge-token" | "result-token"): Promise<CryptoKey> | undefined;
  /** A keyed hash of a code together with what it belongs to. */
  hashCode(parts: KeyParts): string;
  /** True when `hash` is that of these parts, under any of the secrets; takes the same time either way. */
  isHashOf(hash: string, parts: KeyParts): boolean;
  /** Encrypts a secret of an authenticator, bound to `owner`. */
  seal(plain: Uint8Array, owner: KeyParts): string;
  /** True when it was encrypted under the first secret, and need not be again. */
  isCurrent(sealed: string): boolean;
  /** Decrypts it; `undefined` when it was altered, belongs to another owner, or its secret is gone. */
  open(sealed: string, owner: KeyParts): Uint8Array | undefined;
}

/** @throws ConfigurationError when there is no secret, or one is shorter than 32 bytes. */
export function createKeyring(secrets: readonly (string | Uint8Array)[]): Keyring {
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new ConfigurationError("secrets", "a list of at least one secret of 32 bytes or more is needed");
  }
  const roots = secrets.map((secret, index) => {
    const bytes = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
    if (!(bytes instanceof Uint8Array) || bytes.byteLength < MIN_SECRET_BYTES) {
      throw new ConfigurationError(
        `secrets[${index}]`,
        secret === undefined
          ? "is undefined: is its environment variable set?"
          : `must be a string or bytes, at least ${MIN_SECRET_BYTES} bytes, as of openssl rand -base64 32`,
      );
    }
    return {
      id: derive(bytes, "id", 8).toString("base64url"),
      code: derive(bytes, "code"),
      authenticator: derive(bytes, "authenticator"),
      tokenKeys: new Map<KeyPurpose, Promise<CryptoKey>>([
        ["challenge-token", importHmacKey(derive(bytes, "challenge-token"))],
        ["result-token", importHmacKey(derive(bytes, "result-token"))],
      ]),
    };
  });
  const byId = new Map(roots.map((root) => [root.id, root]));
  const current = roots[0] as (typeof roots)[number];

  return {
    currentId: current.id,
    tokenKey: (keyId, purpose) => byId.get(keyId)?.tokenKeys.get(purpose),
    hashCode: (parts) => hmac(current.code, parts).toString("base64url"),
    isHashOf(hash, parts) {
      const expected = Buffer.from(hash, "base64url");
      let found = false;
      for (const { code } of roots) {
        const actual = hmac(code, parts);
        if (actual.length === expected.length && timingSafeEqual(actual, expected)) found = true;
      }
      return found;
    },
    seal(plain, owner) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", current.authenticator, iv).setAAD(Buffer.from(joinKey(owner)));
      const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return `${current.id}.${sealed.toString("base64url")}`;
    },
    isCurrent: (sealed) => sealed.startsWith(`${current.id}.`),
    open(sealed, owner) {
      const [keyId = "", body = ""] = sealed.split(".");
      const key = byId.get(keyId)?.authenticator;
      if (key === undefined) return undefined;
      const bytes = Buffer.from(body, "base64url");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(joinKey(owner)))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}

function derive(secret: Uint8Array, purpose: KeyPurpose | "id", bytes = 32): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `require-action/engine/v1/${purpose}`, bytes));
}

function hmac(key: Buffer, parts: KeyParts): Buffer {
  return createHmac("sha256", key).update(joinKey(parts)).digest();
}

function importHmacKey(raw: Buffer): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
