import { EngineError, type Store } from "@require-action/engine";
import type { AuthenticatorRecord } from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/driver.ts";
import { DOCUMENT, patchOf, recordOf, recordsOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";
import { announcing } from "./outbox-verbs.ts";
import { receiptingAll } from "./receipt-verbs.ts";

type AuthenticatorVerbs = Pick<
  Store,
  | "activateAuthenticator"
  | "addAuthenticator"
  | "deleteAuthenticator"
  | "findCredential"
  | "listAuthenticators"
  | "listOwners"
  | "updateAuthenticator"
>;

/** The verbs of authenticators. */
export function createAuthenticatorVerbs({ dialect, run, runUnlessTaken }: StoreContext): AuthenticatorVerbs {
  const statements = authenticatorStatements(dialect);

  return {
    async addAuthenticator(authenticator, event) {
      const { userId, verificationMethod, verifiedAt } = authenticator;
      const statement = verifiedAt === undefined ? statements.addUnfinished : statements.addVerified;
      const rows = await run(statement, { document: authenticator, userId, verificationMethod, event });
      if (rows.length === 1) return;
      throw new EngineError("store_full", `The user has ${MOST_AUTHENTICATORS} authenticators already.`);
    },
    listAuthenticators: async (userId) => recordsOf(await run(statements.list, { userId })) as AuthenticatorRecord[],
    async findCredential(credentialId) {
      const [row] = await run(statements.findCredential, { credentialId });
      return recordOf(row) as AuthenticatorRecord | undefined;
    },
    async listOwners(address, limit) {
      const rows = await ("email" in address
        ? run(statements.listOwnersOfEmail, { email: address.email, limit })
        : run(statements.listOwnersOfPhone, { phoneNumber: address.phoneNumber, limit }));
      return rows.map((row) => String(row["user_id"]));
    },
    async activateAuthenticator(
      authenticator,
      { onlyIfFirst, replacesOthers, verifiedAt, changes },
      event,
      news = [],
      receipts = [],
    ) {
      const { userId, userAuthenticatorId, verificationMethod, version } = authenticator;
      const [row] = await runUnlessTaken(statements.activate, {
        userId,
        userAuthenticatorId,
        verificationMethod,
        version,
        onlyIfFirst,
        replacesOthers,
        event,
        news,
        receipts,
        changes: patchOf({ ...changes, enrollment: null, verifiedAt, version: version + 1 }),
      });
      return recordOf(row) as AuthenticatorRecord | undefined;
    },
    async updateAuthenticator({ userId, userAuthenticatorId, version }, changes) {
      const [row] = await run(statements.update, {
        userId,
        userAuthenticatorId,
        version,
        changes: patchOf({ ...changes, version: version + 1 }),
      });
      return recordOf(row) as AuthenticatorRecord | undefined;
    },
    async deleteAuthenticator(userId, userAuthenticatorId, event, news = [], receipts = []) {
      return (await run(statements.remove, { userId, userAuthenticatorId, event, news, receipts })).length === 1;
    },
  };
}

/** More than anybody has; beyond it, somebody is filling the store. */
const MOST_AUTHENTICATORS = 32;

type AuthenticatorStep =
  | "activate"
  | "addUnfinished"
  | "addVerified"
  | "findCredential"
  | "list"
  | "listOwnersOfEmail"
  | "listOwnersOfPhone"
  | "remove"
  | "update";

const KEY = "user_id = $userId AND user_authenticator_id = $userAuthenticatorId";

function authenticatorStatements(dialect: Dialect): Readonly<Record<AuthenticatorStep, Statement>> {
  const { table, patched, field } = dialect;
  const owners = (name: "email" | "phoneNumber"): Statement => ({
    main: `SELECT DISTINCT user_id FROM ${table("authenticators")} WHERE ${field([name], "text")} = $${name}
      AND verified_at IS NOT NULL ORDER BY user_id LIMIT $limit`,
  });
  const authenticators = table("authenticators");
  const traced = tracing(dialect);
  const announced = announcing(dialect);
  const receipted = receiptingAll(dialect);
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
    listOwnersOfEmail: owners("email"),
    listOwnersOfPhone: owners("phoneNumber"),
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
        announced,
        receipted,
      ],
    },
    update: {
      main: `UPDATE ${authenticators} SET document = ${patched("document", "$changes")}
        WHERE ${KEY} AND version = $version RETURNING ${DOCUMENT}`,
    },
    remove: {
      main: `DELETE FROM ${authenticators} WHERE ${KEY} RETURNING true AS applied`,
      followUp: [traced, announced, receipted],
    },
  };
}
