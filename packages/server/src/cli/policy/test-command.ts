import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readFlags } from "../flags.ts";
import { printable } from "../printable.ts";
import { compileFile } from "./compile-file.ts";
import { readPolicyCases } from "./policy-cases.ts";
import { tryCase } from "./try-case.ts";

export const policyTestCommand: Command = {
  usage: `Usage: require-action policy test FILE --cases FILE

Tries a policy on cases: what is given, and what the policy should make of it. Exit code 1 when one comes out otherwise.

  --cases FILE          JSON or YAML: { cases: [{ name, action, given: { attributes, facts }, expect: { outcome, rules } }] }
  --help
`,
  async run(args, terminal) {
    const { flags, positionals } = readFlags("policy test", args, { cases: { type: "string" } }, ["FILE"]);
    if (flags.cases === undefined)
      throw new CliError("--cases FILE is missing. See require-action policy test --help.");
    const cases = readPolicyCases(flags.cases);
    const policy = compileFile(positionals[0] ?? "");
    let failed = 0;
    for (const one of cases) {
      const differences = tryCase(policy, one);
      if (differences.length > 0) failed++;
      terminal.write(`${differences.length === 0 ? "ok  " : "FAIL"}  ${printable(one.name)}`);
      for (const line of differences) terminal.write(`        ${printable(line)}`);
    }
    const all = cases.length === 1 ? "1 case" : `${cases.length} cases`;
    terminal.write(failed === 0 ? `${all}, all as expected.` : `${failed} of ${all} failed.`);
    return failed === 0 ? 0 : 1;
  },
};
