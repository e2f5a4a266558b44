import { type IpKnowledge, policyWarnings, unknowableRules } from "@require-action/engine/policy";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { createSourceText, readText } from "./source-text.ts";
import { compileText, mistakeLines } from "./compile-file.ts";

/** Reports the mistakes of a policy, and warns of its traps. @throws CliError with every mistake, and exit code 1 */
export function checkPolicy(file: string, ip: IpKnowledge | undefined, { write, warn }: Terminal): void {
  const text = readText(file);
  const policy = compileText(file, text);
  const source = createSourceText(file, text);
  const mistakes = unknowableRules(policy, ip);
  if (mistakes.length > 0) throw new CliError(`${file} has mistakes:\n${mistakeLines(mistakes, source)}`, 1);
  const warnings = policyWarnings(policy, ip);
  if (warnings.length > 0) warn(`Check these rules:\n${mistakeLines(warnings, source)}`);
  const { actionCodes, version } = policy;
  const actions = actionCodes.length === 1 ? "1 action" : `${actionCodes.length} actions`;
  write(`${file} has no mistakes: ${actions}, version ${version}.`);
}
