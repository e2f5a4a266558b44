import type { Clock } from "./clock.ts";
import type { GuardEvent } from "./events.ts";
import type { ActionOptions, GuardOptions, OnNotEnrolled, OnUnavailable, Profile } from "./guard-options.ts";
import type { Ledger } from "./ledger.ts";
import type { ActionProvider } from "./provider.ts";
import type { Sealer } from "./seal.ts";

/** What a guard's actions share, ready to use. */
export interface GuardSettings<Native extends object> {
  readonly options: GuardOptions<Native>;
  readonly provider: ActionProvider;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Absent when nobody listens. */
  readonly emit: ((event: GuardEvent) => void) | undefined;
}

/** One action on one route: its own options, then the guard's, then the defaults. */
export interface ActionSettings<Native extends object> extends GuardSettings<Native> {
  readonly action: string;
  readonly own: ActionOptions<Native>;
  readonly user: GuardOptions<Native>["user"];
  readonly session: ActionOptions<Native>["session"];
  readonly clientContext: ActionOptions<Native>["clientContext"];
  readonly decisionDeadlineMs: number;
  readonly ledgerDeadlineMs: number;
  readonly profile: Profile;
  readonly onUnavailable: OnUnavailable;
  readonly onNotEnrolled: OnNotEnrolled;
  readonly maxAgeMs: number;
  readonly reviewMaxAgeMs: number;
  readonly observe: boolean;
}

/** Joins an action's options with its guard's. */
export function settleAction<Native extends object>(
  guard: GuardSettings<Native>,
  action: string,
  own: ActionOptions<Native>,
): ActionSettings<Native> {
  const { options } = guard;
  return {
    ...guard,
    action,
    own,
    user: own.user ?? options.user,
    session: own.session ?? options.session,
    clientContext: own.clientContext ?? options.clientContext,
    decisionDeadlineMs: own.deadlineMs?.decision ?? options.deadlineMs?.decision ?? 1000,
    ledgerDeadlineMs: own.deadlineMs?.ledger ?? options.deadlineMs?.ledger ?? 250,
    profile: own.profile ?? options.profile ?? "default",
    onUnavailable: own.onUnavailable ?? options.onUnavailable ?? "deny",
    onNotEnrolled: own.onNotEnrolled ?? options.onNotEnrolled ?? "enroll",
    maxAgeMs: (own.maxAge ?? options.maxAge ?? 600) * 1000,
    reviewMaxAgeMs: (own.reviewMaxAge ?? options.reviewMaxAge ?? 86_400) * 1000,
    observe: own.observe ?? false,
  };
}
