import type { VerifyFlags } from "../receipts/report.ts";
import { CliError } from "../lib/terminal.ts";
import { parseStoreLocation } from "../store/store-location.ts";
import { CliCommand, type Context, durableStores, repeatableOption, schemaOption, valueOption } from "./cli-command.ts";

interface StoreFlags {
  readonly store: string;
  readonly schema?: string;
}

/** `require-action receipts export` and `verify` */
export function createReceiptCommands(context: Context): readonly CliCommand[] {
  return [exportCommand(context), verifyCommand(context)];
}

function exportCommand({ terminal, environment }: Context): CliCommand {
  return new CliCommand("export")
    .summary("writes the receipts of a store, for receipts verify")
    .description(
      "Writes the receipts of a store to the standard output, a line for each, as far as an engine has chained them: within a second or two.",
    )
    .addOption(valueOption("--store <STORE>", durableStores).makeOptionMandatory())
    .addOption(schemaOption())
    .action(async ({ store, schema }: StoreFlags) => {
      const location = parseStoreLocation(store, schema, environment, terminal.warn);
      if (location.kind === "memory") throw new CliError("--store memory keeps no receipts.");
      const { exportReceipts } = await import("../receipts/export-receipts.ts");
      await exportReceipts(location, terminal);
    });
}

function verifyCommand(context: Context): CliCommand {
  return new CliCommand("verify")
    .summary("verifies exported receipts, without network or store")
    .description(
      "Verifies receipts that were exported, and says of each line what is proved, by whom, and what is not. It asks nobody: neither network nor store is needed. The exit code is 1 where a line is refused.",
    )
    .argument("<FILE>", "the receipts, as receipts export writes them")
    .addOption(
      valueOption("--jwks <FILE>", "the engine's public keys of receipts, a JSON Web Key Set").makeOptionMandatory(),
    )
    .addOption(
      valueOption("--rp-id <DOMAIN>", "the domain that passkeys are made for, as bank.example").makeOptionMandatory(),
    )
    .addOption(
      valueOption("--reviewers-rp-id <DOMAIN>", "the domain of reviewers' passkeys (default: that of --rp-id)"),
    )
    .addOption(
      repeatableOption("--origin <ORIGIN>", "where passkeys may be used (default: pages of the domain, over https)"),
    )
    .addOption(valueOption("--checkpoint <FILE>", "a head that was kept earlier: its line must still be there"))
    .option("--excerpt", "takes the receipt of one action, in which lines about others are withheld or left out")
    .option("--json", "writes the report as JSON")
    .action(async (file: string, flags: VerifyFlags) => {
      const { reportReceipts } = await import("../receipts/report.ts");
      if (!reportReceipts(file, flags, context.terminal)) context.exitCode = 1;
    });
}
