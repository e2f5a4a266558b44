import { CliCommand, type Context, valueOption } from "./cli-command.ts";

/** `require-action policy test` */
export function createPolicyTestCommand(context: Context): CliCommand {
  return new CliCommand("test")
    .summary("tries a policy on given cases")
    .description(
      "Tries a policy on cases: what is given, and what the policy should make of it. Exit code 1 when one comes out otherwise.",
    )
    .argument("<FILE>", "the policy")
    .addOption(
      valueOption(
        "--cases <FILE>",
        "JSON or YAML: { cases: [{ name, action, given: { attributes, facts }, expect: { outcome, rules } }] }",
      ).makeOptionMandatory(),
    )
    .action(async (file: string, { cases }: { readonly cases: string }) => {
      const { testPolicy } = await import("../policy/test-policy.ts");
      if (!testPolicy(file, cases, context.terminal)) context.exitCode = 1;
    });
}
