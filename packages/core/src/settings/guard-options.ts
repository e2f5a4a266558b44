import type * as v from "valibot";
import type { Awaitable } from "../lib/awaitable.ts";
import type { Clock } from "../lib/clock.ts";
import { isActionCode } from "../lib/ids.ts";
import { createNullProtoRecord } from "../lib/own-members.ts";
import { parseRedirectUrl } from "../lib/web-url.ts";
import type { ApprovalInbox } from "../inbox/approval-inbox.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { option } from "../options/option.ts";
import { defineOptions, type OptionEntries, readOptions } from "../options/read-options.ts";
import { type VerificationMethodName, verificationMethodsSchema } from "../options/verification-methods.ts";
import type { GuardEventListener } from "../outcome/events.ts";
import type { ActionProvider } from "../provider/provider.ts";
import type { ResilienceOptions } from "../provider/resilience/resilience-options.ts";
import { resilienceSchema } from "../provider/resilience/resilience-schema.ts";
import type { CustomReply, RefusalReport } from "../reply/custom-reply.ts";
import type { ParkedQueue } from "../parked/parked-queue.ts";
import { ConfigurationError } from "../reply/errors.ts";
import { type ActionAttributes, attributesSchema } from "./attributes.ts";
import { type Deadlines, deadlinesSchema } from "./deadlines.ts";
import { refuseIdle } from "./idle-options.ts";

/** What is known of the client that asks. */
export interface ClientContext {
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly deviceId?: string | undefined;
}

/** An id: a text, a whole number (Prisma's BigInt), or an object that writes itself in hexadecimal (MongoDB's ObjectId). */
type IdValue = string | number | bigint | { toHexString(): string };

/** How challenges are answered: 403, or 401 with `WWW-Authenticate` for OAuth resource servers (RFC 9470). */
export type Profile = "default" | "rfc9470";
/** What becomes of a request that the provider could not decide: refused, let through, or decided by another provider. */
export type OnUnavailable = "deny" | "allow" | { readonly provider: ActionProvider };
/** What becomes of a user without an authenticator: asked to enroll, let through, or blocked. */
export type OnNotEnrolled = "enroll" | "allow" | "block";
/** Who uses an approval up: the guard, before the handler runs, or the handler. */
export type ClaimedBy = "guard" | "handler";

/** Statuses by which a handler says that it has done nothing: the request, its type, its state or its fields are at fault. */
const releaseStatuses = [400, 409, 415, 422] as const;
/** A status for which an approval may be given back. */
type ReleaseStatus = (typeof releaseStatuses)[number];

/** What a guard sets for all its actions, and an action for itself. */
export interface SharedOptions<Native extends object> {
  /** The signed-in user's id, as databases hand it over; nothing when nobody is. */
  readonly user?: (native: Native) => Awaitable<IdValue | null | undefined>;
  /** A session id, to tie approvals to the session that asked for them. Nothing counts as not signed in. */
  readonly session?: (native: Native) => Awaitable<IdValue | null | undefined>;
  /** Replaces address, `User-Agent` and `__as_aid` cookie as the framework gives them. */
  readonly clientContext?: (native: Native) => Awaitable<ClientContext>;
  readonly deadlineMs?: Deadlines;
  readonly profile?: Profile;
  /**
   * Writes the body of refusals: an envelope of the application's, a page, another language. The status stays, and so do
   * `Cache-Control`, `Retry-After` and `WWW-Authenticate`; the header `Action-Code` says the code. Where it throws, is late or
   * returns something else, the standard reply is sent.
   */
  readonly respond?: (refusal: RefusalReport, native: Native) => Awaitable<CustomReply>;
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
  /**
   * `never` by default: a sealed key resumes reviews only. With `matched`, a challenge is kept in the guard's `inbox` too, and its
   * key resumes it once its user has matched a number there and approved. Agents' actions have an inbox of their own.
   */
  readonly resumeChallenges?: "never" | "matched";
}

/** Options of a guard. */
export interface GuardOptions<Native extends object> extends SharedOptions<Native> {
  /** Required to protect routes. Calls off HTTP say themselves who asks. */
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
  /** Where users approve at another screen, for routes with `resumeChallenges: "matched"`. */
  readonly inbox?: ApprovalInbox;
  /** Origins that a computed `redirectUrl` may have: of the web, or of an application, as `com.example.bank://done`. */
  readonly redirectOrigins?: readonly string[];
  /**
   * The path below which the application serves the states of parked actions, by `guard.parkedTask`: as `/parked-actions`. The 202
   * of a parked action then has a `Location`.
   */
  readonly parkedPath?: string;
  readonly clock?: Clock;
  /** Receives every decision, refusal, claim and failure. */
  readonly on?: GuardEventListener;
}

/**
 * Options of one action on one route. What `bind` returns, and what `when` and `observe` say, type the approved action that
 * the guard hands on.
 */
export interface ActionOptions<
  Native extends object,
  Fields = Readonly<Record<string, unknown>>,
  When extends boolean = boolean,
  Observe extends boolean = boolean,
> extends SharedOptions<Native> {
  /**
   * What an approval is good for: the whole request when absent, the returned fields, or explicitly nothing. Fields also go
   * to the provider as `custom`, so that what rules evaluate, what the user is shown and what is approved are one thing.
   */
  readonly bind?: "none" | ((native: Native) => Awaitable<Fields>);
  /** Contact data and data points for the provider, besides the bound fields. */
  readonly attributes?: ActionAttributes | ((native: Native) => Awaitable<ActionAttributes>);
  /**
   * Where the pre-built page returns to: an absolute http(s) URL of at most 2048 characters once it is written in ASCII, as it
   * is sent. A computed one must have an origin of `redirectOrigins`.
   */
  readonly redirectUrl?: string | ((native: Native) => Awaitable<string>);
  /** Verification methods that are strong enough; any when absent, and for agents a passkey. */
  readonly verificationMethods?: readonly VerificationMethodName[];
  /**
   * True where an agent asks for the action. Then only a passkey approves it, unless `verificationMethods` says otherwise, since
   * agents read mailboxes; and a user without an authenticator is refused without the means to enroll one.
   */
  readonly agent?: boolean;
  /**
   * Statuses for which the guard gives an approval back, as validators behind it answer them: at most three times for each
   * approval. The handler may then run again with the same approval, so it must have done nothing when it answers so.
   */
  readonly releaseOn?: readonly ReleaseStatus[];
  /**
   * Where an action under review waits: what is bound is kept there, encrypted, and a worker runs the action once it is approved,
   * without its client. Needs `bind` with fields, which are all that the worker gets, and `claim: "handler"`.
   */
  readonly park?: ParkedQueue;
  /** Requires the action only when true. */
  readonly when?: (native: Native) => Awaitable<When>;
  /** Shadow mode: tracks, emits events, and stops nothing. */
  readonly observe?: Observe;
}

/** Options of an adapter's factory: a guard's, where `user` has a default. */
export type AdapterOptions<Native extends object> = Omit<GuardOptions<Native>, "user"> &
  Partial<Pick<GuardOptions<Native>, "user">>;

/** What an adapter adds to the options of its guard. */
export interface AdapterTerms<Native extends object> {
  /** The factory that the application calls, for messages. */
  readonly factory: string;
  /** Who is signed in, where the application does not pass `user`; else it must. */
  readonly user?: GuardOptions<Native>["user"];
  /** Schemas of options that are the adapter's own. */
  readonly own?: Readonly<Record<string, v.GenericSchema>>;
}

const { callback, either, flag, listOf, matching, oneOf, setting, whole, withMethods } = option;

const seconds = whole({ least: 1, most: 31_536_000, unit: "seconds" });
const providerSchema = withMethods("track", "validateChallenge", "getAction");
const fallbackSchema = defineOptions<{ readonly provider: ActionProvider }>({
  required: { provider: providerSchema },
  optional: {},
});
const onUnavailable = oneOf(["deny", "allow"], "or { provider }");
const bindWord = oneOf(["none"], "or a function");

const sharedEntries: Required<OptionEntries<SharedOptions<any>>>["optional"] = {
  user: callback,
  session: callback,
  clientContext: callback,
  deadlineMs: deadlinesSchema,
  profile: oneOf(["default", "rfc9470"]),
  respond: callback,
  onUnavailable: either((given) => (typeof given === "object" ? fallbackSchema : onUnavailable)),
  onNotEnrolled: oneOf(["enroll", "allow", "block"]),
  maxAge: seconds,
  reviewMaxAge: seconds,
  claim: oneOf(["guard", "handler"]),
  resumeChallenges: oneOf(["never", "matched"]),
};

const guardEntries: OptionEntries<AdapterOptions<any>> = {
  required: { provider: providerSchema },
  optional: {
    ...sharedEntries,
    resilience: resilienceSchema,
    sealSecrets: listOf(
      setting(
        (value) => (typeof value === "string" || value instanceof Uint8Array) && Buffer.byteLength(value) >= 32,
        "must be a string or bytes, at least 32 bytes long, as of openssl rand -base64 32",
      ),
      { least: 1, of: "secrets" },
    ),
    ledger: withMethods("claim", "release"),
    inbox: withMethods("keep", "find", "poll"),
    redirectOrigins: option.appOrigins,
    parkedPath: matching(
      (value) => typeof value === "string" && /^(?:\/[A-Za-z0-9._~-]+)+$/.test(value),
      "must be a path without a slash at its end, as /parked-actions",
    ),
    clock: withMethods("now"),
    on: callback,
  },
};

const guardSchema = defineOptions(guardEntries);

const actionSchema = defineOptions<ActionOptions<any>>({
  required: {},
  optional: {
    ...sharedEntries,
    bind: either((given) => (typeof given === "function" ? callback : bindWord)),
    attributes: either((given) => (typeof given === "function" ? callback : attributesSchema)),
    redirectUrl: matching(
      (value) => typeof value === "string" || typeof value === "function",
      "must be a URL or a function",
    ),
    verificationMethods: verificationMethodsSchema,
    agent: flag,
    releaseOn: listOf(
      matching(
        (value) => (releaseStatuses as readonly unknown[]).includes(value),
        "must be 400, 409, 415 or 422: with any other status, something may have been done",
      ),
      { least: 1, of: "statuses" },
    ),
    park: withMethods("add", "work"),
    when: callback,
    observe: flag,
  },
});

/** Reads a guard's options. @throws ConfigurationError for the first that is wrong */
export function readGuardOptions<Native extends object>(
  given: unknown,
  { factory, user, own }: Partial<AdapterTerms<Native>> = {},
): AdapterOptions<Native> {
  const schema =
    own === undefined
      ? guardSchema
      : defineOptions<any>({ required: guardEntries.required, optional: { ...guardEntries.optional, ...own } });
  const options: AdapterOptions<Native> = readOptions(factory ?? "createGuard", schema, given);
  const resolver = options.user ?? user;
  if (resolver === undefined && factory !== undefined) throw new ConfigurationError("user", "is required", factory);
  return Object.freeze(Object.assign(createNullProtoRecord<never>(), options, resolver && { user: resolver }));
}

/** Names a route's declaration in messages. */
export function actionDeclaration(action: unknown): string {
  return isActionCode(action) ? `requireAction("${action}")` : "requireAction";
}

/**
 * Reads the options of an action on a route, with a `redirectUrl` as it is sent.
 * @throws ConfigurationError for the first that is wrong, or that contradicts another
 */
export function readActionOptions<Native extends object>(
  action: unknown,
  given: unknown,
  { redirectOrigins }: { readonly redirectOrigins?: readonly string[] },
): ActionOptions<Native> {
  if (!isActionCode(action)) throw new ConfigurationError("action", "must be 1 to 64 of a-z A-Z 0-9 _ -");
  const options: ActionOptions<Native> = readOptions(actionDeclaration(action), actionSchema, given);
  if (typeof options.redirectUrl === "function" && !redirectOrigins?.length) {
    throw new ConfigurationError("redirectUrl", "is computed, so the guard needs redirectOrigins");
  }
  if (options.observe) refuseIdle(options);
  if (options.agent && options.onNotEnrolled === "allow") {
    throw new ConfigurationError(
      "onNotEnrolled",
      "must be enroll or block with agent: an agent has nothing of the user's",
    );
  }
  if (typeof options.redirectUrl !== "string") return options;
  const redirect = parseRedirectUrl(options.redirectUrl);
  if ("problem" in redirect) throw new ConfigurationError("redirectUrl", redirect.problem);
  return Object.freeze(Object.assign(createNullProtoRecord<never>(), options, { redirectUrl: redirect.url }));
}
