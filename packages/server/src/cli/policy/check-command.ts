import type { Command } from "../command.ts";
import { readFlags } from "../flags.ts";
import { compileFile } from "./compile-file.ts";

export const policyCheckCommand: Command = {
  usage: `Usage: require-action policy check FILE

Reads a policy, JSON or YAML, and tells every mistake with its path. Exit code 1 when there is one.

  --help
`,
  async run(args, terminal) {
    const [file = ""] = readFlags("policy check", args, {}, ["FILE"]).positionals;
    const { actionCodes, version } = compileFile(file);
    const actions = actionCodes.length === 1 ? "1 action" : `${actionCodes.length} actions`;
    terminal.write(`${file} has no mistakes: ${actions}, version ${version}.`);
    return 0;
  },
};
