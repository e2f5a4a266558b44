import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";
import { type ReviewerRole, reviewerRoles } from "@require-action/engine/reviewers";
import type { ConsoleOidc } from "./console-oidc.ts";
import { isPasswordHash } from "./password.ts";

/** A reviewer who signs in with a password, which is for those who have no passkey yet. */
export interface Reviewer {
  /** As the audit trail names them. */
  readonly id: string;
  /** Made by `hashPassword`, or by `require-action hash-password`. Not taken any more from whoever has a passkey. */
  readonly passwordHash: string;
  /** `decide` by default. */
  readonly role?: ReviewerRole;
  /**
   * The reviewer's own accounts among the application's users, whose actions somebody else decides. By default the user of the same id,
   * which is right only where reviewers and users have ids of one kind.
   */
  readonly userIds?: readonly string[];
}

/** Who may use the review console, and how. Reviewers with passkeys are in the engine's store: `engine.reviewers` invites them. */
export interface ConsoleOptions {
  /** Reviewers with passwords; none by default. */
  readonly reviewers?: readonly Reviewer[];
  /** Reviewers with accounts at an OpenID Connect provider, as `createConsoleOidc` of `@require-action/server/oidc` makes it; none by default. */
  readonly oidc?: ConsoleOidc;
  /** False only where the console is reached without TLS, on a developer's machine; true by default. */
  readonly secureCookies?: boolean;
}

/** The options with nothing left open. */
export interface ParsedConsoleOptions {
  readonly reviewers: ReadonlyMap<string, Required<Reviewer>>;
  readonly oidc: ConsoleOidc | undefined;
  readonly secureCookies: boolean;
  readonly basePath: string;
  readonly clock: Clock;
}

/** What the console shares with the server around it. */
export interface ConsoleSurroundings {
  readonly basePath?: string;
  readonly clock?: Clock;
}

/** The schema of the server's `console`. */
export const consoleSchema: OptionsSchema<ConsoleOptions> = defineOptions<ConsoleOptions>({
  required: {},
  optional: {
    reviewers: option.listOf(
      defineOptions<Reviewer>({
        required: { id: option.id, passwordHash: option.setting(isPasswordHash, "must be made by hashPassword") },
        optional: { role: option.oneOf(reviewerRoles), userIds: option.listOf(option.id, { of: "ids" }) },
      }),
      { of: "reviewers" },
    ),
    oidc: option.withMethods("begin", "complete", "authorityOf"),
    secureCookies: option.flag,
  },
});

/** @throws ConfigurationError for a reviewer who is there twice, or where there is no way to sign in */
export function parseConsoleOptions(
  { reviewers = [], oidc, secureCookies = true }: ConsoleOptions,
  { basePath = "", clock = systemClock }: ConsoleSurroundings,
  hasPasskeys: boolean,
): ParsedConsoleOptions {
  const byId = new Map<string, Required<Reviewer>>();
  for (const [index, reviewer] of reviewers.entries()) {
    const { id } = reviewer;
    if (byId.has(id)) throw new ConfigurationError(`console.reviewers[${index}].id`, "is there twice");
    byId.set(id, { role: "decide", userIds: [id], ...reviewer });
  }
  if (byId.size === 0 && oidc === undefined && !hasPasskeys) {
    throw new ConfigurationError("console.reviewers", "is needed where the engine has no passkeys");
  }
  // What is stronger is not to be gone round.
  if (oidc?.reviewerIds.some((id) => byId.has(id)) === true) {
    throw new ConfigurationError(
      "console.reviewers",
      "has a reviewer who is in console.oidc, too: take the password away",
    );
  }
  if (byId.size > 0) warnOfPasswords();
  return { reviewers: byId, oidc, secureCookies, basePath, clock };
}

function warnOfPasswords(): void {
  if (process.env["NODE_ENV"] !== "production") return;
  process.emitWarning(
    "Reviewers in console.reviewers sign in with passwords alone: invite them to make passkeys, and take them off the list.",
    { type: "RequireActionWarning", code: "RA_REVIEWER_PASSWORDS" },
  );
}
