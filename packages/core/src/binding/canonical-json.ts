import { isPlainRecord } from "../lib/own-members.ts";

const MAX_DEPTH = 64;
const MAX_VALUES = 100_000;

/** Why a value has no canonical form: a phrase that fits after "holds". */
export class NotCanonical extends Error {
  override readonly name: string = "NotCanonical";
}

/**
 * Writes `value` as canonical JSON (RFC 8785, but for -0, which is kept apart from 0). Throws `NotCanonical` for what is not JSON or what two requests that
 * differ could share: numbers that have lost precision, lone surrogates, `__proto__` keys, sparse arrays, objects that are
 * not plain, excessive depth and size. Checks and writes in one pass, so that nothing changes in between.
 * @see https://www.rfc-editor.org/rfc/rfc8785#section-3.2
 */
export function canonicalJson(value: unknown): string {
  let values = 0;
  const write = (current: unknown, depth: number): string => {
    if (depth > MAX_DEPTH) throw new NotCanonical(`values nested deeper than ${MAX_DEPTH} levels`);
    if (++values > MAX_VALUES) throw new NotCanonical(`more than ${MAX_VALUES} values`);
    switch (typeof current) {
      case "boolean":
        return current ? "true" : "false";
      case "string":
        return writeString(current);
      case "number":
        return writeNumber(current);
      case "object":
        if (current === null) return "null";
        return Array.isArray(current) ? writeArray(current, depth + 1) : writeObject(current, depth + 1);
      default:
        throw new NotCanonical(`a value that is not JSON (${typeof current})`);
    }
  };
  const writeArray = (array: readonly unknown[], depth: number): string => {
    // Array.from reads holes as undefined, which is refused.
    return `[${Array.from(array, (element) => write(element, depth)).join(",")}]`;
  };
  const writeObject = (object: object, depth: number): string => {
    if (!isPlainRecord(object)) throw new NotCanonical("an object that is not plain");
    let members = "";
    for (const key of sorted(Object.keys(object))) {
      if (members !== "") members += ",";
      members += `${writeKey(key)}:${write(object[key], depth)}`;
    }
    return `{${members}}`;
  };
  return write(value, 0);
}

/** By UTF-16 code units, as RFC 8785 section 3.2.3 wants. Sorting allocates far more than looking whether it is needed. */
function sorted(keys: string[]): string[] {
  for (let index = 1; index < keys.length; index++) {
    if (keys[index - 1]! > keys[index]!) return keys.sort();
  }
  return keys;
}

function writeKey(key: string): string {
  if (key === "__proto__") throw new NotCanonical("a __proto__ key");
  return writeString(key);
}

/** What JSON has no escapes for, and what is one code unit each: `JSON.stringify` would add the quotes and no more. */
const PLAIN = /^[ !#-[\]-~]*$/;

function writeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new NotCanonical("a lone surrogate");
  return JSON.stringify(text);
}

/** Refuses integers whose JSON text may have been another one: 9007199254740993 arrives as …992. */
function writeNumber(number: number): string {
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) {
    throw new NotCanonical("a number that loses precision or is not finite");
  }
  return Object.is(number, -0) ? "-0" : JSON.stringify(number);
}
