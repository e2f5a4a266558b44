import { createRequire } from "node:module";
import { CommanderError } from "commander";
import { CliError, paint } from "../lib/terminal.ts";
import { CliCommand, type Context } from "./cli-command.ts";
import { createHashPasswordCommand } from "./hash-password.ts";
import { createMigrateCommand } from "./migrate.ts";
import { createParkedCommand } from "./parked.ts";
import { createPolicyBacktestCommand } from "./policy-backtest.ts";
import { createPolicyCheckCommand } from "./policy-check.ts";
import { createPolicyImportCommand } from "./policy-import.ts";
import { createPolicyVersionCommands } from "./policy-versions.ts";
import { createPolicyTestCommand } from "./policy-test.ts";
import { createReceiptCommands } from "./receipts.ts";
import { createReviewerCommand } from "./reviewer.ts";
import { createRoutesCommand } from "./routes.ts";
import { createServeCommand } from "./serve.ts";
import { createUserCommand } from "./user.ts";

/** The exit code of `require-action` with these arguments. Mistakes are reported to the terminal. */
export async function runProgram(
  words: readonly string[],
  { terminal, environment }: Pick<Context, "terminal" | "environment">,
): Promise<Pick<Context, "exitCode" | "endsProcess">> {
  const context: Context = { terminal, environment, exitCode: 0, endsProcess: false };
  try {
    await createProgram(context).parseAsync(words, { from: "user" });
  } catch (error) {
    context.exitCode = exitCodeOf(error, context);
  }
  return context;
}

/** `require-action` with all its commands. */
function createProgram(context: Context): CliCommand {
  const program = new CliCommand("require-action");
  const policy = new CliCommand("policy")
    .summary("checks, tests, backtests, imports and publishes policies")
    .description("Checks, tests, backtests, imports and publishes policies.");
  for (const command of [
    createPolicyCheckCommand(context),
    createPolicyTestCommand(context),
    createPolicyBacktestCommand(context),
    createPolicyImportCommand(context),
    ...createPolicyVersionCommands(context),
  ]) {
    policy.addCommand(command);
  }
  const reviewer = createReviewerCommand(context);
  const user = createUserCommand(context);
  const parked = createParkedCommand(context);
  const receipts = new CliCommand("receipts")
    .summary("exports and verifies receipts of what was approved")
    .description("Exports and verifies receipts of what was decided, approved and run.");
  for (const command of createReceiptCommands(context)) receipts.addCommand(command);
  program
    .description(
      "Step-up authentication: serves the engine, migrates its stores, tries policies, lists guarded routes, verifies receipts.",
    )
    .version(readVersion(), "-v, --version", "prints the version")
    .enablePositionalOptions()
    .addCommand(createServeCommand(context))
    .addCommand(createMigrateCommand(context))
    .addCommand(policy)
    .addCommand(reviewer)
    .addCommand(user)
    .addCommand(receipts)
    .addCommand(parked)
    .addCommand(createRoutesCommand(context))
    .addCommand(createHashPasswordCommand(context))
    .addHelpText("after", "\nRun require-action COMMAND --help for the options of a command.");
  const groups = [policy, reviewer, user, receipts, parked].flatMap(({ commands }) => commands);
  for (const command of [program, ...program.commands, ...groups]) present(command as CliCommand, context);
  return program;
}

/** Gives a command its help, written to the terminal rather than to the process. */
function present(command: CliCommand, { terminal }: Context): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .helpOption("-h, --help", "prints this help")
    .configureHelp({ styleTitle: (title) => paint(terminal, "bold", title) })
    .configureOutput({
      writeOut: (text) => terminal.write(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
      getOutHasColors: () => terminal.hasColors ?? false,
      getErrHasColors: () => false,
    });
  if (command.commands.length > 0) command.helpCommand("help [COMMAND]", "prints the help of a command");
}

function exitCodeOf(error: unknown, { terminal }: Context): number {
  // Help or the version was asked for, or no command was given and the help says which there are.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof CliError)) throw error;
  terminal.warn(error.message);
  return error.exitCode;
}

/** The version of this package. */
function readVersion(): string {
  const require = createRequire(import.meta.url);
  return (require("#package.json") as { readonly version: string }).version;
}
