import { hash } from "node:crypto";
import { BYTES_PER_UNIT, mostBytes, type Part, writeLengthPrefixed } from "./length-prefixed.ts";

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Messages up to this length are written into a key's own buffer; longer ones get one of their own. */
const OWN_BYTES = 2_048;

/**
 * HMAC-SHA-256 under one key, of a text, of bytes, or of a list of either, which is length-prefixed. The digest is answered as a
 * string of 32 one-byte characters, or in base64url.
 */
export type Hmac = (message: Part | readonly Part[], encoding?: "binary" | "base64url") => string;

/**
 * Creates the HMAC of a key of at most 64 bytes, by the two one-shot hashes that RFC 2104 defines it as: node's `Hmac` is an
 * object outside of the heap, which costs twice as much to make and again to collect.
 * @see https://www.rfc-editor.org/rfc/rfc2104#section-2
 */
export function createHmacSha256(key: Uint8Array): Hmac {
  if (key.length > BLOCK_BYTES) throw new TypeError("a longer key would have to be hashed first");
  const inner = Buffer.concat([padded(key, 0x36), Buffer.alloc(OWN_BYTES)]);
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(DIGEST_BYTES)]);
  return (message, encoding = "binary") => {
    const most = bytesOf(message);
    const buffer =
      most <= OWN_BYTES ? inner : Buffer.concat([inner.subarray(0, BLOCK_BYTES), Buffer.allocUnsafe(most)]);
    const end = write(message, buffer);
    outer.write(hash("sha256", buffer.subarray(0, end), "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, encoding);
  };
}

/** How many bytes a message takes at most. */
function bytesOf(message: Part | readonly Part[]): number {
  if (typeof message === "string") return message.length * BYTES_PER_UNIT;
  return message instanceof Uint8Array ? message.byteLength : mostBytes(message);
}

/** Writes a message behind the key. Returns where it ends. */
function write(message: Part | readonly Part[], buffer: Buffer): number {
  if (typeof message === "string") return BLOCK_BYTES + buffer.write(message, BLOCK_BYTES);
  if (!(message instanceof Uint8Array)) return writeLengthPrefixed(message, buffer, BLOCK_BYTES);
  buffer.set(message, BLOCK_BYTES);
  return BLOCK_BYTES + message.byteLength;
}

function padded(key: Uint8Array, pad: number): Buffer {
  return Buffer.alloc(BLOCK_BYTES, pad).map((byte, index) => byte ^ (key[index] ?? 0)) as Buffer;
}
