import { hash, hkdfSync, randomFillSync } from "node:crypto";

/** Seals and MACs as the limit makes them: by hand, for what this bench sends. */
export interface LimitSeals {
  /** A key that is sealed for a user and an action, and for what is bound. */
  seal(user: string, action: string, bound: string): string;
  /** Whether a key was sealed for this user and action, and for what is bound. */
  opens(key: string, user: string, action: string, bound: string): boolean;
  /** The MAC of a token's header and payload, in base64url. */
  tokenMac(signed: string): string;
}

const PREFIX = "ra1_";
const SEALED_BYTES = 70;
const NONCE_BYTES = 16;
const POOLED_NONCES = 256;

/** Creates the seals of one secret. */
export function createLimitSeals(secret: string): LimitSeals {
  const digestKey = deriveKey(secret, "digest");
  const macKey = deriveKey(secret, "seal");
  const tokenKey = deriveKey(secret, "token");
  const pool = new Uint8Array(NONCE_BYTES * POOLED_NONCES);
  let drawn = POOLED_NONCES;

  const macOf = (sealed: Buffer, user: string, action: string): string =>
    hmac(macKey, `${PREFIX}|${user}|${action}|${sealed.toString("latin1", 0, 46)}`, "binary").slice(0, 24);

  return {
    seal(user, action, bound) {
      if (drawn === POOLED_NONCES) {
        randomFillSync(pool);
        drawn = 0;
      }
      const sealed = Buffer.allocUnsafe(SEALED_BYTES);
      sealed.writeUIntBE(Date.now(), 0, 6);
      sealed.set(pool.subarray(NONCE_BYTES * drawn, NONCE_BYTES * ++drawn), 6);
      sealed.write(hmac(digestKey, bound, "binary"), 22, 24, "latin1");
      sealed.write(macOf(sealed, user, action), 46, 24, "latin1");
      return `${PREFIX}${sealed.toString("base64url")}`;
    },
    opens(key, user, action, bound) {
      const sealed = Buffer.from(key.slice(PREFIX.length), "base64url");
      return (
        sealed.toString("latin1", 46) === macOf(sealed, user, action) &&
        sealed.toString("latin1", 22, 46) === hmac(digestKey, bound, "binary").slice(0, 24)
      );
    },
    tokenMac: (signed) => hmac(tokenKey, signed, "base64url"),
  };
}

interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

function deriveKey(secret: string, purpose: string): HmacKey {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", purpose, 32));
  const padded = (pad: number, more: number): Buffer => {
    const block = Buffer.alloc(64 + more, pad);
    for (let index = 0; index < 64; index++) block[index] = pad ^ (key[index] ?? 0);
    return block;
  };
  return { inner: padded(0x36, 1_024), outer: padded(0x5c, 32) };
}

/** HMAC-SHA-256 of a text of at most 1,024 one-byte characters. */
function hmac({ inner, outer }: HmacKey, text: string, encoding: "binary" | "base64url"): string {
  const end = 64 + inner.write(text, 64, "latin1");
  outer.write(hash("sha256", inner.subarray(0, end), "binary"), 64, "latin1");
  return hash("sha256", outer, encoding);
}
