import { CliError } from "../lib/terminal.ts";
import { parseStoreLocation } from "../store/store-location.ts";
import { CliCommand, type Context, durableStores, schemaOption, valueOption } from "./cli-command.ts";

interface MigrateFlags {
  readonly store: string;
  readonly schema?: string;
}

/** `require-action migrate` */
export function createMigrateCommand({ terminal, environment }: Context): CliCommand {
  return new CliCommand("migrate")
    .summary("brings a database's tables to the current version")
    .description(
      "Brings the tables of a store and a ledger to the current version, under a lock: any number of processes may run it at once, and processes of the version before keep running beside it.",
    )
    .addOption(valueOption("--store <STORE>", durableStores).makeOptionMandatory())
    .addOption(schemaOption())
    .action(async ({ store, schema }: MigrateFlags) => {
      const location = parseStoreLocation(store, schema, environment, terminal.warn);
      if (location.kind === "memory") throw new CliError("--store memory has no tables.");
      const { migrateStore } = await import("../store/open-store.ts");
      await migrateStore(location, terminal);
      terminal.write("The tables are up to date.");
    });
}
