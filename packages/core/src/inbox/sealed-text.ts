import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps texts from whoever reads the place where they are kept. */
export interface TextSealer {
  /** Encrypts a text, for this place and no other. */
  seal(text: string, place: string): string;
  /** Nothing where the text is of another place, or of no secret that is known. */
  open(sealed: string, place: string): string | undefined;
}

/** Creates a sealer by AES-256-GCM. The first secret seals, and all of them open, so that secrets rotate. */
export function createTextSealer(secrets: readonly (string | Uint8Array)[]): TextSealer {
  const keys = secrets.map((secret) => new Uint8Array(hkdfSync("sha256", secret, "", "require-action inbox", 32)));
  const openWith = (key: Uint8Array, bytes: Buffer, place: string): string | undefined => {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString();
    } catch {
      return undefined;
    }
  };
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, keys[0]!, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(place));
      const sealed = [nonce, cipher.update(text, "utf8"), cipher.final()];
      return Buffer.concat([...sealed, cipher.getAuthTag()]).toString("base64url");
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
      for (const key of keys) {
        const text = openWith(key, bytes, place);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}
