import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/statement.ts";
import { tracing } from "./audit-verbs.ts";
import { DOCUMENT } from "../records/documents.ts";

/** More than anybody has; beyond it, somebody is filling the store. */
export const MOST_AUTHENTICATORS = 32;

type AuthenticatorStep = "activate" | "addUnfinished" | "addVerified" | "findCredential" | "list" | "remove" | "update";

const KEY = "user_id = $userId AND user_authenticator_id = $userAuthenticatorId";

export function authenticatorStatements(dialect: Dialect): Readonly<Record<AuthenticatorStep, Statement>> {
  const { table, patched } = dialect;
  const authenticators = table("authenticators");
  const traced = tracing(dialect);
  // What makes way for the new one is not counted.
  const insert = `INSERT INTO ${authenticators} (document, enrolled_first)
    SELECT $document, false WHERE (
      SELECT count(*) FROM ${authenticators} WHERE user_id = $userId
        AND NOT (verified_at IS NULL AND verification_method = $verificationMethod)
    ) < ${MOST_AUTHENTICATORS}`;
  return {
    addUnfinished: {
      main: `${insert} ON CONFLICT (user_id, verification_method) WHERE verified_at IS NULL
        DO UPDATE SET document = excluded.document RETURNING true AS applied`,
      followUp: [traced],
    },
    addVerified: {
      main: `${insert} RETURNING true AS applied`,
      followUp: [
        `DELETE FROM ${authenticators} WHERE user_id = $userId AND verification_method = $verificationMethod
          AND verified_at IS NULL AND EXISTS (SELECT 1 FROM applied)`,
        traced,
      ],
    },
    list: { main: `SELECT ${DOCUMENT} FROM ${authenticators} WHERE user_id = $userId ORDER BY created_at, sequence` },
    findCredential: { main: `SELECT ${DOCUMENT} FROM ${authenticators} WHERE credential_id = $credentialId` },
    activate: {
      main: `UPDATE ${authenticators} SET document = ${patched("document", "$changes")}, enrolled_first = $onlyIfFirst
        WHERE ${KEY} AND version = $version AND verified_at IS NULL AND NOT ($onlyIfFirst AND EXISTS (
          SELECT 1 FROM ${authenticators} WHERE user_id = $userId AND verified_at IS NOT NULL
        ))
        RETURNING true AS applied, ${DOCUMENT}`,
      followUp: [
        `DELETE FROM ${authenticators} WHERE $replacesOthers AND user_id = $userId
          AND verification_method = $verificationMethod AND user_authenticator_id <> $userAuthenticatorId
          AND EXISTS (SELECT 1 FROM applied)`,
        traced,
      ],
    },
    update: {
      main: `UPDATE ${authenticators} SET document = ${patched("document", "$changes")}
        WHERE ${KEY} AND version = $version RETURNING ${DOCUMENT}`,
    },
    remove: {
      main: `DELETE FROM ${authenticators} WHERE ${KEY} RETURNING true AS applied`,
      followUp: [traced],
    },
  };
}
