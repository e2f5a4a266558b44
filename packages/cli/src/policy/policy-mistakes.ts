import { ConfigurationError } from "@require-action/core";
import { PolicyError, type PolicyMistake } from "@require-action/engine/policy";
import { printable } from "../lib/printable.ts";
import { createSourceText, readPath, type SourceText, writePlace } from "./source-text.ts";

const TOP = { line: 0, column: 0 };

/**
 * Every mistake of a policy on a line of its own: line, column, path and message; `undefined` for an error that is not about
 * the policy.
 */
export function policyMistakes(error: unknown, file: string, text: string): string | undefined {
  const source = createSourceText(file, text);
  if (error instanceof PolicyError) {
    const { syntaxMistake } = source;
    const isUnread = error.mistakes.length === 1 && error.mistakes[0]?.path === "";
    return isUnread && syntaxMistake !== undefined ? `  ${syntaxMistake}` : mistakeLines(error.mistakes, source);
  }
  if (error instanceof ConfigurationError && error.option.startsWith("policy.")) {
    const path = error.option.replace(/^policy\./, "");
    return mistakeLines([{ path, message: error.problem }], source);
  }
  return undefined;
}

/** Each mistake on a line of its own, with its line and column, and in their order, where the source is known. */
export function mistakeLines(mistakes: readonly PolicyMistake[], source?: SourceText): string {
  const placed = mistakes.map((mistake) => ({ ...mistake, place: source?.locate(readPath(mistake.path)) }));
  const inOrder = placed.toSorted(
    ({ place: one = TOP }, { place: other = TOP }) => one.line - other.line || one.column - other.column,
  );
  const lines = inOrder.map(({ path, message, suggestion, place }) => {
    const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
    const where = `${place === undefined ? "" : `${writePlace(place)}  `}${path === "" ? "the policy" : path}`;
    return `  ${printable(`${where}: ${message}${hint}`)}`;
  });
  return lines.join("\n");
}
