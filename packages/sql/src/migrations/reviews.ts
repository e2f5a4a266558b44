import type { Dialect } from "../database/dialect.ts";
import { reviewColumns } from "../database/review-columns.ts";

/** Has reviews listed and counted by what has become of them. Indexes alone: rows and columns stay as they are. */
export function reviews(dialect: Dialect): readonly string[] {
  const { endsAt, decidedAt, isEnding, isApproved, isRejected } = reviewColumns(dialect);
  const index = (suffix: string, place: string, where: string): string =>
    `CREATE INDEX require_action_actions_${suffix} ON ${dialect.table("actions")} (${place}, sequence, code) WHERE ${where}`;
  return [
    index("review_ends", endsAt, isEnding),
    index("approved", decidedAt, isApproved),
    index("rejected", decidedAt, isRejected),
  ];
}

/**
 * Has reviews of one user or code, and a user's actions of a state, found among all of theirs, however many those are. Indexes alone, as
 * before.
 */
export function reviewsByUserAndCode(dialect: Dialect): readonly string[] {
  const { endsAt, decidedAt, isEnding, isApproved, isRejected } = reviewColumns(dialect);
  const actions = dialect.table("actions");
  const index = (name: string, columns: string, where: string): string =>
    `CREATE INDEX require_action_actions_${name} ON ${actions} (${columns}) WHERE ${where}`;
  return [
    index("user_review_ends", `user_id, ${endsAt}, sequence, code`, isEnding),
    index("user_approved", `user_id, ${decidedAt}, sequence, code`, isApproved),
    index("user_rejected", `user_id, ${decidedAt}, sequence, code`, isRejected),
    index("code_review_ends", `code, ${endsAt}, sequence`, isEnding),
    index("code_approved", `code, ${decidedAt}, sequence`, isApproved),
    index("code_rejected", `code, ${decidedAt}, sequence`, isRejected),
    index("user_state", "user_id, state, created_at, sequence", "state <> 'ALLOW'"),
  ];
}
