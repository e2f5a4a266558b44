import type { ActionState } from "@require-action/core/provider";
import type { ActionRecord } from "./records.ts";

/** Part of a list: `next` is what to ask the following part with. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Present when there is more. */
  readonly next?: string;
}

/** A list that a store may read from a replica. */
export interface LaggingFilter {
  /** True where the list is for people to look at, and may be a moment old. Never for what a decision rests on. */
  readonly mayLag?: boolean;
}

/** Which actions to list, newest first. */
export interface ActionFilter extends LaggingFilter {
  readonly userId?: string;
  readonly codes?: readonly string[];
  readonly state?: ActionState;
  /**
   * Goes with `state`: a review whose time has passed by then is REVIEW_FAILED, and not REVIEW_REQUIRED, whatever its record
   * says. Without it, records are taken as they are.
   */
  readonly now?: number;
  readonly actionIds?: readonly string[];
  /** Created at or after. */
  readonly from?: number;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** What has become of a review: `rejected` by somebody, or `expired` by itself. */
export type ReviewStatus = "open" | "approved" | "rejected" | "expired";

/** The status of an action's review at a time; `undefined` for an action that is under no review, or was blocked after one. */
export function reviewStatus({ state, review }: ActionRecord, now: number): ReviewStatus | undefined {
  if (state === "REVIEW_REQUIRED") return review === undefined || review.expiresAt <= now ? "expired" : "open";
  if (state === "REVIEW_SUCCEEDED") return "approved";
  if (state === "REVIEW_FAILED") return review?.reviewer === undefined ? "expired" : "rejected";
  return undefined;
}

/** Whose reviews, of which actions. */
export interface ReviewScope extends LaggingFilter {
  readonly userId?: string;
  readonly codes?: readonly string[];
  /** A review whose time has passed by then has expired, whether or not that was recorded. */
  readonly now: number;
}

/** Which reviews to list: open ones by their end, the soonest first; others by their end or decision, the latest first. */
export interface ReviewFilter extends ReviewScope {
  readonly status: ReviewStatus;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** How many reviews there are of each status. */
export type ReviewCounts = Readonly<Record<ReviewStatus, number>>;

/** Which users to list. */
export interface UserFilter extends LaggingFilter {
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly username?: string;
  readonly limit: number;
  readonly after?: string;
}

/** Which audit events to list, newest first. */
export interface AuditFilter extends LaggingFilter {
  readonly userId?: string;
  readonly actionId?: string;
  /** At or after. */
  readonly from?: number;
  /** Earlier than. */
  readonly before?: number;
  readonly limit: number;
  readonly after?: string;
}

/** Which versions of the policy to list, newest first. */
export interface PolicyFilter {
  readonly number?: number;
  readonly limit: number;
  readonly after?: string;
}
