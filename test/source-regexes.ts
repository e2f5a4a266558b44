import { readdirSync, readFileSync } from "node:fs";
import { parseAst } from "vitest/node";

/** A regular expression as it is written in a source. */
export interface WrittenRegex {
  readonly source: string;
  readonly flags: string;
}

/** The regular expressions of one file: those written as literals, and how many are put together at run time. */
export interface FileRegexes {
  readonly literals: readonly WrittenRegex[];
  readonly constructed: number;
}

interface AstNode {
  readonly type?: string;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly callee?: { readonly name?: string };
}

/** Finds every regular expression of a file, by a real parser. */
export function regexesOf(code: string, lang: "ts" | "tsx" | "js"): FileRegexes {
  const literals: WrittenRegex[] = [];
  let constructed = 0;
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, regex, callee } = node as AstNode;
    if (typeof regex?.pattern === "string") literals.push({ source: regex.pattern, flags: regex.flags });
    if ((type === "NewExpression" || type === "CallExpression") && callee?.name === "RegExp") constructed += 1;
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseAst(code, { lang }));
  return { literals, constructed };
}

/** A regular expression, and the files of the packages that hold it. */
export interface SourceRegex extends WrittenRegex {
  readonly text: string;
  readonly files: readonly string[];
}

/** Every regular expression literal of the packages' sources, each once, and the files that construct one at run time. */
export function readSources(): {
  readonly literals: readonly SourceRegex[];
  readonly constructing: ReadonlyMap<string, number>;
} {
  const packages = new URL("../packages/", import.meta.url).pathname;
  const literals = new Map<string, SourceRegex & { readonly files: string[] }>();
  const constructing = new Map<string, number>();
  for (const name of readdirSync(packages)) {
    for (const path of readdirSync(`${packages}${name}/src`, { recursive: true, encoding: "utf8" })) {
      const [, extension] = /\.(tsx?|js)$/.exec(path) ?? [];
      if (extension === undefined) continue;
      const file = `${name}/src/${path}`;
      const found = regexesOf(readFileSync(packages + file, "utf8"), extension as "ts" | "tsx" | "js");
      if (found.constructed > 0) constructing.set(file, found.constructed);
      for (const { source, flags } of found.literals) {
        const text = `/${source}/${flags}`;
        const known = literals.get(text) ?? { source, flags, text, files: [] };
        literals.set(text, { ...known, files: [...known.files, file] });
      }
    }
  }
  return { literals: [...literals.values()], constructing };
}

/**
 * True for a pattern that repeats something without end inside a lookahead or lookbehind. At every place where the pattern
 * is tried, the lookaround runs over the rest of the text and gives it back, so that the work grows as the square of it:
 * `(\d)(?=(\d{3})+(?!\d))`, with which digits are commonly grouped.
 */
export function repeatsInLookaround(source: string): boolean {
  /** Of each open group, whether it is a lookaround or within one. */
  const groups: boolean[] = [];
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const rest = source.slice(at);
    if (rest.startsWith("\\")) at += 1;
    else if (inClass) inClass = !rest.startsWith("]");
    else if (rest.startsWith("[")) inClass = true;
    else if (rest.startsWith("(")) groups.push(groups.at(-1) === true || /^\(\?<?[=!]/.test(rest));
    else if (rest.startsWith(")")) groups.pop();
    else if (groups.at(-1) === true && /^(?:[*+]|\{\d+,\})/.test(rest)) return true;
  }
  return false;
}
