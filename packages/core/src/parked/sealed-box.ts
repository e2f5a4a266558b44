import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { lengthPrefixed } from "../lib/length-prefixed.ts";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const TEXT = /^[A-Za-z0-9_-]{1,65536}$/;

/** Encrypts what leaves the application for a while, and knows its own again. */
export interface SealedBox {
  /**
   * Encrypts a JSON value. @param label What it is for and belongs to: it opens with the same label only, which is not in the text.
   * @returns base64url
   */
  seal(label: readonly string[], value: object): string;
  /** The value, or nothing for what was not sealed under one of the secrets and this label. */
  open(label: readonly string[], text: string): object | undefined;
}

/** Creates a box. The first secret seals and all of them open, so that secrets rotate. */
export function createSealedBox(secrets: readonly (string | Uint8Array)[]): SealedBox {
  const [sealing, ...retired] = secrets.map(
    (secret) => new Uint8Array(hkdfSync("sha256", secret, "", "require-action parked v1", 32)),
  );
  if (!sealing) throw new TypeError("a box needs a secret");
  return {
    seal(label, value) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealing, nonce).setAAD(lengthPrefixed(label));
      const encrypted = [cipher.update(JSON.stringify(value), "utf8"), cipher.final()];
      return Buffer.concat([nonce, ...encrypted, cipher.getAuthTag()]).toString("base64url");
    },
    open(label, text) {
      if (!TEXT.test(text)) return undefined;
      const bytes = Buffer.from(text, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      for (const key of [sealing, ...retired]) {
        const opened = decrypt(key, label, bytes);
        if (opened !== undefined) return JSON.parse(opened) as object;
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
