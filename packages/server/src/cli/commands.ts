import type { Command } from "./command.ts";

interface Listed {
  readonly summary: string;
  load(): Promise<Command>;
}

/** All commands by what is typed. Each is loaded when it is called. */
const commands: ReadonlyMap<string, Listed> = new Map<string, Listed>([
  [
    "serve",
    {
      summary: "serves the engine over Authsignal's API",
      load: async () => (await import("./serve-command.ts")).serveCommand,
    },
  ],
  [
    "migrate",
    {
      summary: "brings a database's tables to the current version",
      load: async () => (await import("./migrate-command.ts")).migrateCommand,
    },
  ],
  [
    "policy check",
    {
      summary: "finds every mistake of a policy",
      load: async () => (await import("./policy/check-command.ts")).policyCheckCommand,
    },
  ],
  [
    "policy test",
    {
      summary: "tries a policy on given cases",
      load: async () => (await import("./policy/test-command.ts")).policyTestCommand,
    },
  ],
  [
    "policy backtest",
    {
      summary: "tells what a changed policy would have made of recorded actions",
      load: async () => (await import("./policy/backtest-command.ts")).policyBacktestCommand,
    },
  ],
  [
    "policy import",
    {
      summary: "makes a policy of Authsignal's rules",
      load: async () => (await import("./policy/import-command.ts")).policyImportCommand,
    },
  ],
  [
    "routes",
    {
      summary: "lists an application's routes, and what guards them",
      load: async () => (await import("./routes/routes-command.ts")).routesCommand,
    },
  ],
  [
    "hash-password",
    {
      summary: "hashes a reviewer's password",
      load: async () => (await import("./hash-password-command.ts")).hashPasswordCommand,
    },
  ],
]);

export const usage: string = `Usage: require-action COMMAND [options]

${Array.from(commands, ([name, { summary }]) => `  ${name.padEnd(18)}${summary}`).join("\n")}

See require-action COMMAND --help. --version tells the version.
`;

/** Finds the command that the first words name, and what is left for it. */
export async function findCommand(
  words: readonly string[],
): Promise<{ readonly command: Command; readonly args: readonly string[] } | undefined> {
  for (const length of [2, 1]) {
    const listed = commands.get(words.slice(0, length).join(" "));
    if (listed !== undefined) return { command: await listed.load(), args: words.slice(length) };
  }
  return undefined;
}
