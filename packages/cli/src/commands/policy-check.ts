import type { IpFactName, IpKnowledge } from "@require-action/engine/policy";
import { CliError } from "../lib/terminal.ts";
import { CliCommand, type Context, repeatableOption, valueOption } from "./cli-command.ts";

interface CheckFlags {
  readonly ipDatabase?: readonly string[];
  readonly ipFacts?: string;
}

const ipFactNames = ["countryCode", "isAnonymous"] as const satisfies readonly IpFactName[];

/** `require-action policy check` */
export function createPolicyCheckCommand({ terminal }: Context): CliCommand {
  return new CliCommand("check")
    .summary("finds every mistake of a policy")
    .description(
      "Reads a policy, JSON or YAML, and reports every mistake with its line, column and path; exit code 1 when there is one. Warns on the standard error of rules that become more lenient when a fact is unknown, and of rules over facts that are never known.",
    )
    .argument("<FILE>", "the policy")
    .addOption(
      repeatableOption("--ip-database <FILE>", "the database of addresses that serve is given; none if there is none"),
    )
    .addOption(
      valueOption(
        "--ip-facts <NAMES>",
        `the facts that the application's own lookup (facts.ip) gives instead: ${ipFactNames.join(",")}`,
      ),
    )
    .action(async (file: string, { ipDatabase = [], ipFacts }: CheckFlags) => {
      const { checkPolicy } = await import("../policy/check-policy.ts");
      checkPolicy(file, await knowledgeOf(ipDatabase, ipFacts), terminal);
    });
}

async function knowledgeOf(files: readonly string[], names: string | undefined): Promise<IpKnowledge | undefined> {
  if (names === undefined) {
    const { ipKnowledge, openIpDatabases } = await import("../policy/ip-database.ts");
    return ipKnowledge(await openIpDatabases(files));
  }
  if (files.length > 0) throw new CliError("--ip-facts and --ip-database are two ways to say one thing: use one.");
  const given = names.split(",");
  const known: ReadonlySet<string> = new Set(ipFactNames);
  if (!given.every((name): name is IpFactName => known.has(name))) {
    throw new CliError(`--ip-facts must be some of ${ipFactNames.join(",")}.`);
  }
  return given as readonly IpFactName[];
}
