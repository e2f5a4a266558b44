import { randomFillSync } from "node:crypto";

const POOLED_NONCES = 256;

/**
 * Creates a source of random nonces, which writes the next one at an offset. They are drawn many at once, as `crypto.randomUUID`
 * does: one by one they would cost as much as the rest of a decision.
 */
export function createNonces(bytes: number): (into: Uint8Array, offset: number) => void {
  const pool = new Uint8Array(POOLED_NONCES * bytes);
  let next = pool.length;
  return (into, offset) => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    // Byte by byte, as a view of the pool costs more than that.
    for (let index = 0; index < bytes; index++) {
      into[offset + index] = pool[next]!;
      pool[next++] = 0;
    }
  };
}
