import { type PresentAttributes, presentAttributes } from "./attributes.ts";
import type { Clock } from "../lib/clock.ts";
import type { TextSealer } from "../lib/sealed-text.ts";
import { ConfigurationError } from "../reply/errors.ts";
import type { GuardEvent } from "../outcome/events.ts";
import { type ProviderRole, fallbackOf } from "./provider-role.ts";
import type {
  ActionOptions,
  AdapterOptions,
  ClaimedBy,
  GuardOptions,
  OnNotEnrolled,
  Profile,
} from "./guard-options.ts";
import type { AddressReader } from "../request/client-address.ts";
import type { VerificationMethodName } from "../options/verification-methods.ts";
import type { InFlight } from "../request/in-flight.ts";
import type { ApprovalInbox } from "../inbox/approval-inbox.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ParkedQueue } from "../parked/parked-queue.ts";
import type { Sealer } from "../binding/seal.ts";

/**
 * How old an approval may be when it is used, in milliseconds: a challenge's from the first request, a review's from its
 * decision, or from the first request where the provider does not say when that was.
 */
export type MaxAges = Readonly<Record<"challenge" | "review" | "undatedReview", number>>;

const DAY_MS = 86_400_000;

/** An agent may read its user's mail and messages; it has no passkey. */
const AGENT_METHODS: readonly VerificationMethodName[] = ["PASSKEY"];

/** Without a date, the days for which the engine keeps a review open come on top: approved on the last, it is still good. */
const DEFAULT_AGES: MaxAges = { challenge: 600_000, review: DAY_MS, undatedReview: 4 * DAY_MS };

/** The oldest approvals that any route of an action accepts: how long its claims last. */
interface LongestAges extends Readonly<Record<"challenge" | "review", number>> {
  /** True once a claim has been made to last so long. */
  hasClaims: boolean;
}

/** What a guard's actions share, ready to use. */
export interface GuardSettings<Native extends object> {
  readonly options: AdapterOptions<Native>;
  /** The guard's own provider. */
  readonly primary: ProviderRole;
  /** Who decides when that is unavailable. */
  readonly fallback: ProviderRole | undefined;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  /** Encrypts parked actions. */
  readonly box: TextSealer;
  readonly parkedPath: string | undefined;
  readonly clock: Clock;
  /** Absent when nobody listens. */
  readonly emit: ((event: GuardEvent) => void) | undefined;
  /** By action. */
  readonly longestAges: Map<string, LongestAges>;
  /** By action, who uses its approvals up. */
  readonly claimedBy: Map<string, ClaimedBy>;
  /** Reads what is given as a request's address, and warns once where that cannot be believed. */
  readonly readAddress: AddressReader;
  readonly inFlight: InFlight;
}

/**
 * One action on one route: its own options, then the guard's, then the defaults. All are read when the route is declared,
 * so that nothing which happens to an options object or to `Object.prototype` later weakens a guard.
 */
export interface ActionSettings<Native extends object> extends Omit<GuardSettings<Native>, "options"> {
  readonly action: string;
  /** Whose `approved` reads what passes. */
  readonly declaration: object;
  readonly user: GuardOptions<Native>["user"];
  readonly session: ActionOptions<Native>["session"];
  readonly clientContext: ActionOptions<Native>["clientContext"];
  readonly when: ActionOptions<Native>["when"];
  readonly bind: ActionOptions<Native>["bind"];
  readonly attributes: PresentAttributes | Extract<ActionOptions<Native>["attributes"], Function>;
  readonly redirectUrl: ActionOptions<Native>["redirectUrl"];
  readonly redirectOrigins: readonly string[];
  readonly verificationMethods: readonly string[] | undefined;
  /** True where an agent asks: it never receives the means to enroll. */
  readonly agent: boolean;
  readonly decisionDeadlineMs: number;
  readonly ledgerDeadlineMs: number;
  readonly profile: Profile;
  readonly respond: ActionOptions<Native>["respond"];
  readonly failsOpen: boolean;
  readonly onNotEnrolled: OnNotEnrolled;
  readonly maxAges: MaxAges;
  readonly observe: boolean;
  readonly claim: ClaimedBy;
  /** Empty where no status gives an approval back. */
  readonly releaseOn: readonly number[];
  /** Where challenges wait that their sealed keys resume. Absent where these resume none. */
  readonly inbox: ApprovalInbox | undefined;
  /** Where the action waits for its review. */
  readonly park: ParkedQueue | undefined;
}

/** Joins an action's options, as they have been read, with its guard's. */
export function settleAction<Native extends object>(
  { options, ...guard }: GuardSettings<Native>,
  declaration: { readonly action: string },
  own: ActionOptions<Native>,
): ActionSettings<Native> {
  const { action } = declaration;
  // Approvals are accepted for so long by `run` too, which declares its action when it is first called, if not elsewhere.
  const usualAges = agesOf(options, DEFAULT_AGES);
  const maxAges = agesOf(own, usualAges);
  noteLongest(guard.longestAges, action, [usualAges, maxAges]);
  const observe = own.observe ?? false;
  const claim = own.claim ?? options.claim ?? "guard";
  if (!observe) noteClaimedBy(guard.claimedBy, action, claim);
  if (own.releaseOn && claim === "handler") {
    throw new ConfigurationError(
      "releaseOn",
      'has no effect with claim: "handler": rolling back its transaction gives the approval back',
    );
  }
  if (own.park) expectParkable(own, claim);
  const agent = own.agent ?? false;
  const verificationMethods = own.verificationMethods ?? (agent ? AGENT_METHODS : undefined);
  const inbox = agent ? undefined : inboxOf(own.resumeChallenges ?? options.resumeChallenges, options);
  const onNotEnrolled = own.onNotEnrolled ?? options.onNotEnrolled ?? "enroll";
  const fallback = own.onUnavailable === undefined ? guard.fallback : fallbackOf(own.onUnavailable, options);
  for (const role of [guard.primary, fallback]) {
    role?.provider.declareAction?.({ action, verificationMethods });
  }
  return {
    ...guard,
    action,
    declaration,
    user: own.user ?? options.user ?? refuseRoutes(),
    session: own.session ?? options.session,
    clientContext: own.clientContext ?? options.clientContext,
    when: own.when,
    bind: own.bind,
    attributes: typeof own.attributes === "function" ? own.attributes : frozen(presentAttributes(own.attributes ?? {})),
    redirectUrl: own.redirectUrl ?? inbox?.returnUrl,
    redirectOrigins: [...(options.redirectOrigins ?? [])],
    verificationMethods: verificationMethods && [...verificationMethods],
    agent,
    decisionDeadlineMs: own.deadlineMs?.decision ?? options.deadlineMs?.decision ?? 1000,
    ledgerDeadlineMs: own.deadlineMs?.ledger ?? options.deadlineMs?.ledger ?? 250,
    profile: own.profile ?? options.profile ?? "default",
    respond: own.respond ?? options.respond,
    failsOpen: (own.onUnavailable ?? options.onUnavailable) === "allow",
    fallback,
    // What a guard allows its pages is more than an agent may have.
    onNotEnrolled: agent && onNotEnrolled === "allow" ? "enroll" : onNotEnrolled,
    maxAges,
    observe,
    claim,
    releaseOn: [...(own.releaseOn ?? [])],
    inbox,
    park: own.park,
  };
}

function inboxOf(
  resumeChallenges: ActionOptions<any>["resumeChallenges"],
  { inbox }: Pick<AdapterOptions<any>, "inbox">,
): ApprovalInbox | undefined {
  if (resumeChallenges !== "matched") return undefined;
  if (inbox === undefined) throw new ConfigurationError("inbox", 'is required with resumeChallenges: "matched"');
  return inbox;
}

function expectParkable({ bind }: ActionOptions<any>, claim: ClaimedBy): void {
  if (typeof bind !== "function") {
    throw new ConfigurationError(
      "park",
      "needs bind to return fields: they are all that the worker gets of the request",
    );
  }
  if (claim !== "handler") {
    throw new ConfigurationError(
      "park",
      'needs claim: "handler": a worker uses the approval up in the transaction that does the work, and so must the handler',
    );
  }
}

/**
 * The same action with the ages of another route, for an approval that was asked for there. Its claims last as long as either
 * accepts it.
 */
export function withAges<Native extends object>(
  settings: ActionSettings<Native>,
  maxAges: MaxAges,
): ActionSettings<Native> {
  const { action, longestAges } = settings;
  const known = longestAges.get(action)!;
  const review = Math.max(known.review, maxAges.review, maxAges.undatedReview);
  const isLonger = review > known.review;
  return { ...settings, maxAges, longestAges: isLonger ? new Map([[action, { ...known, review }]]) : longestAges };
}

function refuseRoutes(): never {
  throw new ConfigurationError("user", "is required to protect a route; without it a guard is for calls off HTTP");
}

function agesOf(
  { maxAge, reviewMaxAge }: Pick<ActionOptions<any>, "maxAge" | "reviewMaxAge">,
  usual: MaxAges,
): MaxAges {
  return {
    challenge: maxAge === undefined ? usual.challenge : maxAge * 1000,
    review: reviewMaxAge === undefined ? usual.review : reviewMaxAge * 1000,
    undatedReview: reviewMaxAge === undefined ? usual.undatedReview : reviewMaxAge * 1000,
  };
}

function noteLongest(longestAges: Map<string, LongestAges>, action: string, accepted: readonly MaxAges[]): void {
  const known = longestAges.get(action);
  const challenge = Math.max(known?.challenge ?? 0, ...accepted.map((ages) => ages.challenge));
  const review = Math.max(known?.review ?? 0, ...accepted.flatMap((ages) => [ages.review, ages.undatedReview]));
  if (!known?.hasClaims) {
    longestAges.set(action, { challenge, review, hasClaims: false });
  } else if (challenge > known.challenge || review > known.review) {
    throw new ConfigurationError(
      challenge > known.challenge ? "maxAge" : "reviewMaxAge",
      `is longer than on the other routes of ${action}, and approvals have been used up for as long as those accept them: declare all routes before they are served`,
    );
  }
}

/** An approval that one route uses up in one way must be known to be used on the others. */
function noteClaimedBy(claimedBy: Map<string, ClaimedBy>, action: string, claim: ClaimedBy): void {
  const other = claimedBy.get(action);
  if (other !== undefined && other !== claim) {
    throw new ConfigurationError(
      "claim",
      `is ${other} on another route of ${action}: all routes of an action have the same`,
    );
  }
  claimedBy.set(action, claim);
}

function frozen({ custom, ...attributes }: PresentAttributes): PresentAttributes {
  return Object.freeze({ ...attributes, ...(custom && { custom: Object.freeze({ ...custom }) }) });
}
