#!/usr/bin/env node
import { CliError } from "./cli-error.ts";
import { findCommand, usage } from "./commands.ts";

const terminal = {
  write: (line: string) => void process.stdout.write(`${line}\n`),
  warn: (line: string) => void process.stderr.write(`${line}\n`),
};

let endsProcess = false;

const isHelp = (word: string | undefined): boolean => word === "--help" || word === "-h";

async function run(words: readonly string[]): Promise<number> {
  if (isHelp(words[0])) {
    process.stdout.write(usage);
    return 0;
  }
  const found = await findCommand(words);
  if (found === undefined) throw new CliError(usage.trimEnd());
  const { command, args } = found;
  if (!args.some(isHelp)) {
    endsProcess = command.endsProcess ?? false;
    return command.run(args, terminal);
  }
  process.stdout.write(command.usage);
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  terminal.warn(error.message);
  process.exitCode = error.exitCode;
}
// Once all is written.
if (endsProcess) process.stdout.write("", () => process.stderr.write("", () => process.exit()));
