import { hash } from "node:crypto";

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Messages up to this length share one buffer; longer ones get one of their own. */
const SHARED_BYTES = 2_048;

const shared = Buffer.alloc(BLOCK_BYTES + SHARED_BYTES);

/** HMAC-SHA-256 under one key. The digest is answered as a string of 32 one-byte characters. */
export type Hmac = (message: string | Uint8Array) => string;

/**
 * Creates the HMAC of a key of at most 64 bytes, by the two one-shot hashes that RFC 2104 defines it as: node's `Hmac` is an
 * object outside of the heap, which costs twice as much to make and again to collect.
 * @see https://www.rfc-editor.org/rfc/rfc2104#section-2
 */
export function createHmacSha256(key: Uint8Array): Hmac {
  if (key.length > BLOCK_BYTES) throw new TypeError("a longer key would have to be hashed first");
  const inner = padded(key, 0x36);
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(DIGEST_BYTES)]);
  return (message) => {
    const length = typeof message === "string" ? Buffer.byteLength(message) : message.length;
    const buffer = length <= SHARED_BYTES ? shared : Buffer.allocUnsafe(BLOCK_BYTES + length);
    buffer.set(inner);
    if (typeof message === "string") buffer.write(message, BLOCK_BYTES);
    else buffer.set(message, BLOCK_BYTES);
    outer.write(hash("sha256", buffer.subarray(0, BLOCK_BYTES + length), "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, "binary");
  };
}

function padded(key: Uint8Array, pad: number): Buffer {
  return Buffer.alloc(BLOCK_BYTES, pad).map((byte, index) => byte ^ (key[index] ?? 0)) as Buffer;
}
