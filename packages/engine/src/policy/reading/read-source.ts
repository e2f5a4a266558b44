import { duplicateNames } from "@require-action/core/adapter";
import type { ParsedNode } from "yaml";
import later from "#load-later";
import type { Mistakes, Path } from "./mistakes.ts";
import { isPlainObject, plainCopy, type PlainObject } from "./plain.ts";

const MAX_TEXT_LENGTH = 4_000_000;
const MAX_YAML_ALIASES = 100;

/** Reads an object, or JSON or YAML text, into plain values; `undefined` when it is none, after reporting the mistakes. */
export function readSource(source: unknown, mistakes: Mistakes): PlainObject | undefined {
  const before = mistakes.list.length;
  const parsed = typeof source === "string" ? parseText(source, mistakes) : source;
  if (mistakes.list.length > before) return undefined;
  const plain = plainCopy(parsed, mistakes);
  if (mistakes.list.length > before) return undefined;
  if (isPlainObject(plain)) return plain;
  mistakes.add([], "is not an object; of a file, pass the text and not the name");
  return undefined;
}

/** Parses JSON or YAML text; the version of YAML is 1.2, where `NO` is a text. */
export function parseText(text: string, mistakes: Mistakes): unknown {
  if (text.length > MAX_TEXT_LENGTH) {
    mistakes.add([], `is longer than ${MAX_TEXT_LENGTH} characters`);
    return undefined;
  }
  return /^\s*[{[]/.test(text)
    ? (parseJson(text, [], mistakes) ?? parseYaml(text, mistakes))
    : parseYaml(text, mistakes);
}

/** Parses JSON text and reports members that are written twice; `undefined` when it is not JSON. */
export function parseJson(text: string, path: Path, mistakes: Mistakes): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // YAML's flow style begins alike.
    return undefined;
  }
  reportDuplicateKeys(text, path, mistakes);
  return value;
}

function parseYaml(text: string, mistakes: Mistakes): unknown {
  const { isScalar, parseDocument, visit } = later.yaml();
  /** True for keys that become the same member: `1` and `"1"`, `true` and `"true"`, of which the last would win in silence. */
  const isSameKey = (one: ParsedNode, other: ParsedNode): boolean =>
    isScalar(one) && isScalar(other) && String(one.value ?? "") === String(other.value ?? "");
  try {
    // Silenced, yaml would not report a second document.
    const document = parseDocument(text, { version: "1.2", schema: "core", uniqueKeys: isSameKey, logLevel: "error" });
    const problems = [...document.errors, ...document.warnings];
    // Its first line: below it yaml draws the place, and after the first one it often stumbles over what follows.
    for (const { message } of problems.slice(0, 1)) mistakes.add([], message.trim().split(/:?\n/, 1)[0] as string);
    if (problems.length > 0) return undefined;
    visit(document, {
      Pair(_, { key }) {
        if (isScalar(key)) return undefined;
        // An alias or a list becomes a text, which another key may be already.
        mistakes.add([], `the key ${String(key)} is not a plain text`);
        return visit.BREAK;
      },
    });
    return document.toJS({ maxAliasCount: MAX_YAML_ALIASES });
  } catch {
    // Too many aliases, or nesting beyond the stack.
    mistakes.add([], "cannot be read as YAML: it is nested too deep or expands without end");
    return undefined;
  }
}

/**
 * Reports members that a JSON text names twice: `JSON.parse` would keep the last in silence, and a rule would be gone.
 * The text must be one that `JSON.parse` accepts.
 */
function reportDuplicateKeys(json: string, path: Path, mistakes: Mistakes): void {
  let line = 1;
  let counted = 0;
  for (const { literal, at } of duplicateNames(json)) {
    for (; counted < at; counted++) if (json[counted] === "\n") line++;
    mistakes.add(path, `the member ${literal} is written twice in one object, in line ${line}`);
  }
}
