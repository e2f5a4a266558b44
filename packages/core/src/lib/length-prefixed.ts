/** What is joined. */
export type Part = string | Uint8Array;

/** No UTF-16 code unit of a text takes more in UTF-8. */
export const BYTES_PER_UNIT = 3;
const LENGTH_BYTES = 4;

/**
 * Joins parts so that different lists never give the same bytes: each part is preceded by its length (4 bytes,
 * big-endian), so `["ab", "c"]` and `["a", "bc"]` differ.
 */
export function lengthPrefixed(parts: readonly Part[]): Buffer {
  const joined = Buffer.allocUnsafe(mostBytes(parts));
  return joined.subarray(0, writeLengthPrefixed(parts, joined, 0));
}

/** How many bytes parts take at most, once they are joined. */
export function mostBytes(parts: readonly Part[]): number {
  let bytes = 0;
  for (const part of parts) {
    bytes += LENGTH_BYTES + (typeof part === "string" ? part.length * BYTES_PER_UNIT : part.byteLength);
  }
  return bytes;
}

/** Joins parts in a buffer that has room for them, as {@link mostBytes} says. Returns where they end. */
export function writeLengthPrefixed(parts: readonly Part[], into: Buffer, offset: number): number {
  let start = offset;
  for (const part of parts) {
    const text = start + LENGTH_BYTES;
    let length: number;
    if (typeof part === "string") length = into.write(part, text);
    else {
      into.set(part, text);
      length = part.byteLength;
    }
    into.writeUInt32BE(length, start);
    start = text + length;
  }
  return start;
}
