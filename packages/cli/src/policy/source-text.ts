import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { CliError, printable } from "../lib/terminal.ts";
import { readTextFile } from "../lib/text-file.ts";
import { findJsonMistake } from "./json-mistake.ts";

/** Brackets; conditions nest to 64 levels. */
const MAX_DEPTH = 1_000;
/** As yaml has it by itself. */
const MAX_ALIASES = 100;

/** Keys and indexes from the top. */
type Path = readonly (string | number)[];

/** A place in a text. Both numbers count from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** `12:5` */
export function writePlace({ line, column }: Place): string {
  return `${line}:${column}`;
}

/** The text of a JSON or YAML file, for messages about it. */
export interface SourceText {
  /** The mistake that keeps the text from being read at all, as `line:column  message`; `undefined` where it can be read. */
  readonly syntaxMistake: string | undefined;
  /** What the text says; `undefined` where it cannot be read, or nests or repeats itself without end. */
  readonly value: unknown;
  /** The place of what a path names, or of what encloses it where it is missing. */
  locate(path: Path): Place | undefined;
}

/** True for JSON: where the file is called so, or the text begins like JSON and the file is not called YAML. */
export function isJsonText(file: string, text: string): boolean {
  return /\.json$/i.test(file) || (/^\s*[{[]/.test(text) && !/\.ya?ml$/i.test(file));
}

/** Looks at a text in its own language. */
export function createSourceText(file: string, text: string): SourceText {
  const counter = new LineCounter();
  const document = parse(text, counter);
  const placeOf = (offset: number): Place => {
    const { line, col: column } = counter.linePos(offset);
    return { line, column };
  };

  function mistake(): string | undefined {
    const [problem] = document === undefined ? [] : [...document.errors, ...document.warnings];
    if (problem === undefined) return undefined;
    if (isJsonText(file, text)) {
      const found = findJsonMistake(text);
      if (found !== undefined) return `${writePlace(placeOf(found.offset))}  is not JSON: ${printable(found.message)}`;
    }
    const [said = ""] = problem.message.split(/(?: at line \d+, column \d+)?:?\n| at line \d+, column \d+/, 1);
    const message = problem.code === "MULTIPLE_DOCS" ? "there is more than one document" : said;
    return `${writePlace(placeOf(problem.pos[0]))}  is not YAML: ${printable(message)}`;
  }

  return {
    get syntaxMistake() {
      return mistake();
    },
    get value() {
      try {
        return document?.errors.length === 0 ? document.toJS({ maxAliasCount: MAX_ALIASES }) : undefined;
      } catch {
        return undefined;
      }
    },
    locate(path) {
      const offset = document === undefined ? undefined : offsetOf(document, path);
      return offset === undefined ? undefined : placeOf(offset);
    },
  };
}

/** Reads a path as messages have it: `actions.sign-in.rules[0].conditions["=="][1]`. One that was cut is read to the cut. */
export function readPath(text: string): Path {
  const parts = text.matchAll(/(?:^|\.)([\w$-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/gy);
  return Array.from(parts, ([, name, index, quoted = ""]) =>
    name === undefined ? (index === undefined ? (JSON.parse(quoted) as string) : Number(index)) : name,
  );
}

function parse(text: string, lineCounter: LineCounter): Document | undefined {
  // yaml recurses: near the end of the stack, V8 may give up on a regular expression and end the process.
  if (depthOf(text) > MAX_DEPTH) return undefined;
  try {
    return parseDocument(text, { version: "1.2", schema: "core", lineCounter, logLevel: "error" });
  } catch {
    return undefined;
  }
}

/** At least as deep as the brackets of a text nest: those within quotes count, too. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const bracket of text.matchAll(/[[\]{}]/g)) {
    depth += "[{".includes(bracket[0]) ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** The beginning of the key that a path ends in, or of the item. */
function offsetOf(document: Document, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0];
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number" && part < node.items.length) {
      node = node.items[part];
      offset = (node as Node).range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** Reads a file that an argument names. @throws CliError */
export function readText(file: string, argument = ""): string {
  try {
    return readTextFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "There is no such file." : `It cannot be read (${code}).`;
    throw new CliError(`${argument === "" ? "" : `${argument} `}${file}: ${reason}`);
  }
}
