import { isId } from "@require-action/core/provider";
import { readSetting } from "../lib/setting.ts";
import { CliError } from "../lib/terminal.ts";
import type { ServerApi } from "../store/users.ts";
import { CliCommand, type Context, valueOption } from "./cli-command.ts";

interface ApiFlags {
  readonly url?: string;
}

interface ChangeFlags extends ApiFlags {
  readonly actor?: string;
  readonly reason: string;
}

/** `require-action user`: users who ask for help, by way of a running server. */
export function createUserCommand(context: Context): CliCommand {
  return new CliCommand("user")
    .summary("finds users, shows and unlocks what they prove with")
    .description(
      "Finds users, shows and unlocks what they prove with. It asks the Server API of a running server, with REQUIRE_ACTION_API_SECRET, so that webhooks tell of each change.",
    )
    .addCommand(
      onServer(new CliCommand("find"))
        .summary("finds users by id, e-mail address, phone number or username")
        .description("Finds users by id, e-mail address, phone number or username, and by addresses of authenticators.")
        .argument("<TEXT>", "all of it, as it was recorded")
        .action(async (text: string, flags: ApiFlags) => {
          const { findUsers } = await import("../store/users.ts");
          await findUsers(text, apiIn(flags, context));
        }),
    )
    .addCommand(
      onServer(new CliCommand("show"))
        .summary("shows a user's authenticators, what is locked, and devices")
        .description("Shows a user's authenticators, what of them is locked, and devices, each with its id.")
        .argument("<USER>", "the user's id")
        .action(async (userId: string, flags: ApiFlags) => {
          const { showUser } = await import("../store/users.ts");
          await showUser(idIn(userId, "USER"), apiIn(flags, context));
        }),
    )
    .addCommand(
      changeCommand(
        context,
        "unlock",
        "forgets wrong answers, so that what is locked can be used again",
        "[AUTHENTICATOR]",
        (id) => (id === undefined ? "/unlock" : `/authenticators/${id}/unlock`),
      ),
    )
    .addCommand(
      changeCommand(
        context,
        "remove-authenticator",
        "takes an authenticator away",
        "<AUTHENTICATOR>",
        (id) => `/authenticators/${id}/remove`,
      ),
    )
    .addCommand(
      changeCommand(
        context,
        "revoke-device",
        "forgets a device, which is challenged again",
        "<DEVICE>",
        (id) => `/devices/${id}/revoke`,
      ),
    )
    .addCommand(
      changeCommand(context, "end-sessions", "ends all sessions of a user", undefined, () => "/sessions/end"),
    );
}

function changeCommand(
  context: Context,
  name: string,
  summary: string,
  about: string | undefined,
  pathOf: (id: string | undefined) => string,
): CliCommand {
  const command = onServer(new CliCommand(name))
    .summary(summary)
    .description(
      `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}. Who does it, and why, is in the audit trail.`,
    )
    .argument("<USER>", "the user's id");
  if (about !== undefined) command.argument(about, "its id, as require-action user show prints it");
  return command
    .addOption(valueOption("--reason <TEXT>", "why, for the audit trail").makeOptionMandatory())
    .addOption(valueOption("--actor <ID>", "who does it, for the audit trail (default: operator)"))
    .action(async (...given: readonly unknown[]) => {
      const [userId, id] = given as readonly [string, string | undefined];
      const { actor = "operator", reason, ...flags } = given[about === undefined ? 1 : 2] as ChangeFlags;
      const path = pathOf(about === undefined || id === undefined ? undefined : encodeURIComponent(idIn(id, "the id")));
      const { changeUser } = await import("../store/users.ts");
      const by = { actor: idIn(actor, "--actor"), reason };
      await changeUser(idIn(userId, "USER"), path, by, apiIn(flags, context));
    });
}

function onServer(command: CliCommand): CliCommand {
  return command.addOption(
    valueOption(
      "--url <URL>",
      "where the Server API is (default: http://127.0.0.1:4100; with --admin-port, that port)",
    ),
  );
}

/** @throws CliError */
function apiIn({ url = "http://127.0.0.1:4100" }: ApiFlags, { environment, terminal }: Context): ServerApi {
  const [secret] = (readSetting(environment, "REQUIRE_ACTION_API_SECRET") ?? "").split(/\s+/).filter(Boolean);
  if (secret === undefined) throw new CliError("REQUIRE_ACTION_API_SECRET is not set.");
  const base = URL.canParse(url) ? new URL(url) : undefined;
  const isHttp = base?.protocol === "http:" || base?.protocol === "https:";
  if (base === undefined || !isHttp) throw new CliError("--url must be a URL, as https://admin.bank.example.");
  return { url: base.href.replace(/\/$/, "").replace(/\/v1$/, ""), secret, terminal };
}

function idIn(text: string, what: string): string {
  if (!isId(text)) throw new CliError(`${what} must be an id of 1 to 256 bytes.`);
  return text;
}
