/**
 * Joins parts so that different lists never give the same bytes: each part is preceded by its length (4 bytes,
 * big-endian), so `["ab", "c"]` and `["a", "bc"]` differ.
 */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  let length = 0;
  for (const part of parts) length += 4 + byteLength(part);
  const joined = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const part of parts) {
    const end = joined.writeUInt32BE(byteLength(part), offset);
    if (typeof part === "string") offset = end + joined.write(part, end);
    else {
      joined.set(part, end);
      offset = end + part.byteLength;
    }
  }
  return joined;
}

function byteLength(part: string | Uint8Array): number {
  return typeof part === "string" ? Buffer.byteLength(part) : part.byteLength;
}
