import * as v from "valibot";
import { type ActionAttributes, attributesSchema } from "./attributes.ts";
import type { Awaitable } from "./awaitable.ts";
import { createBareRecord } from "./bare-record.ts";
import type { Clock } from "./clock.ts";
import { ConfigurationError } from "./errors.ts";
import type { GuardEventListener } from "./events.ts";
import { isPromiseLike } from "./promise-like.ts";
import { isActionCode } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import type { ActionProvider } from "./provider.ts";
import { findRedirectProblem } from "./redirect-url.ts";
import { type ResilienceOptions, resilienceSchema } from "./resilience-options.ts";

/** What is known of the client that asks. */
export interface ClientContext {
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly deviceId?: string | undefined;
}

/** How challenges are answered: 403, or 401 with `WWW-Authenticate` for OAuth resource servers (RFC 9470). */
export type Profile = "default" | "rfc9470";
/** What becomes of a request that the provider could not decide: refused, let through, or decided by another provider. */
export type OnUnavailable = "deny" | "allow" | { readonly provider: ActionProvider };
/** What becomes of a user without an authenticator: asked to enroll, let through, or blocked. */
export type OnNotEnrolled = "enroll" | "allow" | "block";
/** Who uses an approval up: the guard, before the handler runs, or the handler. */
export type ClaimedBy = "guard" | "handler";

/** Milliseconds. */
export interface Deadlines {
  /**
   * For each call of a provider, from waiting for its turn to the last byte of the answer, a retry included; and for each
   * resolver. 1000 by default.
   */
  readonly decision?: number;
  /** For each step of the ledger. 250 by default. */
  readonly ledger?: number;
}

/** What a guard sets for all its actions, and an action for itself. */
export interface SharedOptions<Native extends object> {
  /** The signed-in user's id: a string, or an integer as databases number their rows; nothing when nobody is. */
  readonly user?: (native: Native) => Awaitable<string | number | null | undefined>;
  /** A session id, to tie approvals to the session that asked for them. Nothing counts as not signed in. */
  readonly session?: (native: Native) => Awaitable<string | null | undefined>;
  /** Replaces address, `User-Agent` and `__as_aid` cookie as the framework gives them. */
  readonly clientContext?: (native: Native) => Awaitable<ClientContext>;
  readonly deadlineMs?: Deadlines;
  readonly profile?: Profile;
  /**
   * `deny` (503) by default. `allow` is visible in the approved action and in the event that the request goes on; that a
   * fallback decided, in every event from then on. A request at fault, and one that comes when the provider is only busy, is
   * refused whatever this says.
   */
  readonly onUnavailable?: OnUnavailable;
  /** `enroll` by default. */
  readonly onNotEnrolled?: OnNotEnrolled;
  /** How old a challenge's approval may be when it is used, in seconds from the first request. 600 by default, at most a year. */
  readonly maxAge?: number;
  /** The same for an approval by a reviewer. 86,400 (a day) by default. */
  readonly reviewMaxAge?: number;
  /**
   * `guard` by default. With `handler` the handler must, by `claim` of its approved action, in the transaction that does what
   * was approved: then a crash neither loses the approval nor has the deed done twice. All routes of an action have the same.
   */
  readonly claim?: ClaimedBy;
}

/** Options of a guard. */
export interface GuardOptions<Native extends object> extends SharedOptions<Native> {
  readonly user: NonNullable<SharedOptions<Native>["user"]>;
  readonly provider: ActionProvider;
  /** What keeps a provider that fails from taking the application with it: on by default. `none` leaves the deadline alone. */
  readonly resilience?: "none" | ResilienceOptions;
  /**
   * Secrets of at least 32 bytes; the first seals and all verify. A random one when absent, which holds for this process
   * only and is refused when NODE_ENV is `production`.
   */
  readonly sealSecrets?: readonly (string | Uint8Array)[];
  /** Where approvals are used up: the process's memory by default. */
  readonly ledger?: Ledger;
  /** Origins that a computed `redirectUrl` may have. */
  readonly redirectOrigins?: readonly string[];
  readonly clock?: Clock;
  /** Receives every decision, refusal, claim and failure. */
  readonly on?: GuardEventListener;
}

/** Options of one action on one route. */
export interface ActionOptions<Native extends object> extends SharedOptions<Native> {
  /**
   * What an approval is good for: the whole request when absent, the returned fields, or explicitly nothing. Fields also go
   * to the provider as `custom`, so that what rules judge, what the user is shown and what is approved are one thing.
   */
  readonly bind?: "none" | ((native: Native) => Awaitable<Readonly<Record<string, unknown>>>);
  /** Contact data and data points for the provider, besides the bound fields. */
  readonly attributes?: ActionAttributes | ((native: Native) => Awaitable<ActionAttributes>);
  /** Where the pre-built page returns to. A computed one must have an origin of `redirectOrigins`. */
  readonly redirectUrl?: string | ((native: Native) => Awaitable<string>);
  /** Verification methods that are strong enough; any when absent. */
  readonly verificationMethods?: readonly string[];
  /** Requires the action only when true. */
  readonly when?: (native: Native) => Awaitable<boolean>;
  /** Shadow mode: tracks and tells, and stops nothing. */
  readonly observe?: boolean;
}

const resolver = v.function("must be a function");
const seconds = v.pipe(
  v.number(),
  v.integer("must be whole seconds"),
  v.minValue(1, "must be at least 1 second"),
  v.maxValue(31_536_000, "must be at most a year"),
);
const milliseconds = v.pipe(
  v.number(),
  v.integer("must be whole milliseconds"),
  v.minValue(1, "must be at least 1 millisecond"),
  v.maxValue(60_000, "must be at most a minute"),
);
const withVerbs = (...verbs: string[]): v.GenericSchema =>
  v.custom(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      verbs.every((verb) => typeof (value as Record<string, unknown>)[verb] === "function"),
    ({ input }) => (isPromiseLike(input) ? "is a promise: await it first" : `must have ${verbs.join(", ")}`),
  );
const originSchema = v.custom(
  (value) =>
    typeof value === "string" && URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value),
  "must be an origin such as https://app.example.com",
);

const providerSchema = withVerbs("track", "validateChallenge", "getAction");
const onUnavailableSchema = v.lazy((given) =>
  typeof given === "object"
    ? v.strictObject({ provider: providerSchema })
    : v.picklist(["deny", "allow"], 'must be "deny", "allow" or { provider }'),
);

const sharedEntries = {
  user: v.optional(resolver),
  session: v.optional(resolver),
  clientContext: v.optional(resolver),
  deadlineMs: v.optional(v.strictObject({ decision: v.optional(milliseconds), ledger: v.optional(milliseconds) })),
  profile: v.optional(v.picklist(["default", "rfc9470"])),
  onUnavailable: v.optional(onUnavailableSchema),
  onNotEnrolled: v.optional(v.picklist(["enroll", "allow", "block"])),
  maxAge: v.optional(seconds),
  reviewMaxAge: v.optional(seconds),
  claim: v.optional(v.picklist(["guard", "handler"])),
};

const guardOptionsSchema = v.strictObject({
  ...sharedEntries,
  user: resolver,
  provider: providerSchema,
  resilience: v.optional(resilienceSchema),
  sealSecrets: v.optional(
    v.pipe(
      v.array(
        v.custom(
          (value) => (typeof value === "string" || value instanceof Uint8Array) && Buffer.byteLength(value) >= 32,
          ({ input }) =>
            input === undefined
              ? "is undefined: is its environment variable set?"
              : "must be a string or bytes, at least 32 bytes long, as of openssl rand -base64 32",
        ),
      ),
      v.minLength(1, "must hold at least one secret"),
    ),
  ),
  ledger: v.optional(withVerbs("claim", "release")),
  redirectOrigins: v.optional(v.array(originSchema)),
  clock: v.optional(withVerbs("now")),
  on: v.optional(resolver),
});

const actionOptionsSchema = v.strictObject({
  ...sharedEntries,
  bind: v.optional(v.union([v.literal("none"), resolver], 'must be a function or "none"')),
  attributes: v.optional(v.lazy((given) => (typeof given === "function" ? resolver : attributesSchema))),
  redirectUrl: v.optional(v.union([v.string(), resolver], "must be a URL or a function")),
  verificationMethods: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[A-Z0-9_]{1,64}$/, "must be a method such as PASSKEY"))),
      v.minLength(1, "must name at least one method"),
    ),
  ),
  when: v.optional(resolver),
  observe: v.optional(v.boolean()),
});

/**
 * A bare copy of a guard's options, so that nothing that is added to them or to `Object.prototype` is found later. What they
 * inherit, from a class or from shared ones, is an option as well: left out, a guard would be weaker than it was declared.
 */
export function copyGuardOptions<Native extends object>(options: GuardOptions<Native>): GuardOptions<Native> {
  const copy = createBareRecord<unknown>();
  for (const name of Object.keys(guardOptionsSchema.entries)) {
    if (isDeclared(options, name)) copy[name] = options[name as keyof typeof options];
  }
  return Object.freeze(copy as unknown as GuardOptions<Native>);
}

function isDeclared(options: object | null, name: string): boolean {
  if (options === null || options === Object.prototype) return false;
  return Object.hasOwn(options, name) || isDeclared(Object.getPrototypeOf(options) as object | null, name);
}

/** Throws a {@link ConfigurationError} naming the first option that is wrong. */
export function assertGuardOptions(options: unknown): void {
  assertOptions(guardOptionsSchema, options);
}

/** Throws a {@link ConfigurationError} naming the first option of a route that is wrong, or that contradicts another. */
export function assertActionOptions(
  action: unknown,
  options: unknown,
  { redirectOrigins }: { readonly redirectOrigins?: readonly string[] },
): void {
  if (!isActionCode(action)) throw new ConfigurationError("action", "must be 1 to 64 of a-z A-Z 0-9 _ -");
  const parsed = assertOptions(actionOptionsSchema, options);
  if (typeof parsed.redirectUrl === "string") {
    const problem = findRedirectProblem(parsed.redirectUrl);
    if (problem) throw new ConfigurationError("redirectUrl", problem);
  }
  if (typeof parsed.redirectUrl === "function" && !redirectOrigins?.length) {
    throw new ConfigurationError("redirectUrl", "is computed, so the guard needs redirectOrigins");
  }
  if (parsed.observe) {
    for (const name of [
      "profile",
      "onUnavailable",
      "onNotEnrolled",
      "verificationMethods",
      "maxAge",
      "reviewMaxAge",
      "redirectUrl",
      "claim",
    ] as const) {
      if (parsed[name] !== undefined)
        throw new ConfigurationError(name, "has no effect with observe, which stops nothing");
    }
  }
}

function assertOptions<Schema extends v.GenericSchema>(schema: Schema, options: unknown): v.InferOutput<Schema> {
  // A value is never quoted: a secret that is given in the wrong shape must not end up in a log.
  const result = v.safeParse(schema, options, {
    abortEarly: true,
    message: ({ expected }) => `must be ${worded(expected)}`,
  });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ConfigurationError(v.getDotPath(issue) ?? "options", problemOf(issue));
}

/** What the schema expects, in words: it names classes of JavaScript. */
function worded(expected: string | null): string | null {
  if (expected === "Array") return "a list";
  if (expected === "Object") return "an object";
  return expected === "number" || expected === "string" || expected === "boolean" ? `a ${expected}` : expected;
}

function problemOf({ type, expected, message }: v.BaseIssue<unknown>): string {
  if (type !== "strict_object" || expected === "Object") return message;
  return expected === "never" ? "is not an option" : "is required";
}
