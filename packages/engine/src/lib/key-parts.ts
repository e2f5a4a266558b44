/** The parts of a key. Parts keep their borders: `["a:b", "c"]` and `["a", "b:c"]` are two keys. */
export type KeyParts = readonly string[];

/** One string for the parts of a key, each with its length in front, so that keys that differ never meet. */
export function joinKey(parts: KeyParts): string {
  const pieces: (string | number)[] = [];
  for (const part of parts) pieces.push(part.length, ":", part);
  // In one piece: what `+` makes of long texts is a tree of them, which a map keeps as it is.
  return pieces.join("");
}

/** The parts of a joined key. */
export function splitKey(key: string): KeyParts {
  const parts: string[] = [];
  for (let place = 0; place < key.length;) {
    const start = key.indexOf(":", place) + 1;
    place = start + Number(key.slice(place, start - 1));
    parts.push(key.slice(start, place));
  }
  return parts;
}
