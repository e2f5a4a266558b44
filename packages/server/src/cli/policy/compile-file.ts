import { type CompiledPolicy, compilePolicy } from "@require-action/engine";
import { CliError } from "../cli-error.ts";
import { policyMistakes } from "../policy-mistakes.ts";
import { readText } from "../read-text.ts";

/** Reads the policy of a file. @throws CliError with every mistake, and exit code 1 */
export function compileFile(file: string): CompiledPolicy {
  const text = readText(file);
  try {
    return compilePolicy(text);
  } catch (error) {
    const mistakes = policyMistakes(error);
    if (mistakes === undefined) throw error;
    throw new CliError(`${file} has mistakes:\n${mistakes}`, 1);
  }
}
