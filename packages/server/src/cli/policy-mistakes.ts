import { ConfigurationError } from "@require-action/core";
import { PolicyError } from "@require-action/engine";

/** Every mistake on a line of its own, with its path; `undefined` for an error that is not about the policy. */
export function policyMistakes(error: unknown): string | undefined {
  if (error instanceof PolicyError) {
    const lines = error.mistakes.map(({ path, message, suggestion }) => {
      const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
      return `  ${path === "" ? "the policy" : path}: ${message}${hint}`;
    });
    return lines.join("\n");
  }
  if (error instanceof ConfigurationError && error.option.startsWith("policy.")) {
    return `  ${error.message.replace("configuration_invalid: policy.", "")}`;
  }
  return undefined;
}
