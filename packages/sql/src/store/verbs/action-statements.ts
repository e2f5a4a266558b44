import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/statement.ts";
import { DOCUMENT } from "../records/documents.ts";
import { statementsByShape } from "../records/statements-by-shape.ts";

interface ActionStatements {
  /** With what the application says about its user, and with an event that the action does not tell by itself. */
  readonly record: (others: { readonly user: boolean; readonly event: boolean }) => Statement;
  readonly find: Statement;
  readonly transition: Statement;
  readonly list: ReturnType<typeof statementsByShape>;
}

const KEY = "user_id = $userId AND code = $code AND idempotency_key = $idempotencyKey";

export function actionStatements({ table, patched, writesColumns }: Dialect, traced: string): ActionStatements {
  const actions = table("actions");
  const toldUser = patched("known.document", "$userChanges");
  // An update that changes nothing, as only what is written to comes back when somebody else was quicker. What was just sent
  // does not come back.
  const [columns, values] = writesColumns
    ? [
        ", user_id, code, idempotency_key, action_id, state, created_at",
        ", $userId, $code, $idempotencyKey, $actionId, $state, $createdAt",
      ]
    : ["", ""];
  const recorded = `INSERT INTO ${actions} AS known (document, tells_event${columns}) VALUES ($document, $tellsEvent${values})
    ON CONFLICT (user_id, code, idempotency_key) DO UPDATE SET document = known.document
    RETURNING action_id = $actionId AS applied, CASE WHEN action_id <> $actionId THEN CAST(document AS text) END AS document`;
  const keepUser = `INSERT INTO ${table("users")} AS known (document) SELECT $user FROM applied WHERE true
    ON CONFLICT (user_id) DO UPDATE SET document = ${toldUser} WHERE known.document <> ${toldUser}`;
  const records = {
    alone: { told: { main: recorded }, traced: { main: recorded, followUp: [traced] } },
    user: {
      told: { main: recorded, followUp: [keepUser] },
      traced: { main: recorded, followUp: [keepUser, traced] },
    },
  };
  return {
    record: (others) => records[others.user ? "user" : "alone"][others.event ? "traced" : "told"],
    find: { main: `SELECT ${DOCUMENT} FROM ${actions} WHERE ${KEY}` },
    transition: {
      main: `UPDATE ${actions} SET document = ${patched("document", "$changes")}
        WHERE ${KEY} AND state = $from RETURNING true AS applied, ${DOCUMENT}`,
      followUp: [
        `INSERT INTO ${table("devices")} AS known (document) SELECT $device FROM applied WHERE $device IS NOT NULL
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
