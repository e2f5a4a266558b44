import { writeFileSync } from "node:fs";
import { type AuthsignalImportOptions, importAuthsignalRules } from "@require-action/engine/policy";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { readText } from "./source-text.ts";
import { mistakeLines } from "./compile-file.ts";

/** Writes the policy of an export; true if everything could be carried over. @throws CliError for a broken file */
export function importPolicy(
  file: string,
  out: string | undefined,
  options: AuthsignalImportOptions,
  { write, warn }: Terminal,
): boolean {
  const { policy, mistakes, differences, warnings, notes } = importAuthsignalRules(readText(file), options);
  writePolicy(JSON.stringify(policy, undefined, 2), out, write);
  if (mistakes.length > 0) warn(`Could not be carried over:\n${mistakeLines(mistakes)}`);
  if (differences.length > 0) warn(`Check these rules:\n${mistakeLines(differences)}`);
  if (warnings.length > 0) warn(`Look at what these rules rest on:\n${mistakeLines(warnings)}`);
  if (notes.length > 0) warn(`Passed over, as it decides nothing:\n${mistakeLines(notes)}`);
  return mistakes.length === 0;
}

function writePolicy(text: string, file: string | undefined, write: (line: string) => void): void {
  if (file === undefined) return write(text);
  try {
    writeFileSync(file, `${text}\n`);
  } catch (error) {
    throw new CliError(`--out ${file}: It cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}
