import type { ActionAttributes } from "./attributes.ts";
import type { Clock } from "./clock.ts";
import { ConfigurationError } from "./errors.ts";
import type { GuardEvent } from "./events.ts";
import { type Decider, fallbackOf } from "./decider.ts";
import type { ActionOptions, ClaimedBy, GuardOptions, OnNotEnrolled, Profile } from "./guard-options.ts";
import type { InFlight } from "./in-flight.ts";
import type { Ledger } from "./ledger.ts";
import type { Sealer } from "./seal.ts";

/** How old an approval may be when it is used, in milliseconds, by what approved it. */
type MaxAges = Readonly<Record<"challenge" | "review", number>>;

/** What a guard's actions share, ready to use. */
export interface GuardSettings<Native extends object> {
  readonly options: GuardOptions<Native>;
  /** The guard's own provider. */
  readonly primary: Decider;
  /** Who decides when that is unavailable. */
  readonly fallback: Decider | undefined;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Absent when nobody listens. */
  readonly emit: ((event: GuardEvent) => void) | undefined;
  /** By action, the oldest approval that any of its routes accepts. */
  readonly longestAges: Map<string, MaxAges>;
  /** By action, who uses its approvals up. */
  readonly claimedBy: Map<string, ClaimedBy>;
  readonly inFlight: InFlight;
}

/**
 * One action on one route: its own options, then the guard's, then the defaults. All are read when the route is declared,
 * so that nothing which happens to an options object or to `Object.prototype` later weakens a guard.
 */
export interface ActionSettings<Native extends object> extends Omit<GuardSettings<Native>, "options"> {
  readonly action: string;
  readonly user: GuardOptions<Native>["user"];
  readonly session: ActionOptions<Native>["session"];
  readonly clientContext: ActionOptions<Native>["clientContext"];
  readonly when: ActionOptions<Native>["when"];
  readonly bind: ActionOptions<Native>["bind"];
  readonly attributes: Exclude<ActionOptions<Native>["attributes"], undefined>;
  readonly redirectUrl: ActionOptions<Native>["redirectUrl"];
  readonly redirectOrigins: readonly string[];
  readonly verificationMethods: readonly string[] | undefined;
  readonly decisionDeadlineMs: number;
  readonly ledgerDeadlineMs: number;
  readonly profile: Profile;
  readonly failsOpen: boolean;
  readonly onNotEnrolled: OnNotEnrolled;
  readonly maxAges: MaxAges;
  readonly observe: boolean;
  readonly claim: ClaimedBy;
}

/** Joins an action's options with its guard's. */
export function settleAction<Native extends object>(
  { options, ...guard }: GuardSettings<Native>,
  action: string,
  own: ActionOptions<Native>,
): ActionSettings<Native> {
  const maxAges: MaxAges = {
    challenge: (own.maxAge ?? options.maxAge ?? 600) * 1000,
    review: (own.reviewMaxAge ?? options.reviewMaxAge ?? 86_400) * 1000,
  };
  noteLongest(guard.longestAges, action, maxAges);
  const observe = own.observe ?? false;
  const claim = own.claim ?? options.claim ?? "guard";
  if (!observe) noteClaimedBy(guard.claimedBy, action, claim);
  return {
    ...guard,
    action,
    user: own.user ?? options.user,
    session: own.session ?? options.session,
    clientContext: own.clientContext ?? options.clientContext,
    when: own.when,
    bind: own.bind,
    attributes: typeof own.attributes === "function" ? own.attributes : frozen(own.attributes),
    redirectUrl: own.redirectUrl,
    redirectOrigins: [...(options.redirectOrigins ?? [])],
    verificationMethods: own.verificationMethods && [...own.verificationMethods],
    decisionDeadlineMs: own.deadlineMs?.decision ?? options.deadlineMs?.decision ?? 1000,
    ledgerDeadlineMs: own.deadlineMs?.ledger ?? options.deadlineMs?.ledger ?? 250,
    profile: own.profile ?? options.profile ?? "default",
    failsOpen: (own.onUnavailable ?? options.onUnavailable) === "allow",
    fallback: own.onUnavailable === undefined ? guard.fallback : fallbackOf(own.onUnavailable, options),
    onNotEnrolled: own.onNotEnrolled ?? options.onNotEnrolled ?? "enroll",
    maxAges,
    observe,
    claim,
  };
}

function noteLongest(longestAges: Map<string, MaxAges>, action: string, { challenge, review }: MaxAges): void {
  const longest = longestAges.get(action) ?? { challenge: 0, review: 0 };
  longestAges.set(action, {
    challenge: Math.max(longest.challenge, challenge),
    review: Math.max(longest.review, review),
  });
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

function frozen({ custom, ...attributes }: ActionAttributes = {}): ActionAttributes {
  return Object.freeze({ ...attributes, ...(custom && { custom: Object.freeze({ ...custom }) }) });
}
