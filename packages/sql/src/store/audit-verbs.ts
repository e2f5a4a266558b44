import type { AuditEvent, Page, Store } from "@require-action/engine";
import type { Dialect } from "../dialect.ts";
import type { Statement } from "../statement.ts";
import { numbersOf, pageOf } from "./cursor.ts";
import { DOCUMENT } from "./documents.ts";
import { statementsByShape } from "./statements-by-shape.ts";
import type { StoreContext } from "./store-context.ts";

/** Adds the event of a step to the trail, together with it. */
export function tracing({ table }: Dialect): string {
  return `INSERT INTO ${table("audit")} (document) SELECT $event FROM decided`;
}

/** The verbs of the audit trail. */
export function createAuditVerbs({ dialect, run }: StoreContext): Pick<Store, "appendEvent" | "listEvents"> {
  const audit = dialect.table("audit");
  const append: Statement = {
    decide: `INSERT INTO ${audit} (document) VALUES ($event) RETURNING sequence`,
  };
  const list = statementsByShape(
    (conditions) => `SELECT sequence, ${DOCUMENT} FROM ${audit} ${conditions} ORDER BY sequence DESC LIMIT $limit`,
  );

  return {
    appendEvent: async (event) => void (await run(append, { event })),
    async listEvents({ userId, actionId, limit, after }) {
      const [afterSequence] = after === undefined ? [] : numbersOf(after, 1);
      const statement = list({
        "user_id = $userId": userId !== undefined,
        "action_id = $actionId": actionId !== undefined,
        "sequence < $afterSequence": after !== undefined,
      });
      const rows = await run(statement, { userId, actionId, afterSequence, limit: limit + 1 });
      return pageOf(rows, limit, ({ sequence }) => String(sequence)) as Page<AuditEvent>;
    },
  };
}
