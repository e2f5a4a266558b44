import { ConfigurationError } from "@require-action/core";
import {
  type CompiledPolicy,
  compilePolicy,
  importAuthsignalRules,
  PolicyError,
  type PolicyMistake,
} from "@require-action/engine/policy";
import { CliError, printable } from "../lib/terminal.ts";
import { createSourceText, readPath, readText, type SourceText, writePlace } from "./source-text.ts";

/** Reads the policy of a file. @throws CliError with every mistake, and exit code 1 */
export function compileFile(file: string): CompiledPolicy {
  return compileText(file, readText(file));
}

/** Compiles the text of a policy's file. @throws CliError with every mistake, and exit code 1 */
export function compileText(file: string, text: string): CompiledPolicy {
  try {
    return compilePolicy(text);
  } catch (error) {
    const mistakes = policyMistakes(error, file, text);
    if (mistakes === undefined) throw error;
    throw new CliError(`${file} has mistakes:\n${mistakes}`, 1);
  }
}

const TOP = { line: 0, column: 0 };

/**
 * Every mistake of a policy on a line of its own: line, column, path and message; `undefined` for an error that is not about
 * the policy.
 */
export function policyMistakes(error: unknown, file: string, text: string): string | undefined {
  const source = createSourceText(file, text);
  if (error instanceof PolicyError) {
    const { syntaxMistake, value } = source;
    if (isExport(value)) {
      return printable(
        `  It is an export of Authsignal or Terraform: require-action policy import ${file} --out FILE makes a policy of it.`,
      );
    }
    const isUnread = error.mistakes.length === 1 && error.mistakes[0]?.path === "";
    return isUnread && syntaxMistake !== undefined ? `  ${syntaxMistake}` : mistakeLines(error.mistakes, source);
  }
  if (error instanceof ConfigurationError && error.option.startsWith("policy.")) {
    const path = error.option.replace(/^policy\./, "");
    return mistakeLines([{ path, message: error.problem }], source);
  }
  return undefined;
}

/** True for what is no policy, and has something of Authsignal's that a policy can be made of. */
function isExport(value: unknown): boolean {
  if (typeof value !== "object" || value === null || "actions" in value) return false;
  const { actions, dataPoints = [], lists = {} } = importAuthsignalRules(value).policy;
  return [actions, dataPoints, lists].some((part) => Object.keys(part).length > 0);
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
