/** Where a JSON text names a member a second time within one object. */
export interface DuplicateName {
  /** The name as it is written there, quotes and escapes included. */
  readonly literal: string;
  /** The offset of its opening quote. */
  readonly at: number;
}

/**
 * Finds the first member that a JSON text names a second time within one object, which one reader takes and another
 * passes over. Names are compared as they are read: `"\u0061"` and `"a"` are one. Takes time linear in the text, at any
 * depth. The text must be one that `JSON.parse` accepts.
 * @see https://www.rfc-editor.org/rfc/rfc7493#section-2.3
 */
export function findDuplicateName(json: string): DuplicateName | undefined {
  return duplicateNames(json).next().value ?? undefined;
}

/** All such members, in the order of the text. */
export function* duplicateNames(json: string): Generator<DuplicateName, undefined> {
  // One set of names per open object; null for an open array.
  const open: (Set<string> | null)[] = [];
  let names: Set<string> | null = null;
  let expectsName = false;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        open.push(names);
        expectsName = json.charCodeAt(at) === OPEN_OBJECT;
        names = expectsName ? new Set() : null;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        names = open.pop() ?? null;
        expectsName = false;
        break;
      case COMMA:
        expectsName = names !== null;
        break;
      case QUOTE: {
        const end = closingQuote(json, at);
        if (expectsName && names !== null) {
          const literal = json.slice(at, end + 1);
          const name = literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
          if (names.has(name)) yield { literal, at };
          names.add(name);
        }
        expectsName = false;
        at = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function closingQuote(json: string, opening: number): number {
  let at = opening + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
