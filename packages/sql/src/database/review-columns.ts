import type { Dialect } from "./dialect.ts";

/** What the rows of reviews are found by. */
export interface ReviewColumns {
  readonly endsAt: string;
  readonly decidedAt: string;
  /** True for reviews that are open, and for those that have expired, whether or not that was recorded. */
  readonly isEnding: string;
  readonly isApproved: string;
  /** True for reviews that somebody, rather than time, has refused. */
  readonly isRejected: string;
}

/**
 * Expressions over an action's row. Indexes rest on these very expressions, so to change one takes a migration. No column holds
 * them, as processes of the version before would leave it empty.
 */
export function reviewColumns({ field }: Pick<Dialect, "field">): ReviewColumns {
  const reviewer = `(${field(["review", "reviewer"], "text")})`;
  return {
    endsAt: `(${field(["review", "expiresAt"], "number")})`,
    decidedAt: `(${field(["stateUpdatedAt"], "number")})`,
    isEnding: `(state = 'REVIEW_REQUIRED' OR (state = 'REVIEW_FAILED' AND ${reviewer} IS NULL))`,
    isApproved: "state = 'REVIEW_SUCCEEDED'",
    isRejected: `state = 'REVIEW_FAILED' AND ${reviewer} IS NOT NULL`,
  };
}
