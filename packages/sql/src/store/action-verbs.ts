import type { ActionRecord, Page, Store } from "@require-action/engine";
import { tracing } from "./audit-verbs.ts";
import { actionStatements } from "./action-statements.ts";
import { numbersOf, pageOf } from "./cursor.ts";
import { patchOf, recordOf } from "./documents.ts";
import type { StoreContext } from "./store-context.ts";
import { userParameters } from "./user-verbs.ts";

type ActionVerbs = Pick<Store, "findAction" | "listActions" | "record" | "transition">;

/** The verbs of actions. */
export function createActionVerbs({ dialect, run }: StoreContext): ActionVerbs {
  const statements = actionStatements(dialect, tracing(dialect));

  return {
    async record(action, user, event) {
      const [row] = await run(user === undefined ? statements.record : statements.recordWithUser, {
        document: action,
        actionId: action.actionId,
        ...(user === undefined ? {} : userParameters(action.userId, user, action.createdAt)),
        event,
      });
      return (recordOf(row) as ActionRecord | undefined) ?? action;
    },
    async findAction({ userId, action: code, idempotencyKey }) {
      const [row] = await run(statements.find, { userId, code, idempotencyKey });
      return recordOf(row) as ActionRecord | undefined;
    },
    async listActions({ userId, codes, state, from, limit, after }) {
      const [afterAt, afterSequence] = after === undefined ? [] : numbersOf(after, 2);
      const statement = statements.list({
        "user_id = $userId": userId !== undefined,
        [dialect.isAmong("code", dialect.texts("$codes"))]: codes !== undefined,
        "state = $state": state !== undefined,
        "created_at >= $since": from !== undefined,
        "(created_at, sequence) < ($afterAt, $afterSequence)": after !== undefined,
      });
      const filter = { userId, codes, state, since: from, afterAt, afterSequence };
      const rows = await run(statement, { ...filter, limit: limit + 1 });
      return pageOf(
        rows,
        limit,
        (last) => `${String(last["created_at"])}:${String(last["sequence"])}`,
      ) as Page<ActionRecord>;
    },
    async transition({ key, from, to, at, authenticatedDeviceId: deviceId, ...details }, event) {
      const { userId, action: code, idempotencyKey } = key;
      const { verificationMethod, verifiedByAuthenticatorId, review } = details;
      const changes = { state: to, stateUpdatedAt: at, verificationMethod, verifiedByAuthenticatorId, review };
      const seen = { authenticatedAt: at, lastVerificationMethod: verificationMethod };
      const [row] = await run(statements.transition, {
        userId,
        code,
        idempotencyKey,
        from,
        event,
        changes: patchOf(changes),
        ...(deviceId === undefined
          ? {}
          : {
              device: { userId, deviceId, createdAt: at, ...seen },
              // A device that had been invalidated is known again.
              deviceChanges: patchOf({ ...seen, invalidatedAt: null }),
            }),
      });
      return recordOf(row) as ActionRecord | undefined;
    },
  };
}
