import type { BindingKind, BoundBy, BoundFields } from "../binding/binding.ts";
import type { Ledger, SynchronousLedger } from "../ledger/ledger.ts";
import { createPrivateNotes } from "../lib/private-notes.ts";
import { RequireActionError } from "../reply/errors.ts";
import type { Reply } from "../reply/refusal.ts";

/** Reads what one guard has approved. */
export interface ApprovalReader<Native extends object, Approved = PassedAction> {
  /**
   * The approved action of this request, with the fields that `bind` returned. Nothing has to be checked: where this guard
   * has not let the request pass, also where another guard has, it throws `action_not_passed`.
   */
  approved(request: Native): Approved;
}

/** The approved action that a guard hands to its handlers: `Approved<typeof withdrawal>`. */
export type Approved<Guard extends ApprovalReader<any>> = ReturnType<Guard["approved"]>;

/**
 * The approved action of a declaration. `Fields` is what `bind` returns, `never` or `"none"` without; `When` is what `when`
 * may answer, `Observe` whether the guard observes: a request that passes either way may have no user and nothing bound.
 */
export type ApprovedBy<Fields, When extends boolean = true, Observe extends boolean = false> = 0 extends 1 & Fields
  ? ApprovedAction<BoundFields | Lacking<When, Observe>, string | Lacking<When, Observe>>
  : [Fields] extends ["none"]
    ? PassedAction<string | Lacking<When, Observe>>
    : ApprovedAction<BoundBy<Fields> | Lacking<When, Observe>, string | Lacking<When, Observe>>;

type Lacking<When, Observe> = [When, Observe] extends [true, false] ? never : undefined;

/** Why the guard let the request through. All but the first three are settings that weaken it. */
export type ApprovalGround =
  /** The provider decided ALLOW. */
  | "allowed"
  /** A challenge for this very request succeeded. */
  | "challenge"
  /** A reviewer approved this very request. */
  | "review"
  /** The policy asks for a challenge, and lets a device that the user had remembered stand in for it. */
  | "remembered_device"
  /** `when` said that the action is not required here. */
  | "not_required"
  /** The user has no authenticator, and `onNotEnrolled` is `allow`. */
  | "not_enrolled"
  /** The provider was unavailable, and `onUnavailable` is `allow`. */
  | "failed_open"
  /** `observe` is on: nothing is stopped. */
  | "observed";

/** What a handler may know about the action that it carries out, whatever is bound. */
export interface PassedAction<UserId extends string | undefined = string | undefined> {
  readonly action: string;
  /** The user's id; `undefined` when `ground` is `not_required` or `observed` and nobody is signed in. */
  readonly userId: UserId;
  readonly ground: ApprovalGround;
  /** An opaque id, as in events. */
  readonly actionId: string | undefined;
  /** The name of the provider that decided or approved; `undefined` when none did. */
  readonly provider: string | undefined;
  /** True when that was the fallback of `onUnavailable`. */
  readonly fallback: boolean;
  readonly verificationMethod: string | undefined;
  /** The id of the receipt of the decision or approval; `undefined` where the provider keeps none. */
  readonly receipt: string | undefined;
  readonly binding: BindingKind;
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

/** What a handler may know about the action that it carries out, with the fields that were approved. */
export interface ApprovedAction<
  Bound extends BoundFields | undefined = BoundFields | undefined,
  UserId extends string | undefined = string | undefined,
> extends PassedAction<UserId> {
  /** The bound fields as they were approved: use these rather than the body. */
  readonly bound: Bound;
}

/** An action that has passed, and the declaration of the guard behind which it has. */
interface Passage {
  readonly declaration: object;
  readonly approved: ApprovedAction;
}

/** What passed on which request, oldest first. */
const passed = createPrivateNotes<readonly Passage[]>();

/**
 * Notes that an action has passed on a request. What passes the same guard again without an approval does not replace one:
 * the handler has to see that one, and may have to claim it.
 */
export function recordPassed(native: object, approved: ApprovedAction, declaration: object): void {
  const passages = passed.get(native);
  if (passages === undefined) return passed.set(native, [{ declaration, approved }]);
  const known = passages.find((passage) => passage.declaration === declaration);
  if (known && isApproval(known.approved) && !isApproval(approved)) return;
  passed.set(native, [...passages.filter((passage) => passage !== known), { declaration, approved }]);
}

/** True for what passed by a challenge or a review. */
export function isApproval({ ground }: ApprovedAction): boolean {
  return ground === "challenge" || ground === "review";
}

/** Takes back what {@link recordPassed} noted. */
export function forgetPassed(native: object, action: string): void {
  forget(native, (approved) => approved.action === action);
}

/** The same for what passed without an approval: one that another guard noted stays, as it may have been claimed. */
export function forgetUnapproved(native: object, action: string): void {
  forget(native, (approved) => approved.action === action && !isApproval(approved));
}

function forget(native: object, isForgotten: (approved: ApprovedAction) => boolean): void {
  const passages = passed.get(native);
  if (passages)
    passed.set(
      native,
      passages.filter(({ approved }) => !isForgotten(approved)),
    );
}

/**
 * Another action that was demanded of this request and has passed: the one with an approval, where there is one, as a request
 * brings one approval at most.
 */
export function passedBefore(native: object, action: string): ApprovedAction | undefined {
  // Most requests meet one guard.
  const others = passed
    .get(native)
    ?.map(({ approved }) => approved)
    .filter((approved) => approved.action !== action && isDemanded(approved));
  return others?.find(isApproval) ?? others?.at(-1);
}

function isDemanded({ ground }: ApprovedAction): boolean {
  return ground !== "not_required" && ground !== "observed";
}

/**
 * The approved action of this request (`req` in Express, `ctx` in Koa), or `undefined` when no guard has let it pass.
 * With several guards on one route, name the action; without a name, one that was approved comes before those that needed
 * no approval.
 */
export function approvedAction(native: object, action?: string): ApprovedAction | undefined {
  const passages = passed.get(native);
  if (passages === undefined) return undefined;
  const all = passages.map(({ approved }) => approved);
  const wanted = action ?? (all.find(isApproval) ?? all[0])?.action;
  // Of several guards of one action, an approval stands for all: the handler has to see it, and may have to claim it.
  const own = all.filter((approved) => approved.action === wanted);
  return own.findLast(isApproval) ?? own.at(-1);
}

/**
 * Throws `action_not_passed` unless the guard of `action` has let this request pass: for handlers mounted far from their
 * guards.
 */
export function assertActionPassed(native: object, action: string): ApprovedAction {
  const approved = approvedAction(native, action);
  if (!approved) throw notPassed(action, "has not passed on this request; mount requireAction in front of the handler");
  return approved;
}

/** The same for the guard of one declaration: another guard of the action, which may bind other fields, does not count. */
export function assertPassedBehind(declaration: { readonly action: string }, native: object): ApprovedAction {
  const passage = passed.get(native)?.find((candidate) => candidate.declaration === declaration);
  if (passage) return passage.approved;
  const { action } = declaration;
  assertActionPassed(native, action);
  throw notPassed(action, "has passed on this request behind another guard; call approved of the guard on this route");
}

function notPassed(action: string, problem: string): RequireActionError {
  return new RequireActionError("action_not_passed", { detail: `${action} ${problem}` });
}

/** The request goes on to its handler. */
export interface Proceed {
  readonly kind: "proceed";
  readonly approved: ApprovedAction;
}

/** What the guard returns to an adapter. */
export type Verdict = Proceed | Reply;
