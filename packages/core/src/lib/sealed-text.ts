import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { lengthPrefixed } from "./length-prefixed.ts";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** More than 16,384 characters of bound fields take, each of three bytes, with names beside them. */
const SEALED = /^[A-Za-z0-9_-]{1,131072}$/;

/** Encrypts text that is kept where others may read it, and recognizes its own again. */
export interface TextSealer {
  /**
   * Encrypts a text.
   * @param label What the text belongs to. It opens with the same label only, which is not in the result.
   * @returns base64url
   */
  seal(text: string, label: readonly string[]): string;
  /** The text, or nothing for what was not sealed under one of the secrets and this label. */
  open(sealed: string, label: readonly string[]): string | undefined;
}

/**
 * Creates a sealer by AES-256-GCM. The first secret seals and all of them open, so that secrets rotate.
 * @param purpose Keeps the keys of different sealers apart where their secrets are the same.
 */
export function createTextSealer(secrets: readonly (string | Uint8Array)[], purpose: string): TextSealer {
  const [sealing, ...retired] = secrets.map((secret) => new Uint8Array(hkdfSync("sha256", secret, "", purpose, 32)));
  if (!sealing) throw new TypeError("a sealer needs a secret");
  return {
    seal(text, label) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealing, nonce).setAAD(lengthPrefixed(label));
      const encrypted = [cipher.update(text, "utf8"), cipher.final()];
      return Buffer.concat([nonce, ...encrypted, cipher.getAuthTag()]).toString("base64url");
    },
    open(sealed, label) {
      if (!SEALED.test(sealed)) return undefined;
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      for (const key of [sealing, ...retired]) {
        const text = decrypt(key, label, bytes);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

function decrypt(key: Uint8Array, label: readonly string[], bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(lengthPrefixed(label))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
