import type { Mistakes, Path } from "./mistakes.ts";

/**
 * Reports members that a JSON text names twice: `JSON.parse` would keep the last in silence, and a rule would be gone.
 * The text must be one that `JSON.parse` accepts.
 */
export function reportDuplicateKeys(json: string, path: Path, mistakes: Mistakes): void {
  // One set of names per open object; null for an open array.
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  let line = 1;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case "\n":
        line++;
        break;
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
        if (expectsKey && isRepeated(json.slice(at, end + 1), open.at(-1))) {
          mistakes.add(path, `the member ${json.slice(at, end + 1)} is written twice in one object, in line ${line}`);
        }
        expectsKey = false;
        at = end;
        break;
      }
      default:
    }
  }
}

function isRepeated(literal: string, names: Set<string> | null | undefined): boolean {
  // Escapes are undone, as `"\u0061"` and `"a"` are the same name.
  const name: unknown = JSON.parse(literal);
  if (typeof name !== "string" || names === null || names === undefined) return false;
  const repeated = names.has(name);
  names.add(name);
  return repeated;
}

function closingQuote(json: string, opening: number): number {
  let at = opening + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}
