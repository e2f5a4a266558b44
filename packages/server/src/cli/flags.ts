import { parseArgs, type ParseArgsConfig } from "node:util";
import { CliError } from "./cli-error.ts";

type FlagOptions = NonNullable<ParseArgsConfig["options"]>;

type Parsed<Options extends FlagOptions> = ReturnType<
  typeof parseArgs<{ args: string[]; strict: true; allowPositionals: true; options: Options }>
>;

/** Node's first sentence says it. What is quoted there may be a flag and its value in one, as in `"--store postgres://…"`. */
function problemOf({ message }: Error): string {
  const [, unknown] = /^Unknown option '(--?[\w-]*)/.exec(message) ?? [];
  if (unknown !== undefined) return `Unknown option '${unknown}'.`;
  const [problem = "The flags cannot be read."] = message.split(/(?<=\.) |\n/, 1);
  return problem.trim().replace(/\.?$/, ".");
}

/** Reads the flags of a command, and as many other arguments as it names. @throws CliError that points to its help */
export function readFlags<const Options extends FlagOptions>(
  command: string,
  args: readonly string[],
  options: Options,
  expected: readonly string[] = [],
): { readonly flags: Parsed<Options>["values"]; readonly positionals: readonly string[] } {
  const wrong = (problem: string): CliError => new CliError(`${problem} See require-action ${command} --help.`);
  let parsed: Parsed<Options>;
  try {
    parsed = parseArgs({ args: [...args], strict: true, allowPositionals: true, options });
  } catch (error) {
    throw wrong(problemOf(error as Error));
  }
  const { values: flags, positionals } = parsed;
  const missing = expected[positionals.length];
  if (missing !== undefined) throw wrong(`${missing} is missing.`);
  // Not told which: it may be the secret that belonged to a flag.
  if (positionals.length > expected.length) throw wrong("Unexpected argument.");
  return { flags, positionals };
}
