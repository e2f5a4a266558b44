import type { Mistakes } from "./mistakes.ts";

/**
 * Reports members that a JSON text names twice: `JSON.parse` would keep the last in silence, and a rule would be gone.
 * The text must be one that `JSON.parse` accepts.
 */
export function reportDuplicateKeys(json: string, mistakes: Mistakes): void {
  // One set of names per open object; null for an open array.
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case "{":
        open.push(new Set());
        expectsKey = true;
        break;
      case "[":
        open.push(null);
        expectsKey = false;
        break;
      case "}":
      case "]":
        open.pop();
        expectsKey = false;
        break;
      case ",":
        expectsKey = open.at(-1) !== null;
        break;
      case '"': {
        const end = closingQuote(json, at);
        if (expectsKey) noteKey(json.slice(at, end + 1), open.at(-1), mistakes);
        expectsKey = false;
        at = end;
        break;
      }
    }
  }
}

function noteKey(literal: string, names: Set<string> | null | undefined, mistakes: Mistakes): void {
  // Escapes are undone, as `"\u0061"` and `"a"` are the same name.
  const name: unknown = JSON.parse(literal);
  if (typeof name !== "string" || names === null || names === undefined) return;
  if (names.has(name)) mistakes.add([], `the member ${literal} is written twice in one object`);
  names.add(name);
}

function closingQuote(json: string, opening: number): number {
  let at = opening + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}
