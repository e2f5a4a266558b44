import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { option } from "@require-action/core/options";
import { joinKey, type KeyParts } from "../store/store.ts";

const MIN_SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What a derived key is for. One key, one use. */
type KeyPurpose = `${TokenKeyKind}-token` | "session-key" | "code" | "authenticator";

/** The kinds of tokens that have keys. */
type TokenKeyKind = "challenge" | "denial" | "device" | "factors" | "refresh" | "result";

/** Eight bytes more than a scalar of P-256 has (FIPS 186-5, A.2.1), so that reducing it leaves no bias. */
const SESSION_SEED_BYTES = 40;

/** The engine's secrets, as keys. The first one makes, all of them recognise, so secrets rotate. */
export interface Keyring {
  /** The keys of one kind of token, the first of which mints. Their names reveal nothing about the secrets. */
  tokenKeys(kind: TokenKeyKind): readonly { readonly id: string; readonly key: Uint8Array }[];
  /** Seeds of the keys that sign access tokens, the first of which signs. The public halves are for anybody. */
  readonly sessionSeeds: readonly Uint8Array[];
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

/** The schema of the engine's `secrets`. */
export const secretsSchema: ReturnType<typeof option.listOf> = option.listOf(
  option.setting(
    (value) =>
      (typeof value === "string" || value instanceof Uint8Array) && Buffer.byteLength(value) >= MIN_SECRET_BYTES,
    `must be a string or bytes, at least ${MIN_SECRET_BYTES} bytes, as of openssl rand -base64 32`,
  ),
  { least: 1, of: "secrets" },
);

/** Derives the keys of secrets that {@link secretsSchema} accepts. */
export function createKeyring(secrets: readonly (string | Uint8Array)[]): Keyring {
  const roots = secrets.map((secret) => {
    const bytes = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
    return {
      id: derive(bytes, "id", 8).toString("base64url"),
      code: derive(bytes, "code"),
      authenticator: derive(bytes, "authenticator"),
      challenge: derive(bytes, "challenge-token"),
      denial: derive(bytes, "denial-token"),
      device: derive(bytes, "device-token"),
      factors: derive(bytes, "factors-token"),
      refresh: derive(bytes, "refresh-token"),
      result: derive(bytes, "result-token"),
      session: derive(bytes, "session-key", SESSION_SEED_BYTES),
    };
  });
  const byId = new Map(roots.map((root) => [root.id, root]));
  const current = roots[0] as (typeof roots)[number];
  const codes: KeyedHashes = createKeyedHashes([current.code, ...roots.slice(1).map(({ code }) => code)]);

  return {
    tokenKeys: (kind) => roots.map((root) => ({ id: root.id, key: root[kind] })),
    sessionSeeds: roots.map(({ session }) => session),
    hashCode: codes.hash,
    isHashOf: codes.isHashOf,
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
  return deriveKey(secret, `require-action/engine/v1/${purpose}`, bytes);
}

/** Keyed hashes of what a store must not hold in the clear. */
export interface KeyedHashes {
  /** The hash of these parts under the first key, base64url. */
  hash(parts: KeyParts): string;
  /** True when `hash` is that of these parts, under any of the keys; takes the same time either way. */
  isHashOf(hash: string, parts: KeyParts): boolean;
}

/** Creates HMAC-SHA-256 hashes under the first of the keys; all of them recognise, so that secrets rotate. */
export function createKeyedHashes([current, ...retired]: readonly [Uint8Array, ...Uint8Array[]]): KeyedHashes {
  const digest = (key: Uint8Array, parts: KeyParts): Buffer =>
    createHmac("sha256", key).update(joinKey(parts)).digest();
  return {
    hash: (parts) => digest(current, parts).toString("base64url"),
    isHashOf(hash, parts) {
      const expected = Buffer.from(hash, "base64url");
      let found = false;
      for (const key of [current, ...retired]) if (isEqual(digest(key, parts), expected)) found = true;
      // One text for each hash: decoders overlook bits that are left over.
      return found && expected.toString("base64url") === hash;
    },
  };
}

/** True for the same bytes. The time says no more than whether the lengths are equal. */
export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Derives the key of one purpose by HKDF-SHA-256, without a salt. @see https://www.rfc-editor.org/rfc/rfc5869 */
export function deriveKey(secret: Uint8Array, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", purpose, bytes));
}
