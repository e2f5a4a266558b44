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
