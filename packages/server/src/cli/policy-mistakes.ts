import { ConfigurationError } from "@require-action/core";
import { PolicyError, type PolicyMistake } from "@require-action/engine";
import { printable } from "./printable.ts";

/** Every mistake on a line of its own, with its path; `undefined` for an error that is not about the policy. */
export function policyMistakes(error: unknown): string | undefined {
  if (error instanceof PolicyError) {
    return mistakeLines(error.mistakes);
  }
  if (error instanceof ConfigurationError && error.option.startsWith("policy.")) {
    return `  ${error.message.replace("configuration_invalid: policy.", "")}`;
  }
  return undefined;
}

/** Each mistake on a line of its own. */
export function mistakeLines(mistakes: readonly PolicyMistake[]): string {
  const lines = mistakes.map(({ path, message, suggestion }) => {
    const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
    return `  ${printable(`${path === "" ? "the policy" : path}: ${message}${hint}`)}`;
  });
  return lines.join("\n");
}
