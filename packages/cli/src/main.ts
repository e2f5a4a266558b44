#!/usr/bin/env node
import { runProgram } from "./commands/program.ts";
import { showsColors } from "./lib/terminal.ts";

const terminal = {
  write: (line: string) => void process.stdout.write(`${line}\n`),
  warn: (line: string) => void process.stderr.write(`${line}\n`),
  hasColors: showsColors(process.stdout, process.env),
};

// A reader that has gone, as `head` does, is no reason to fail, and least of all to end a server.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const { exitCode, endsProcess } = await runProgram(process.argv.slice(2), { terminal, environment: process.env });
process.exitCode = exitCode;
// Once all is written.
if (endsProcess) process.stdout.write("", () => process.stderr.write("", () => process.exit()));
