import type { Store } from "@require-action/engine";
import type { ReviewerRecord } from "@require-action/engine/reviewers";
import type { Statement } from "../../database/driver.ts";
import { DOCUMENT, recordOf, recordsOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";

type ReviewerVerbs = Pick<Store, "deleteReviewer" | "findReviewer" | "listReviewers" | "putReviewer">;

/** The verbs of reviewers. */
export function createReviewerVerbs({ dialect, run }: StoreContext): ReviewerVerbs {
  const reviewers = dialect.table("reviewers");
  const followUp = [tracing(dialect)];
  const list: Statement = { main: `SELECT ${DOCUMENT} FROM ${reviewers} ORDER BY sequence` };
  const findById: Statement = { main: `SELECT ${DOCUMENT} FROM ${reviewers} WHERE reviewer_id = $reviewerId` };
  const findByHandle: Statement = { main: `SELECT ${DOCUMENT} FROM ${reviewers} WHERE user_handle = $userHandle` };
  const add: Statement = {
    main: `INSERT INTO ${reviewers} (document) VALUES ($document) ON CONFLICT (reviewer_id) DO NOTHING
      RETURNING true AS applied`,
    followUp,
  };
  const change: Statement = {
    main: `UPDATE ${reviewers} SET document = $document WHERE reviewer_id = $reviewerId AND version = $version
      RETURNING true AS applied`,
    followUp,
  };
  const remove: Statement = {
    main: `DELETE FROM ${reviewers} WHERE reviewer_id = $reviewerId RETURNING true AS applied`,
    followUp,
  };

  return {
    listReviewers: async () => recordsOf(await run(list, {})) as ReviewerRecord[],
    async findReviewer(by) {
      const [row] = await ("reviewerId" in by
        ? run(findById, { reviewerId: by.reviewerId })
        : run(findByHandle, { userHandle: by.userHandle }));
      return recordOf(row) as ReviewerRecord | undefined;
    },
    async putReviewer(reviewer, event) {
      const { reviewerId, version } = reviewer;
      const put =
        version === 1
          ? run(add, { document: reviewer, event })
          : run(change, { document: reviewer, reviewerId, version: version - 1, event });
      return (await put).length === 1;
    },
    deleteReviewer: async (reviewerId, event) => (await run(remove, { reviewerId, event })).length === 1,
  };
}
