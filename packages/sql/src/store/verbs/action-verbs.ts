import type { Store } from "@require-action/engine";
import { runSteps, settled, type Steps } from "@require-action/core/provider";
import type { ActionRecord, AuditEvent, Page, UserChanges } from "@require-action/engine/store";
import { tracing } from "./audit-verbs.ts";
import { actionStatements } from "./action-statements.ts";
import { numbersOf, pageOf } from "../records/cursor.ts";
import { ownRecordOf, patchOf, recordOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";
import { tellsEvent } from "../records/tracked-event.ts";
import { userParameters } from "./user-verbs.ts";

type ActionVerbs = Pick<Store, "findAction" | "listActions" | "record" | "transition">;

/** The verbs of actions. */
export function createActionVerbs({ dialect, run }: StoreContext): ActionVerbs {
  const statements = actionStatements(dialect, tracing(dialect));

  function* record(action: ActionRecord, user: UserChanges | undefined, event: AuditEvent): Steps<ActionRecord> {
    const { userId, action: code, idempotencyKey, actionId, state, createdAt } = action;
    const isTold = tellsEvent(action, event);
    const columns = { userId, code, idempotencyKey, actionId, state, createdAt, tellsEvent: isTold };
    const others = user === undefined ? undefined : userParameters(userId, user, createdAt);
    const statement = statements.record({ user: others !== undefined, event: !isTold });
    const [row] = yield* settled(run(statement, { document: action, event, ...columns, ...others }));
    return (ownRecordOf(row) as ActionRecord | undefined) ?? action;
  }

  return {
    record: (action, user, event) => runSteps(record(action, user, event)),
    async findAction({ userId, action: code, idempotencyKey }) {
      const [row] = await run(statements.find, { userId, code, idempotencyKey });
      return recordOf(row) as ActionRecord | undefined;
    },
    async listActions({ userId, codes, state, from, limit, after }) {
      const [afterAt, afterSequence] = after === undefined ? [] : numbersOf(after, 2);
      const statement = statements.list({
        "user_id = $userId": userId !== undefined,
        [dialect.isAmong("code", dialect.texts("$codes"))]: codes !== undefined,
        // Those that are allowed are most of them, so no index is kept of their state.
        "state = $state AND state <> 'ALLOW'": state !== undefined && state !== "ALLOW",
        "state = $state": state === "ALLOW",
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
