import type { Store } from "@require-action/engine";
import type { ActionRecord, Page } from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/driver.ts";
import { reviewColumns } from "../../database/review-columns.ts";
import { DOCUMENT, numbersOf, pageOf, patchOf, recordOf } from "../records/documents.ts";
import {
  type ListRun,
  statementsByConditions,
  type StatementsByShape,
  type StoreContext,
} from "../records/store-context.ts";

type ReviewVerbs = Pick<Store, "claimReview" | "countReviews" | "listReviews">;

type ReviewFilter = Parameters<Store["listReviews"]>[0];
type ReviewStatus = ReviewFilter["status"];

const statuses: readonly ReviewStatus[] = ["open", "approved", "rejected", "expired"];

/** The verbs of reviews. Lists that may lag are read by way of `lists`. */
export function createReviewVerbs({ dialect, run }: StoreContext, lists: ListRun): ReviewVerbs {
  const { list, count, claim } = reviewStatements(dialect);

  return {
    async listReviews({ status, limit, after, mayLag, ...scope }) {
      const [afterAt, afterSequence] = after === undefined ? [] : numbersOf(after, 2);
      const statement = list[status]({ ...conditionsOf(dialect, scope), after: after !== undefined });
      const place = { afterAt, afterSequence, limit: limit + 1 };
      const rows = await lists(mayLag)(statement, { ...parametersOf(scope), ...place });
      return pageOf(
        rows,
        limit,
        (last) => `${String(last["place"])}:${String(last["sequence"])}`,
      ) as Page<ActionRecord>;
    },
    async countReviews({ mayLag, ...scope }, most) {
      const statement = count(conditionsOf(dialect, scope));
      const [row] = await lists(mayLag)(statement, { ...parametersOf(scope), limit: most });
      const counted = (status: ReviewStatus): number => Number(row?.[status] ?? 0);
      return {
        open: counted("open"),
        approved: counted("approved"),
        rejected: counted("rejected"),
        expired: counted("expired"),
      };
    },
    async claimReview({ userId, action: code, idempotencyKey }, { reviewer: owner, until }, now) {
      const changes = patchOf({ reviewClaim: until > now ? { reviewer: owner, until } : null });
      const [row] = await run(claim, { userId, code, idempotencyKey, owner, now, changes });
      return recordOf(row) as ActionRecord | undefined;
    },
  };
}

function conditionsOf(
  { isAmong, texts }: Dialect,
  { userId, codes }: Pick<ReviewFilter, "userId" | "codes">,
): Record<string, boolean> {
  return {
    "user_id = $userId": userId !== undefined,
    "code = $code": codes?.length === 1,
    // Not the column itself, lest the index of all its actions be walked: reviews are few among those.
    [isAmong("(code || '')", texts("$codes"))]: codes !== undefined && codes.length !== 1,
  };
}

function parametersOf({ userId, codes, now }: Pick<ReviewFilter, "userId" | "codes" | "now">) {
  return { userId, codes, code: codes?.[0], now };
}

interface ReviewStatements {
  readonly list: Readonly<Record<ReviewStatus, StatementsByShape>>;
  readonly count: StatementsByShape;
  readonly claim: Statement;
}

function reviewStatements(dialect: Dialect): ReviewStatements {
  const { table, patched, field } = dialect;
  const actions = table("actions");
  const { endsAt, decidedAt, isEnding, isApproved, isRejected } = reviewColumns(dialect);
  const of: Readonly<Record<ReviewStatus, { readonly place: string; readonly where: string }>> = {
    // Not the column itself, lest the index of states be walked, through all that have expired.
    open: { place: endsAt, where: `${isEnding} AND (state || '') = 'REVIEW_REQUIRED' AND ${endsAt} > $now` },
    expired: { place: endsAt, where: `${isEnding} AND ${endsAt} <= $now` },
    approved: { place: decidedAt, where: isApproved },
    rejected: { place: decidedAt, where: isRejected },
  };
  const where = (status: ReviewStatus, conditions: readonly string[], after: string): string =>
    [of[status].where, ...conditions.map((condition) => (condition === "after" ? after : condition))].join(" AND ");
  const list = (status: ReviewStatus): StatementsByShape => {
    const { place } = of[status];
    const [beyond, order] = status === "open" ? [">", "ASC"] : ["<", "DESC"];
    return statementsByConditions(
      (conditions) => `SELECT ${place} AS place, sequence, ${DOCUMENT} FROM ${actions}
        WHERE ${where(status, conditions, `(${place}, sequence) ${beyond} ($afterAt, $afterSequence)`)}
        ORDER BY ${place} ${order}, sequence ${order} LIMIT $limit`,
    );
  };
  const claimed = (name: string, type: "number" | "text"): string => field(["reviewClaim", name], type);
  return {
    list: {
      open: list("open"),
      approved: list("approved"),
      rejected: list("rejected"),
      expired: list("expired"),
    },
    count: statementsByConditions((conditions) => {
      const counts = statuses.map(
        (status) =>
          `(SELECT count(*) FROM (SELECT 1 FROM ${actions} WHERE ${where(status, conditions, "")} LIMIT $limit) AS counted) AS ${status}`,
      );
      return `SELECT ${counts.join(", ")}`;
    }),
    claim: {
      main: `UPDATE ${actions} SET document = ${patched("document", "$changes")}
        WHERE user_id = $userId AND code = $code AND idempotency_key = $idempotencyKey AND state = 'REVIEW_REQUIRED'
        AND (${claimed("until", "number")} IS NULL OR ${claimed("until", "number")} <= $now OR ${claimed("reviewer", "text")} = $owner)
        RETURNING ${DOCUMENT}`,
    },
  };
}
