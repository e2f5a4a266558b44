import { writeFileSync } from "node:fs";
import type { Outcome } from "@require-action/core";
import { importAuthsignalRules } from "@require-action/engine";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readFlags } from "../flags.ts";
import { mistakeLines } from "../policy-mistakes.ts";
import { readText } from "../read-text.ts";

const outcomes: ReadonlySet<string> = new Set<Outcome>(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"]);

export const policyImportCommand: Command = {
  usage: `Usage: require-action policy import FILE [options]

Makes a policy of classic rules as Authsignal exports them: answers of its Management API, or "terraform show -json".
Prints the policy; what could not be carried over, and what means something else here, goes to the standard error.
Exit code 1 when something could not: the policy is then refused until it is mended.

  --default-outcome OUTCOME  ALLOW, CHALLENGE, REVIEW or BLOCK, for actions whose configuration is not in the export
  --out FILE                 where the policy goes, instead of the standard output
  --help
`,
  async run(args, terminal) {
    const { flags, positionals } = readFlags(
      "policy import",
      args,
      { "default-outcome": { type: "string" }, out: { type: "string" } },
      ["FILE"],
    );
    const [file = ""] = positionals;
    const defaultOutcome = flags["default-outcome"];
    if (defaultOutcome !== undefined && !outcomes.has(defaultOutcome)) {
      throw new CliError("--default-outcome must be ALLOW, CHALLENGE, REVIEW or BLOCK.");
    }
    const options = defaultOutcome === undefined ? {} : { defaultOutcome: defaultOutcome as Outcome };
    const { policy, mistakes, differences } = importAuthsignalRules(readText(file), options);
    writePolicy(JSON.stringify(policy, undefined, 2), flags.out, terminal.write);
    if (mistakes.length > 0) terminal.warn(`Could not be carried over:\n${mistakeLines(mistakes)}`);
    if (differences.length > 0) terminal.warn(`Look at these rules:\n${mistakeLines(differences)}`);
    return mistakes.length > 0 ? 1 : 0;
  },
};

function writePolicy(text: string, file: string | undefined, write: (line: string) => void): void {
  if (file === undefined) return write(text);
  try {
    writeFileSync(file, `${text}\n`);
  } catch (error) {
    throw new CliError(`--out ${file}: It cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}
