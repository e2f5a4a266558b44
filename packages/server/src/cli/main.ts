#!/usr/bin/env node
import { CliError } from "./cli-error.ts";
import { parseServeSettings, serveUsage } from "./serve-settings.ts";

const usage = `Usage: require-action serve --policy FILE [options]
       require-action hash-password

See require-action serve --help.
`;

const terminal = {
  write: (line: string) => void process.stdout.write(`${line}\n`),
  warn: (line: string) => void process.stderr.write(`${line}\n`),
};

async function run([command, ...args]: readonly string[]): Promise<void> {
  switch (command) {
    case "serve":
      return runServe(args);
    case "hash-password": {
      const { hashPasswordUsage, hashTypedPassword } = await import("./hash-password.ts");
      if (args.length > 0) return void process.stdout.write(hashPasswordUsage);
      return terminal.write(await hashTypedPassword(process.stdin, (text) => void process.stderr.write(text)));
    }
    case "--help":
    case "-h":
      return void process.stdout.write(usage);
    default:
      throw new CliError(usage.trimEnd());
  }
}

async function runServe(args: readonly string[]): Promise<void> {
  const settings = parseServeSettings(args, process.env);
  if (settings === undefined) return void process.stdout.write(serveUsage);
  // Loaded once the flags are known to be right: a wrong one is told at once.
  const { serve } = await import("./serve.ts");
  const stop = await serve(settings, terminal);
  const end = (): void => void stop();
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  terminal.warn(error.message);
  process.exitCode = 2;
}
