import { ConfigurationError } from "@require-action/core";
import {
  defineOptions,
  isLoopbackHost,
  isSecureWebOrigin,
  option,
  type OptionsSchema,
  readOptions,
} from "@require-action/core/options";
import { type ReviewerRole, reviewerRoles } from "@require-action/engine/reviewers";

/** A reviewer who signs in with an account of the provider. */
export interface OidcReviewer {
  /** As the audit trail names them. */
  readonly id: string;
  /** The `sub` of the account. No e-mail address: those change hands. */
  readonly subject: string;
  /** What the reviewer may do; without it, the account's groups say so. */
  readonly role?: ReviewerRole;
  /** The reviewer's own accounts among the application's users, whose actions somebody else decides. Empty for none. */
  readonly userIds: readonly string[];
}

/** Options of {@link createConsoleOidc}. */
export interface ConsoleOidcOptions {
  /** The provider, exactly as its discovery document names itself: `https`, or `http` on a loopback address. */
  readonly issuer: string;
  readonly clientId: string;
  /** Never in a message, and sent to the provider's token endpoint alone. */
  readonly clientSecret: string;
  /** How the client is registered to prove its secret; `client_secret_basic` by default. */
  readonly clientAuthentication?: "client_secret_basic" | "client_secret_post";
  /** Where reviewers open the console. Register `<consoleUrl>/sign-in-oidc-callback` as the redirect URI. */
  readonly consoleUrl: string;
  /** Who may sign in. An account that is not here is refused, whatever else it is. */
  readonly reviewers: readonly OidcReviewer[];
  /** What the groups of accounts say, for reviewers without a role of their own: the strongest role counts. */
  readonly groups?: {
    /** The claim of the ID token that lists them; `groups` by default. */
    readonly claim?: string;
    readonly roles: readonly { readonly group: string; readonly role: ReviewerRole }[];
  };
  /** What the provider is called on the sign-in page; its host by default. */
  readonly name?: string;
  /** Asked for besides `openid`. */
  readonly scopes?: readonly string[];
  /** How long ago the provider may have asked for the account's proof, in seconds; as long as it likes by default. */
  readonly maxAgeSeconds?: number;
  /** The authentication context classes (`acr`) that are enough, the best first; any by default. */
  readonly acrValues?: readonly string[];
}

const text = (what: string): ReturnType<typeof option.setting> =>
  option.setting((value) => typeof value === "string" && value !== "" && value.length <= 1024, what);
const role = option.oneOf(reviewerRoles);
/** RFC 6749 section 3.3, and the like. */
const word = option.matching(
  (value) => typeof value === "string" && /^[!#-[\]-~]{1,256}$/.test(value),
  "must be 1 to 256 visible characters without spaces and quotes",
);

const optionsSchema: OptionsSchema<ConsoleOidcOptions> = defineOptions<ConsoleOidcOptions>({
  required: {
    issuer: option.setting(isIssuer, "must be https, or http on a loopback address, without a query"),
    clientId: text("must be the client's id"),
    clientSecret: text("must be the client's secret"),
    consoleUrl: option.setting(isConsoleUrl, "must be the console's URL, as https://bank.example/console"),
    reviewers: option.listOf(
      defineOptions<OidcReviewer>({
        required: { id: option.id, subject: option.id, userIds: option.listOf(option.id, { of: "ids" }) },
        optional: { role },
      }),
      { least: 1, of: "reviewers" },
    ),
  },
  optional: {
    clientAuthentication: option.oneOf(["client_secret_basic", "client_secret_post"]),
    groups: defineOptions<NonNullable<ConsoleOidcOptions["groups"]>>({
      required: {
        roles: option.listOf(
          defineOptions<{ readonly group: string; readonly role: ReviewerRole }>({
            required: { group: option.id, role },
            optional: {},
          }),
          { least: 1, of: "groups with roles" },
        ),
      },
      optional: { claim: option.id },
    }),
    name: option.id,
    scopes: option.listOf(word, { of: "scopes" }),
    maxAgeSeconds: option.whole({ least: 0, unit: "seconds" }),
    acrValues: option.listOf(word, { least: 1, of: "acr values" }),
  },
});

/** @throws ConfigurationError that names the option */
export function parseOidcOptions(given: ConsoleOidcOptions): ConsoleOidcOptions {
  const options = readOptions("createConsoleOidc", optionsSchema, given);
  const { reviewers, groups, consoleUrl } = options;
  const seen = { id: new Set<string>(), subject: new Set<string>() };
  for (const [index, reviewer] of reviewers.entries()) {
    for (const name of ["id", "subject"] as const) {
      if (seen[name].has(reviewer[name])) throw new ConfigurationError(`reviewers[${index}].${name}`, "is there twice");
      seen[name].add(reviewer[name]);
    }
    if (reviewer.role === undefined && groups === undefined) {
      throw new ConfigurationError(`reviewers[${index}].role`, "is needed where no groups say what reviewers may do");
    }
  }
  return { ...options, consoleUrl: consoleUrl.replace(/\/$/, "") };
}

function isIssuer(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, search, hash, username } = new URL(value);
  const isSafe = protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
  return isSafe && search === "" && hash === "" && username === "";
}

function isConsoleUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { origin, search, hash } = new URL(value);
  return isSecureWebOrigin(origin) && search === "" && hash === "";
}
