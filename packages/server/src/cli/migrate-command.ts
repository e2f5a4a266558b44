import { CliError } from "./cli-error.ts";
import type { Command } from "./command.ts";
import { readFlags } from "./flags.ts";
import { parseStoreLocation, storeUsage } from "./store-location.ts";

export const migrateCommand: Command = {
  usage: `Usage: require-action migrate --store STORE [options]

Brings the tables of a store and a ledger to the current version, under a lock: any number of processes may do so at once,
and processes of the version before go on beside it.

  --store STORE         ${storeUsage}
  --schema NAME         the schema of PostgreSQL's tables; require_action unless said otherwise
  --help
`,
  async run(args, terminal) {
    const { flags } = readFlags("migrate", args, { store: { type: "string" }, schema: { type: "string" } });
    if (flags.store === undefined) throw new CliError("--store is missing. See require-action migrate --help.");
    const location = parseStoreLocation(flags.store, flags.schema, process.env, terminal.warn);
    if (location.kind === "memory") throw new CliError("--store memory has no tables.");
    const { migrateStore } = await import("./open-store.ts");
    await migrateStore(location, terminal);
    terminal.write("The tables are up to date.");
    return 0;
  },
};
