import type { Dialect } from "../dialect.ts";
import type { Statement } from "../statement.ts";
import { DOCUMENT } from "./documents.ts";
import { statementsByShape } from "./statements-by-shape.ts";

interface ActionStatements {
  readonly record: Statement;
  /** The same, with what the application tells of its user. */
  readonly recordWithUser: Statement;
  readonly find: Statement;
  readonly transition: Statement;
  readonly list: ReturnType<typeof statementsByShape>;
}

const KEY = "user_id = $userId AND code = $code AND idempotency_key = $idempotencyKey";

export function actionStatements({ table, patched }: Dialect, traced: string): ActionStatements {
  const actions = table("actions");
  const toldUser = patched("known.document", "$userChanges");
  // An update that changes nothing, as only what is written to comes back when somebody else was quicker. What was just sent
  // does not come back.
  const recorded = `INSERT INTO ${actions} AS known (document) VALUES ($document)
    ON CONFLICT (user_id, code, idempotency_key) DO UPDATE SET document = known.document
    RETURNING action_id = $actionId AS acted, CASE WHEN action_id <> $actionId THEN CAST(document AS text) END AS document`;
  return {
    record: { decide: recorded, follow: [traced] },
    recordWithUser: {
      decide: recorded,
      follow: [
        `INSERT INTO ${table("users")} AS known (document) SELECT $user FROM decided WHERE true
          ON CONFLICT (user_id) DO UPDATE SET document = ${toldUser} WHERE known.document <> ${toldUser}`,
        traced,
      ],
    },
    find: { decide: `SELECT ${DOCUMENT} FROM ${actions} WHERE ${KEY}` },
    transition: {
      decide: `UPDATE ${actions} SET document = ${patched("document", "$changes")}
        WHERE ${KEY} AND state = $from RETURNING true AS acted, ${DOCUMENT}`,
      follow: [
        `INSERT INTO ${table("devices")} AS known (document) SELECT $device FROM decided WHERE $device IS NOT NULL
          ON CONFLICT (user_id, device_id) DO UPDATE SET document = ${patched("known.document", "$deviceChanges")}`,
        traced,
      ],
    },
    list: statementsByShape(
      (conditions) =>
        `SELECT created_at, sequence, ${DOCUMENT} FROM ${actions} ${conditions}
          ORDER BY created_at DESC, sequence DESC LIMIT $limit`,
    ),
  };
}
