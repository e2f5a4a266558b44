import { type CompiledPolicy, compilePolicy } from "@require-action/engine/policy";
import { CliError } from "../lib/cli-error.ts";
import { readText } from "../lib/read-text.ts";
import { policyMistakes } from "./policy-mistakes.ts";

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
