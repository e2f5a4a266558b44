import { EngineError, type Store } from "@require-action/engine";
import { type AuthenticatorRecord } from "@require-action/engine/store";
import { authenticatorStatements, MOST_AUTHENTICATORS } from "./authenticator-statements.ts";
import { patchOf, recordOf, recordsOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";

type AuthenticatorVerbs = Pick<
  Store,
  | "activateAuthenticator"
  | "addAuthenticator"
  | "deleteAuthenticator"
  | "findCredential"
  | "listAuthenticators"
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
    async activateAuthenticator(authenticator, { onlyIfFirst, replacesOthers, verifiedAt, changes }, event) {
      const { userId, userAuthenticatorId, verificationMethod, version } = authenticator;
      const [row] = await runUnlessTaken(statements.activate, {
        userId,
        userAuthenticatorId,
        verificationMethod,
        version,
        onlyIfFirst,
        replacesOthers,
        event,
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
    async deleteAuthenticator(userId, userAuthenticatorId, event) {
      return (await run(statements.remove, { userId, userAuthenticatorId, event })).length === 1;
    },
  };
}
