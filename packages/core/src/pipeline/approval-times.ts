import type { ActionSettings } from "../settings/action-settings.ts";

/** Clocks of several processes differ by this much at most. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** Reviews are open for 30 days at most. A decision that is later than this was not dated by a clock that is right. */
export const LONGEST_DECISION_MS: number = 31 * 86_400_000;

/** When an approval was given, and when it ends: milliseconds since the epoch. */
export interface ApprovalTimes {
  /**
   * What ledgers compare. The same whenever and wherever the approval comes: by a guard's own time it would have another date
   * on its second use, and a ledger would not know it again.
   */
  readonly approvedAt: number;
  /** From then on the route accepts it no more. */
  readonly endsAt: number;
}

interface Dates {
  readonly ground: "challenge" | "review";
  /** When the action was first asked for, by the seal. */
  readonly issuedAt: number;
  /** When the provider says that it was approved. */
  readonly stateUpdatedAt: string | undefined;
  readonly now: number;
}

/**
 * Reads when an approval was given. A challenge ages from the first request, and a review from its decision: nobody can use
 * one that is still open. A decision in the future is a clock's mistake and says nothing, so the approval ages from the first
 * request; one from before the first request makes the approval no older than that.
 */
export function timesOf<Native extends object>(
  { maxAges }: Pick<ActionSettings<Native>, "maxAges">,
  { ground, issuedAt, stateUpdatedAt, now }: Dates,
): ApprovalTimes {
  const decidedAt = stateUpdatedAt === undefined ? undefined : Date.parse(stateUpdatedAt);
  const isDated = decidedAt !== undefined && decidedAt <= now + CLOCK_TOLERANCE_MS;
  const isCredible = decidedAt !== undefined && decidedAt <= issuedAt + LONGEST_DECISION_MS;
  const approvedAt = isCredible ? decidedAt : issuedAt;
  if (ground === "challenge") return { approvedAt, endsAt: issuedAt + maxAges.challenge };
  if (decidedAt === undefined) return { approvedAt, endsAt: issuedAt + maxAges.undatedReview };
  const agesFrom = isDated ? Math.max(Math.min(decidedAt, now), issuedAt) : issuedAt;
  return { approvedAt, endsAt: agesFrom + maxAges.review };
}

/**
 * A claim outlives every acceptable age of its approval by this much: clocks that are hours off, and another process whose
 * routes accept it for up to a day longer, still find it.
 */
export const CLAIM_MARGIN_MS = 86_400_000;

/** An approval that has been verified, and is not used up yet. */
export interface VerifiedApproval extends ApprovalTimes {
  readonly ground: "challenge" | "review";
  readonly sealedKey: string;
  readonly verificationMethod: string | undefined;
}

/**
 * How long the claim of an approval lasts. Counted from the claim, which is never before the approval, so that no clock that
 * has dated the approval shortens it. Another route of the same action may accept it for longer than this one.
 */
export function claimTtl<Native extends object>(
  { action, longestAges }: ActionSettings<Native>,
  { ground }: VerifiedApproval,
): number {
  const longest = longestAges.get(action)!;
  longest.hasClaims = true;
  return longest[ground] + CLAIM_MARGIN_MS;
}
