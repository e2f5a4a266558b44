import { parseArgs, type ParseArgsConfig } from "node:util";
import { CliError } from "./cli-error.ts";

type FlagOptions = NonNullable<ParseArgsConfig["options"]>;

type Parsed<Options extends FlagOptions> = ReturnType<
  typeof parseArgs<{ args: string[]; strict: true; allowPositionals: true; options: Options }>
>;

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
    // Node's first sentence says it; it names flags and never their values.
    const [problem = "The flags cannot be read."] = (error as Error).message.split(/(?<=\.) |\n/, 1);
    throw wrong(problem.trim().replace(/\.?$/, "."));
  }
  const { values: flags, positionals } = parsed;
  const missing = expected[positionals.length];
  if (missing !== undefined) throw wrong(`${missing} is missing.`);
  // Not told which: it may be the secret that belonged to a flag.
  if (positionals.length > expected.length) throw wrong("Unexpected argument.");
  return { flags, positionals };
}
