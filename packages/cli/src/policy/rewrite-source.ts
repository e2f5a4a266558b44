import { isDeepStrictEqual } from "node:util";
import { Document, parseDocument } from "yaml";
import { isJsonText } from "./source-text.ts";

const OPTIONS = { version: "1.2", schema: "core" } as const;

type Path = readonly (string | number)[];

/** Writes a value in the language of a text, changing as little of the text as it can: comments of YAML stay. */
export function rewriteSource(file: string, text: string, value: unknown): string {
  if (isJsonText(file, text)) return `${JSON.stringify(value, null, indentOf(text))}\n`;
  const document = parseDocument(text, OPTIONS);
  try {
    change(document, [], document.toJS(), value);
    const changed = document.toString({ lineWidth: 0 });
    if (isDeepStrictEqual(parseDocument(changed, OPTIONS).toJS(), value)) return changed;
  } catch {
    // What is shared by anchors cannot be changed in one place alone.
  }
  return new Document(value, OPTIONS).toString({ lineWidth: 0 });
}

function change(document: Document, path: Path, before: unknown, after: unknown): void {
  if (isDeepStrictEqual(before, after)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) document.deleteIn([...path, key]);
    for (const [key, value] of Object.entries(after)) {
      change(document, [...path, key], Object.hasOwn(before, key) ? before[key] : undefined, value);
    }
  } else if (Array.isArray(before) && Array.isArray(after) && after.length > 0 && before.length > 0) {
    changeItems(document, path, before, after);
  } else document.setIn(path, after);
}

function changeItems(document: Document, path: Path, before: readonly unknown[], after: readonly unknown[]): void {
  const isGone = (item: unknown): boolean => !after.some((one) => isDeepStrictEqual(one, item));
  // One or more are taken away; what stays keeps its comments.
  const left = after.length < before.length ? before.filter((item) => !isGone(item)) : before;
  for (const [index, item] of [...before.entries()].toReversed()) {
    if (!left.includes(item)) document.deleteIn([...path, index]);
  }
  for (const [index, item] of after.entries()) {
    if (index >= left.length) document.addIn(path, document.createNode(item));
    else change(document, [...path, index], left[index], item);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function indentOf(text: string): string {
  return /^[{[]\r?\n([ \t]+)/.exec(text)?.[1] ?? "  ";
}
