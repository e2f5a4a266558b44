/**
 * Joins parts so that different lists never give the same bytes: each part is preceded by its length (4 bytes,
 * big-endian), so `["ab", "c"]` and `["a", "bc"]` differ.
 */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const lengths = parts.map((part) => (typeof part === "string" ? Buffer.byteLength(part) : part.byteLength));
  const joined = Buffer.allocUnsafe(lengths.reduce((total, length) => total + 4 + length, 0));
  let offset = 0;
  parts.forEach((part, index) => {
    offset = joined.writeUInt32BE(lengths[index]!, offset);
    if (typeof part === "string") joined.write(part, offset);
    else joined.set(part, offset);
    offset += lengths[index]!;
  });
  return joined;
}
