import { CliError } from "./terminal.ts";
import { readTextFile } from "./text-file.ts";

/** The variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A setting from the variable of that name, or from the file that `<NAME>_FILE` names, as Docker and Kubernetes mount their
 * secrets: without the line break that ends a file. Nothing where neither is set. No message quotes a value.
 * @throws CliError where both are set, and where the file cannot be read or has nothing in it
 */
export function readSetting(environment: Environment, name: string): string | undefined {
  const variable = `${name}_FILE`;
  const [value, file] = [environment[name] || undefined, environment[variable] || undefined];
  if (file === undefined) return value;
  if (value !== undefined) throw new CliError(`${name} and ${variable} are both set. Set one of them.`);
  const content = readText(file, variable).replace(/\r?\n$/, "");
  if (content.trim() === "") throw new CliError(`${variable}: the file is empty.`);
  return content;
}

function readText(file: string, variable: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new CliError(`${variable}: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`);
  }
}
