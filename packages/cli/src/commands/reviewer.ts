import { isId } from "@require-action/core/provider";
import type { ReviewerRole } from "@require-action/engine/reviewers";
import { CliError } from "../lib/terminal.ts";
import { readSetting } from "../lib/setting.ts";
import { consoleUrlIn } from "../serve/serve-settings.ts";
import type { ReviewerStore } from "../store/reviewers.ts";
import { parseStoreLocation } from "../store/store-location.ts";
import { CliCommand, type Context, durableStores, repeatableOption, schemaOption, valueOption } from "./cli-command.ts";

interface StoreFlags {
  readonly store: string;
  readonly schema?: string;
}

interface ChangeFlags extends StoreFlags {
  readonly actor?: string;
  readonly reason?: string;
}

interface InviteFlags extends ChangeFlags {
  readonly role?: string;
  readonly user?: readonly string[] | false;
  readonly consoleUrl: string;
}

/** `require-action reviewer`: who may sign in to the console with a passkey. */
export function createReviewerCommand(context: Context): CliCommand {
  return new CliCommand("reviewer")
    .summary("invites, lists and removes reviewers")
    .description("Invites, lists and removes reviewers, who sign in to the console with passkeys.")
    .addCommand(inviteCommand(context))
    .addCommand(listCommand(context))
    .addCommand(removeCommand(context));
}

function inviteCommand(context: Context): CliCommand {
  return onStore(new CliCommand("invite"))
    .summary("prints a link by which a reviewer makes a passkey, once")
    .description(
      "Prints a link by which a reviewer makes a passkey. It opens once, in one browser, within 24 hours, and makes an earlier one void. For a reviewer who is there already it adds a passkey, and changes what is named.",
    )
    .argument("<NAME>", "the reviewer, as the audit trail names them")
    .addOption(valueOption("--role <ROLE>", "look, decide or administer; needed for a new reviewer"))
    .addOption(
      repeatableOption(
        "--user <ID>",
        "an account of this very person among the application's users, whose actions somebody else has to decide",
      ),
    )
    .option("--no-user", "says that this person is none of the application's users")
    .addOption(
      valueOption(
        "--console-url <URL>",
        "where reviewers open the console, as https://bank.example/console",
      ).makeOptionMandatory(),
    )
    .addOption(actorOption())
    .addOption(reasonOption())
    .action(async (name: string, { role, user, consoleUrl, ...flags }: InviteFlags) => {
      const url = consoleUrlIn(consoleUrl);
      const changes = {
        // The engine knows which there are.
        ...(role === undefined ? {} : { role: role as ReviewerRole }),
        // Neither flag was given where it is `true`, which commander makes of it.
        ...(Array.isArray(user) ? { userIds: user.map((id: string) => idIn(id, "--user")) } : {}),
        ...(user === false ? { userIds: [] } : {}),
      };
      const { inviteReviewer } = await import("../store/reviewers.ts");
      await inviteReviewer(idIn(name, "NAME"), { ...changes, url, by: byIn(flags) }, storeIn(flags, context));
    });
}

function listCommand(context: Context): CliCommand {
  return onStore(new CliCommand("list"))
    .summary("lists reviewers with passkeys")
    .description("Lists reviewers: name, role, passkeys, and the users who they are.")
    .action(async (flags: StoreFlags) => {
      const { listReviewers } = await import("../store/reviewers.ts");
      await listReviewers(storeIn(flags, context));
    });
}

function removeCommand(context: Context): CliCommand {
  return onStore(new CliCommand("remove"))
    .summary("takes a reviewer away, with passkeys and sessions")
    .description("Takes a reviewer away, with passkeys and sessions.")
    .argument("<NAME>", "the reviewer")
    .addOption(actorOption())
    .addOption(reasonOption().makeOptionMandatory())
    .action(async (name: string, flags: ChangeFlags) => {
      const { removeReviewer } = await import("../store/reviewers.ts");
      await removeReviewer(idIn(name, "NAME"), byIn(flags), storeIn(flags, context));
    });
}

function onStore(command: CliCommand): CliCommand {
  return command
    .addOption(valueOption("--store <STORE>", durableStores).makeOptionMandatory())
    .addOption(schemaOption());
}

const actorOption = () => valueOption("--actor <ID>", "who does it, for the audit trail (default: operator)");
const reasonOption = () => valueOption("--reason <TEXT>", "why, for the audit trail");

/** @throws CliError */
function storeIn({ store, schema }: StoreFlags, { environment, terminal }: Context): ReviewerStore {
  const location = parseStoreLocation(store, schema, environment, terminal.warn);
  if (location.kind === "memory")
    throw new CliError("--store memory is the server's own: name one that processes share.");
  const secrets = (readSetting(environment, "REQUIRE_ACTION_ENGINE_SECRET") ?? "").split(/\s+/).filter(Boolean);
  if (secrets.length === 0) {
    throw new CliError("REQUIRE_ACTION_ENGINE_SECRET is not set: reviewers are sealed with the server's own.");
  }
  return { location, secrets, terminal };
}

function byIn({ actor = "operator", reason = "invited on the command line" }: ChangeFlags): {
  readonly actor: string;
  readonly reason: string;
} {
  return { actor: idIn(actor, "--actor"), reason };
}

function idIn(text: string, flag: string): string {
  if (!isId(text)) throw new CliError(`${flag} must be an id of 1 to 256 bytes.`);
  return text;
}
