import type { Dialect } from "../dialect.ts";
import type { Statement } from "../statement.ts";
import { tracing } from "./audit-verbs.ts";
import { DOCUMENT } from "./documents.ts";

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
      decide: `${insert} ON CONFLICT (user_id, verification_method) WHERE verified_at IS NULL
        DO UPDATE SET document = excluded.document RETURNING true AS acted`,
      follow: [traced],
    },
    addVerified: {
      decide: `${insert} RETURNING true AS acted`,
      follow: [
        `DELETE FROM ${authenticators} WHERE user_id = $userId AND verification_method = $verificationMethod
          AND verified_at IS NULL AND EXISTS (SELECT 1 FROM decided)`,
        traced,
      ],
    },
    list: { decide: `SELECT ${DOCUMENT} FROM ${authenticators} WHERE user_id = $userId ORDER BY created_at, sequence` },
    findCredential: { decide: `SELECT ${DOCUMENT} FROM ${authenticators} WHERE credential_id = $credentialId` },
    activate: {
      decide: `UPDATE ${authenticators} SET document = ${patched("document", "$changes")}, enrolled_first = $onlyIfFirst
        WHERE ${KEY} AND version = $version AND verified_at IS NULL AND NOT ($onlyIfFirst AND EXISTS (
          SELECT 1 FROM ${authenticators} WHERE user_id = $userId AND verified_at IS NOT NULL
        ))
        RETURNING true AS acted, ${DOCUMENT}`,
      follow: [
        `DELETE FROM ${authenticators} WHERE $replacesOthers AND user_id = $userId
          AND verification_method = $verificationMethod AND user_authenticator_id <> $userAuthenticatorId
          AND EXISTS (SELECT 1 FROM decided)`,
        traced,
      ],
    },
    update: {
      decide: `UPDATE ${authenticators} SET document = ${patched("document", "$changes")}
        WHERE ${KEY} AND version = $version RETURNING ${DOCUMENT}`,
    },
    remove: {
      decide: `DELETE FROM ${authenticators} WHERE ${KEY} RETURNING true AS acted`,
      follow: [traced],
    },
  };
}
