import type { Outcome } from "@require-action/core/provider";
import { CliError } from "../lib/terminal.ts";
import { CliCommand, type Context, valueOption } from "./cli-command.ts";

interface ImportFlags {
  readonly defaultOutcome?: string;
  readonly out?: string;
}

const outcomes: ReadonlySet<string> = new Set<Outcome>(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"]);

/** `require-action policy import` */
export function createPolicyImportCommand(context: Context): CliCommand {
  return new CliCommand("import")
    .summary("makes a policy of Authsignal's rules")
    .description(
      'Makes a policy of classic rules as Authsignal exports them: answers of its Management API, or "terraform show -json". Prints the policy, and reports on the standard error what could not be carried over and what means something else here. Exit code 1 when something could not be carried over: the policy is then refused until it is mended.',
    )
    .argument("<FILE>", "the export")
    .addOption(
      valueOption(
        "--default-outcome <OUTCOME>",
        "ALLOW, CHALLENGE, REVIEW or BLOCK, for actions whose configuration is not in the export",
      ),
    )
    .addOption(valueOption("--out <FILE>", "the file to write, instead of the standard output"))
    .action(async (file: string, { defaultOutcome, out }: ImportFlags) => {
      if (defaultOutcome !== undefined && !outcomes.has(defaultOutcome)) {
        throw new CliError("--default-outcome must be ALLOW, CHALLENGE, REVIEW or BLOCK.");
      }
      const { importPolicy } = await import("../policy/import-policy.ts");
      const options = defaultOutcome === undefined ? {} : { defaultOutcome: defaultOutcome as Outcome };
      if (!importPolicy(file, out, options, context.terminal)) context.exitCode = 1;
    });
}
