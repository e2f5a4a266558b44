#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { CliError } from "./cli-error.ts";
import { findCommand, usage } from "./commands.ts";

const terminal = {
  write: (line: string) => void process.stdout.write(`${line}\n`),
  warn: (line: string) => void process.stderr.write(`${line}\n`),
};

// Whoever reads has gone, as `head` does: no reason to fail, and least of all to end a server.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

let endsProcess = false;

const isVersion = (word: string | undefined): boolean => word === "--version" || word === "-v";
const isHelp = (word: string | undefined): boolean => word === "--help" || word === "-h";

async function run(words: readonly string[]): Promise<number> {
  if (isVersion(words[0])) {
    terminal.write(readVersion());
    return 0;
  }
  const found = isHelp(words[0]) ? undefined : await findCommand(words);
  if (found === undefined && (words.some(isHelp) || words[0] === "help")) {
    process.stdout.write(usage);
    return 0;
  }
  if (found === undefined) throw new CliError(explain(words));
  const { command, args } = found;
  if (!args.some(isHelp)) {
    endsProcess = command.endsProcess ?? false;
    return command.run(args, terminal);
  }
  process.stdout.write(command.usage);
  return 0;
}

/** What is no command, then those that are. */
function explain(words: readonly string[]): string {
  const typed = words.slice(0, words[0] === "policy" ? 2 : 1).join(" ");
  const problem =
    typed === "policy" ? "policy needs to be told what to do.\n\n" : `There is no command "${typed}".\n\n`;
  return `${typed === "" ? "" : problem}${usage.trimEnd()}`;
}

/** This package's own. */
function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
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
