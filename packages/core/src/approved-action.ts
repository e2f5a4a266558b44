import type { BindingKind, BoundFields } from "./binding.ts";
import { RequireActionError } from "./errors.ts";
import type { Ledger, SynchronousLedger } from "./ledger.ts";

/** Why the guard let the request through. All but the first three are settings that weaken it. */
export type ApprovalGround =
  /** The provider decided ALLOW. */
  | "allowed"
  /** A challenge for this very request succeeded. */
  | "challenge"
  /** A reviewer approved this very request. */
  | "review"
  /** `when` said that the action is not required here. */
  | "not_required"
  /** The user has no authenticator, and `onNotEnrolled` is `allow`. */
  | "not_enrolled"
  /** The provider was unavailable, and `onUnavailable` is `allow`. */
  | "failed_open"
  /** `observe` is on: nothing is stopped. */
  | "observed";

/** What a handler may know about the action that it carries out. */
export interface ApprovedAction {
  readonly action: string;
  /** The user's id; `undefined` when `ground` is `not_required` or `observed` and nobody is signed in. */
  readonly userId: string | undefined;
  readonly ground: ApprovalGround;
  /** An opaque id, as in events. */
  readonly actionId: string | undefined;
  /** The name of the provider that decided or approved; `undefined` when none did. */
  readonly provider: string | undefined;
  /** True when that was the fallback of `onUnavailable`. */
  readonly fallback: boolean;
  readonly verificationMethod: string | undefined;
  readonly binding: BindingKind;
  /** The bound fields as they were approved: use these rather than the body. */
  readonly bound: BoundFields | undefined;
  /** True when the provider could not decide and `onUnavailable` let the request through. */
  readonly failedOpen: boolean;
  /**
   * Uses the approval up, where the route says `claim: "handler"`: with a ledger that is bound to the transaction which does
   * what was approved, claim and deed stand or fall together. At once on a synchronous ledger, as a promise on any other.
   * Throws `action_token_used` (409) when another request has used it, and the transaction must not go on. Does nothing where
   * there is no approval to use up, as for what was allowed; throws a `ConfigurationError` where the guard has claimed.
   */
  claim(ledger: Pick<SynchronousLedger, "name" | "synchronous" | "claim">): void;
  /** The same on any other ledger: rejects where a synchronous one throws. */
  claim(ledger: Pick<Ledger, "name" | "claim">): Promise<void>;
  /**
   * Gives a used approval back, so that the request can be repeated: only for a handler that knows that nothing
   * happened. The action no longer counts as passed on this request. Rejects with `ledger_unavailable`. With
   * `claim: "handler"` no ledger is asked: what gives the approval back is rolling back the transaction that claimed it.
   */
  release(): Promise<void>;
}

/** What passed on which request. A WeakMap keeps it out of reach of anything that a request can carry. */
const passed = new WeakMap<object, Map<string, ApprovedAction>>();

/**
 * Notes that an action has passed on a request. What passed without an approval, behind a guard that observes for example,
 * does not stand in for an approval: the handler has to see that one, and may have to claim it.
 */
export function recordPassed(native: object, approved: ApprovedAction): void {
  const actions = passed.get(native) ?? new Map<string, ApprovedAction>();
  const known = actions.get(approved.action);
  if (known && isApproval(known) && !isApproval(approved)) return;
  passed.set(native, actions.set(approved.action, approved));
}

function isApproval({ ground }: ApprovedAction): boolean {
  return ground === "challenge" || ground === "review";
}

/** Takes back what {@link recordPassed} noted. */
export function forgetPassed(native: object, action: string): void {
  passed.get(native)?.delete(action);
}

/** The same for what passed without an approval: one that another guard noted stays, as it may have been claimed. */
export function forgetUnapproved(native: object, action: string): void {
  const known = passed.get(native)?.get(action);
  if (known && !isApproval(known)) forgetPassed(native, action);
}

/**
 * The approved action of this request (`req` in Express, `ctx` in Koa), or `undefined` when no guard has let it pass.
 * With several guards on one route, name the action; without a name, one that was approved comes before those that needed
 * no approval.
 */
export function approvedAction(native: object, action?: string): ApprovedAction | undefined {
  const actions = passed.get(native);
  if (action !== undefined) return actions?.get(action);
  const all = [...(actions?.values() ?? [])];
  return all.find(isApproval) ?? all[0];
}

/**
 * Throws `action_not_passed` unless the guard of `action` has let this request pass: for handlers mounted far from their
 * guards.
 */
export function assertActionPassed(native: object, action: string): ApprovedAction {
  const approved = approvedAction(native, action);
  if (!approved) {
    throw new RequireActionError("action_not_passed", {
      detail: `${action} has not passed on this request; mount requireAction in front of the handler`,
    });
  }
  return approved;
}
