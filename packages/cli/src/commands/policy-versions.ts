import { isId } from "@require-action/core/provider";
import { CliError } from "../lib/terminal.ts";
import { parseStoreLocation, type StoreLocation } from "../store/store-location.ts";
import { CliCommand, type Context, durableStores, schemaOption, valueOption } from "./cli-command.ts";

interface StoreFlags {
  readonly store: string;
  readonly schema?: string;
}

interface PublishFlags extends StoreFlags {
  readonly actor?: string;
  readonly expect?: string;
}

/** `require-action policy publish`, `versions` and `show`: the policy in a store, for `serve --policy-store`. */
export function createPolicyVersionCommands(context: Context): readonly CliCommand[] {
  return [publishCommand(context), versionsCommand(context), showCommand(context)];
}

function publishCommand(context: Context): CliCommand {
  return onStore(new CliCommand("publish"))
    .summary("publishes a policy to a store, for serve --policy-store")
    .description(
      "Reads a policy whole, and publishes it to a store as its newest version: every server with --policy-store goes over to it within two seconds. A policy that the newest version is already makes no other.",
    )
    .argument("<FILE>", "the policy, JSON or YAML")
    .addOption(valueOption("--actor <ID>", "who publishes it, for the audit trail"))
    .addOption(
      valueOption("--expect <NUMBER>", "publishes only if this is the newest version, 0 if there is to be none yet"),
    )
    .action(async (file: string, { actor, expect, ...flags }: PublishFlags) => {
      const options = {
        ...(actor === undefined ? {} : { actor: actorIn(actor) }),
        ...(expect === undefined ? {} : { expected: numberIn(expect, "--expect") }),
      };
      const { publishFile } = await import("../store/policy-versions.ts");
      await publishFile(file, options, locationIn(flags, context), context.terminal);
    });
}

function versionsCommand(context: Context): CliCommand {
  return onStore(new CliCommand("versions"))
    .summary("lists the versions of the policy in a store")
    .description(
      "Lists the versions of the policy in a store, newest first: number, time, the policyVersion of the decisions made by it, and who published it.",
    )
    .action(async (flags: StoreFlags) => {
      const { listVersions } = await import("../store/policy-versions.ts");
      await listVersions(locationIn(flags, context), context.terminal);
    });
}

function showCommand(context: Context): CliCommand {
  return onStore(new CliCommand("show"))
    .summary("prints a version of the policy in a store")
    .description("Prints a version of the policy in a store as it was published.")
    .argument("[NUMBER]", "the version (default: the newest)")
    .action(async (number: string | undefined, flags: StoreFlags) => {
      const wanted = number === undefined ? undefined : numberIn(number, "NUMBER");
      const { showVersion } = await import("../store/policy-versions.ts");
      await showVersion(wanted, locationIn(flags, context), context.terminal);
    });
}

function onStore(command: CliCommand): CliCommand {
  return command
    .addOption(valueOption("--store <STORE>", durableStores).makeOptionMandatory())
    .addOption(schemaOption());
}

/** @throws CliError */
function locationIn({ store, schema }: StoreFlags, { environment, terminal }: Context): StoreLocation {
  const location = parseStoreLocation(store, schema, environment, terminal.warn);
  if (location.kind === "memory") throw new CliError("--store memory keeps no policy.");
  return location;
}

function numberIn(text: string, flag: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CliError(`${flag} must be the number of a version.`);
  return Number(text);
}

function actorIn(text: string): string {
  if (!isId(text)) throw new CliError("--actor must be an id of 1 to 256 bytes.");
  return text;
}
