import { randomFillSync } from "node:crypto";

const POOLED_NONCES = 256;

/**
 * Creates a source of random nonces. They are drawn many at once, as `crypto.randomUUID` does: one by one they would cost
 * as much as the rest of a decision.
 */
export function createNonces(bytes: number): () => Uint8Array {
  const pool = new Uint8Array(POOLED_NONCES * bytes);
  let next = POOLED_NONCES;
  return () => {
    if (next === POOLED_NONCES) {
      randomFillSync(pool);
      next = 0;
    }
    const start = next++ * bytes;
    const nonce = pool.slice(start, start + bytes);
    pool.fill(0, start, start + bytes);
    return nonce;
  };
}
