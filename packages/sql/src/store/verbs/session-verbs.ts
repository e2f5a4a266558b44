import type { Store } from "@require-action/engine";
import type { SessionRecord } from "@require-action/engine/store";
import type { Dialect } from "../../database/dialect.ts";
import type { Statement } from "../../database/driver.ts";
import { DOCUMENT, patchOf, recordOf, recordsOf } from "../records/documents.ts";
import type { StoreContext } from "../records/store-context.ts";
import { tracing } from "./audit-verbs.ts";

type SessionVerbs = Pick<
  Store,
  "endSession" | "endSessions" | "findSession" | "listSessions" | "putSession" | "refreshSession"
>;

/** The verbs of sessions. */
export function createSessionVerbs({ dialect, run }: StoreContext): SessionVerbs {
  const { table, patched } = dialect;
  const sessions = table("sessions");
  const followUp = [tracing(dialect)];
  const put: Statement = {
    main: `INSERT INTO ${sessions} (document) VALUES ($document) ON CONFLICT (action_id) DO NOTHING
      RETURNING true AS applied`,
    followUp,
  };
  const find: Statement = { main: `SELECT ${DOCUMENT} FROM ${sessions} WHERE session_id = $sessionId` };
  const list: Statement = {
    main: `SELECT ${DOCUMENT} FROM ${sessions} WHERE user_id = $userId AND ended_at IS NULL AND expires_at > $now
      ORDER BY sequence`,
  };
  const refresh: Statement = {
    main: `UPDATE ${sessions} SET document = ${patched("document", "$changes")}
      WHERE session_id = $sessionId AND generation = $generation AND ended_at IS NULL AND expires_at > $now
      RETURNING true AS applied, ${DOCUMENT}`,
    followUp,
  };
  const end: Statement = {
    main: `UPDATE ${sessions} SET document = ${patched("document", "$changes")}
      WHERE session_id = $sessionId AND ended_at IS NULL RETURNING true AS applied`,
    followUp,
  };
  const endAll: Statement = {
    main: "SELECT true AS applied",
    followUp: [endingSessions(dialect), ...followUp],
  };

  return {
    putSession: async (session, event) => (await run(put, { document: session, event })).length === 1,
    async findSession(sessionId) {
      const [row] = await run(find, { sessionId });
      return recordOf(row) as SessionRecord | undefined;
    },
    async refreshSession(sessionId, generation, event) {
      const changes = patchOf({ generation: generation + 1, refreshedAt: event.at });
      const [row] = await run(refresh, { sessionId, generation, now: event.at, changes, event });
      return recordOf(row) as SessionRecord | undefined;
    },
    listSessions: async (userId, now) => recordsOf(await run(list, { userId, now })) as SessionRecord[],
    async endSession(sessionId, event) {
      return (await run(end, { sessionId, changes: patchOf({ endedAt: event.at }), event })).length === 1;
    },
    endSessions: async (userId, event) =>
      void (await run(endAll, { userId, changes: patchOf({ endedAt: event.at }), event })),
  };
}

/** Ends a user's sessions, as `$changes` says, together with another step. */
export function endingSessions({ table, patched }: Dialect): string {
  return `UPDATE ${table("sessions")} SET document = ${patched("document", "$changes")}
    WHERE user_id = $userId AND ended_at IS NULL AND EXISTS (SELECT 1 FROM applied)`;
}
